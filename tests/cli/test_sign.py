"""``workbench sign``: who answers for a run, and what changed since is said everywhere."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.support.made_run import write_run
from workbench.cli import signing
from workbench.cli.app import app
from workbench.errors import WorkbenchError
from workbench.records.run import Run
from workbench.records.signatures import signatures

if "sign" not in {command.name for command in app.registered_commands}:
    signing.register(app)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("signed") / "runs")


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "runs" / finished.name))


def call(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_signing_showing_and_what_changed_since(folder: Path) -> None:
    run, before = str(folder), (folder / "results.json").read_bytes()
    limits = json.loads(call("sign", run, "--json").stdout)
    assert limits and "1. " in call("sign", run).stdout
    told = call("sign", run, "--as", "Ada Field, head of support", "--accept", "1", "--accept",
                "It answers in English alone.", "--review", "2999-06-30", "--json")  # fmt: skip
    assert told.exit_code == 0, told.output
    digest = json.loads(told.stdout)["digest"]
    assert (folder / "results.json").read_bytes() == before, "what is signed stays as it is"

    shown = " ".join(call("show", run).stdout.split())
    assert "Ada Field, head of support signed this run on" in shown
    assert "Nothing that Ada Field, head of support signed has changed since." in shown
    page = (folder / "report.html").read_text("utf-8")
    for words in ("Signed by", digest[:12], "It answers in English alone.", "2999-06-30"):
        assert words in page, words
    call("report", run)
    assert not signatures(folder)[0].changed, "a report written again changes nothing"
    (signed,) = json.loads(call("show", run, "--json").stdout)["signed"]
    assert signed["digest"] == digest and signed["accepted"][0] == limits[0]

    answers = folder / "answers" / "rag.jsonl"
    answers.write_text(answers.read_text("utf-8").replace('"text": "', '"text": "x', 1), "utf-8")
    (folder / "questions" / "more.jsonl").write_text("{}\n", "utf-8")
    (folder / "scores.parquet").unlink()
    assert signatures(folder)[0].changed == (
        "answers/rag.jsonl", "questions/more.jsonl", "scores.parquet"
    )  # fmt: skip
    shown = " ".join(call("show", run).stdout.split())
    assert "Changed since Ada Field, head of support signed: answers/rag.jsonl" in shown


def test_notes_and_signatures_of_others_change_nothing(folder: Path) -> None:
    run = str(folder)
    for name in ("Ada", "Bo"):
        assert call("sign", run, "--as", name).exit_code == 0
    (folder / "notes.json").write_text('{"note": "fine"}', "utf-8")
    first, second = signatures(folder)
    assert (first.name, second.name) == ("Ada", "Bo") and not first.changed
    assert first.digest == second.digest
    path = Run(folder).files.signatures
    path.write_text(path.read_text("utf-8").replace('"results.json": "', '"results.json": "0', 1))
    assert signatures(folder)[0].changed == ("signatures.jsonl",)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as", " "), "nobody's name"),
        (("--as", "Ada", "--review", "soon"), "no date"),
        (("--as", "Ada", "--review", "2020-01-01"), "not after today"),
        (("--as", "Ada", "--accept", "999"), "no number 999"),
        (("--as", "Ada", "--accept", " "), "empty or too long"),
    ],
)
def test_what_cannot_be_signed_is_refused(folder: Path, words: tuple[str, ...], said: str) -> None:
    told = call("sign", str(folder), *words)
    assert isinstance(told.exception, WorkbenchError) and said in told.exception.message
    assert signatures(folder) == ()
