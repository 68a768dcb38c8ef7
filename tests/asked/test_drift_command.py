"""``workbench drift`` on a made-up run: questions of its exam, and others; the gate; the page."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.made_run import write_run
from workbench.asked.log import LogFacts, QuestionLog
from workbench.asked.sides import embedding_of, held_against
from workbench.between_runs import Demands, gate_checks
from workbench.cli.drifting import drift
from workbench.errors import WorkbenchError
from workbench.records.run import Run

OTHERS = ["is there parking near you", "do you deliver on sundays", "can I pay by card",
          "what about a refund"]  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("drift") / "runs"
    write_run(root, run_id="chronicle-00000001")
    return root


@pytest.fixture(autouse=True)
def _there(runs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("WORKBENCH_RUNS", str(runs))
    monkeypatch.setenv("WORKBENCH_CACHE", str(runs.parent / "cache"))
    yield
    (runs / "chronicle-00000001" / "drift.json").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def exam(runs: Path) -> list[str]:
    path = runs / "chronicle-00000001" / "questions" / "test.jsonl"
    return [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def alike(runs: Path, exam: list[str]) -> Path:
    path = runs.parent / "alike.txt"
    path.write_text("\n".join(exam[1::2]), "utf-8")
    return path


@pytest.fixture(scope="module")
def log(runs: Path) -> Path:
    """A log of other questions, as the server writes it."""
    from workbench.retrieval.embeddings import embedding_identity, encode_queries

    run = Run(runs / "chronicle-00000001")
    source = embedding_of(run)
    facts = LogFacts(run.id, embedding_identity(source), text=True)
    kept = QuestionLog(runs.parent / "log", facts, lambda texts: encode_queries(texts, source))
    for number in range(40):
        kept.add("rag", f"{OTHERS[number % 4]} {number}", "I don't know.", 3, 0.1, 0)
    return kept.folder


def test_the_exams_own_questions_are_like_it(alike: Path, capsys: Any) -> None:
    drift("latest", alike, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["state"] == "alike" and found["asked"] == 30
    assert found["without"] == ["no_replies", "no_index"]


def test_other_questions_open_the_decision_again(
    runs: Path, log: Path, alike: Path, capsys: Any
) -> None:
    drift("chronicle-00000001", log)
    said = " ".join(capsys.readouterr().out.split())
    assert "40 questions that were asked are not like the exam's" in said
    assert "refused" in said and "is there parking near you" in said
    kept = json.loads((runs / "chronicle-00000001" / "drift.json").read_text("utf-8"))
    assert kept["state"] == "moved" and kept["unlike"] == 1 and kept["variants"] == {"rag": 40}
    (check,) = gate_checks(Run(runs / "chronicle-00000001"), "rag", Demands(drift=log))[1]
    assert check.state == "undecided" and "meaning" in check.sentence
    (check,) = gate_checks(Run(runs / "chronicle-00000001"), "rag", Demands(drift=alike))[1]
    assert check.state == "passed"


def test_what_is_no_log_is_one_sentence(runs: Path, log: Path, tmp_path: Path) -> None:
    run = Run(runs / "chronicle-00000001")
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "Who?"}\n{"answer": "Ada"}\n', "utf-8")
    other = Path(shutil.copytree(log, tmp_path / "other"))
    (other / "log.json").write_text('{"run": "elsewhere", "embedding": "e"}', "utf-8")
    empty = tmp_path / "empty.txt"
    empty.write_text("\n\n", "utf-8")
    for path, told in (
        (tmp_path / "nowhere", "There is no"), (bad, "line 2, has no question"),
        (other, "is the log of elsewhere"), (empty, "holds no question yet"),
    ):  # fmt: skip
        with pytest.raises(WorkbenchError, match=told):
            held_against(run, path)
