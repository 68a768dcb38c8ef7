"""A text that changed since the latest run is told of, and the earlier one can be had back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from workbench import corpus as corpora
from workbench.cli.changed import restore, since_the_latest, tell
from workbench.cli.loading import load_experiment
from workbench.errors import WorkbenchError
from workbench.experiment.identity import resolve
from workbench.io import jsonl
from workbench.io.files import write_json, write_text
from workbench.records.run import Run

SECOND = "\n\n## Prices\n\n" + "A raft costs 60 pounds a day. " * 30


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A manual of two files, its experiment, and a finished run of it."""
    monkeypatch.setenv("WORKBENCH_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "manual"
    folder.mkdir()
    first = "# Rafts\n\n" + "".join(
        f"Raft {n} is kept in shed {n} by the quay. " for n in range(60)
    )
    (folder / "rafts.md").write_text(first + SECOND, "utf-8")
    (folder / "sheds.txt").write_text("The sheds are painted each spring. " * 20, "utf-8")
    specification = {"name": "rafts", "purpose": "Answer about rafts.", "corpus": "manual",
                     "variants": ["prompt_only", "rag"]}  # fmt: skip
    (tmp_path / "rafts.yaml").write_text(yaml.safe_dump(specification), "utf-8")
    resolved = resolve(load_experiment("rafts.yaml"))
    run = Run(tmp_path / "runs" / resolved.run_id)
    read = corpora.load(folder)
    jsonl.write(run.files.documents, map(asdict, read.documents))
    jsonl.write(run.files.sections, map(asdict, read.sections))
    write_text(run.files.specification, resolved.experiment.to_yaml())
    write_json(run.files.manifest, {"run_id": run.id, "state": "done",
                                    "corpus": {"title": "manual", "language": "en"}})  # fmt: skip
    return folder


def change(folder: Path) -> None:
    path = folder / "rafts.md"
    path.write_text(path.read_text("utf-8").replace("60 pounds", "66 pounds"), "utf-8")


def test_nothing_is_said_of_a_text_that_is_as_it_was(text: Path, capsys) -> None:
    tell(load_experiment("rafts.yaml"), "rafts.yaml")
    # Nor where the experiment changed and the text did not, or the text has not been run before.
    tell(load_experiment("rafts.yaml", ["retrieval.top_k=2"]), "rafts.yaml")
    tell(load_experiment("rafts.yaml", ["name=others"]), "rafts.yaml")
    (text / "sheds.txt").rename(text / "houses.txt")
    tell(load_experiment("rafts.yaml"), "rafts.yaml")
    told = capsys.readouterr()
    assert told.err == "" == told.out


def test_what_changed_is_one_table_and_the_way_is_named(text: Path, capsys) -> None:
    change(text)
    tell(load_experiment("rafts.yaml"), "rafts.yaml")
    told = " ".join(capsys.readouterr().err.split())
    assert "The text has changed since rafts-" in told and "1 changed" in told
    assert "What Section Struck Came changed" in told
    assert "workbench corpus restore rafts-" in told
    assert "--set 'corpus.editions=[manual-earlier, manual]'" in told


def test_the_earlier_text_comes_back_and_is_an_edition(text: Path, capsys) -> None:
    before = corpora.load(text)
    change(text)
    restore("latest", "manual-earlier")
    again = corpora.load(Path("manual-earlier"))
    assert [d.id for d in again.documents] == [d.id for d in before.documents]
    assert [d.text for d in again.documents] == [d.text for d in before.documents]
    editions = load_experiment("rafts.yaml", ["corpus.editions=[manual-earlier, manual]"])
    assert resolve(editions).earlier_hash and since_the_latest(editions) is None
    with pytest.raises(WorkbenchError, match="there already"):
        restore("latest", "manual-earlier")


def test_a_run_that_was_begun_on_the_new_text_is_gone_on_with_in_silence(text: Path) -> None:
    change(text)
    assert since_the_latest(load_experiment("rafts.yaml")) is not None
    begun = resolve(load_experiment("rafts.yaml")).run_id
    write_json(
        Run(text.parent / "runs" / begun).files.manifest, {"run_id": begun, "state": "stopped"}
    )
    assert since_the_latest(load_experiment("rafts.yaml")) is None
