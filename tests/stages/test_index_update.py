"""A later edition's index: an approximate one is changed, an exact one is as any fresh build."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from workbench.engine.cache import ArtifactCache
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.io.files import read_json
from workbench.records.run import Run
from workbench.retrieval import first_stage, open_index, read_passages, searching
from workbench.stages import CORPUS, INDEX
from workbench.stages.context import RunContext
from workbench.stages.copy_artifacts import copy_artifact
from workbench.stages.index_update import can_be_changed
from workbench.stages.making import Training, _Searches
from workbench.stages.plan import RunPlan

KEEPERS = ("Ann", "Bob", "Cleo", "Dan")
COLOURS = ("red", "green", "blue", "amber")
PLACES = ("on the pier", "in the mill", "by the well", "at the gate", "under the bridge")
CHANGED = "Bob keeps a silver lamp in the attic."


class Words:
    """A model that counts words."""

    context_window = 400

    def count_tokens(self, text: str) -> int:
        return len(re.findall(r"\w+", text))


def write(folder: Path, keepers: tuple[str, ...], changed: bool = False) -> Path:
    """A file for each keeper, a sentence for each lamp."""
    folder.mkdir()
    for keeper in keepers:
        told = [f"{keeper} keeps a {c} lamp {p}." for c in COLOURS for p in PLACES]
        if changed and keeper == "Bob":
            told[3] = CHANGED
        (folder / f"{keeper.lower()}.txt").write_text("\n\n".join(told), "utf-8")
    return folder


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vectors") / "cache"


@pytest.fixture
def editions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vectors: Path) -> dict[str, Any]:
    """Both editions' corpora and the later one's plan: one text changed, one gone, one new."""
    monkeypatch.setenv("WORKBENCH_CACHE", str(vectors))
    old = write(tmp_path / "old", KEEPERS)
    new = write(tmp_path / "new", ("Ann", "Bob", "Dan", "Finn"), changed=True)
    asked = Experiment(
        purpose="Answer about lamps.", name="lamps", corpus={"editions": [str(old), str(new)]},
        passages={"chunk_size": 8, "chunk_overlap": 0}, retrieval={"rerank": None},
        variants=["prompt_only", "rag"],
    )  # fmt: skip
    context, plan = RunContext(ArtifactCache(tmp_path / "cache")), RunPlan(resolve(asked))
    context.opened["model", plan.model(asked.model.reference()).reference] = Words()
    before, after = (
        context.make(CORPUS, plan.corpus_inputs(earlier=earlier)).reference
        for earlier in (True, False)
    )
    return {"context": context, "plan": plan, "before": before, "after": after}


def built(editions: dict[str, Any]) -> tuple[ArtifactReference, ArtifactReference, Inputs]:
    """The earlier index, the later one as a run makes it, and the inputs of a fresh one."""
    context, plan = editions["context"], editions["plan"]
    inputs = plan.index_inputs(editions["before"])
    earlier = context.make(INDEX, inputs).reference
    known = (inputs, earlier) if can_be_changed(inputs, earlier.path) else None

    def execute(stage: Any, given: Inputs, name: str = "") -> ArtifactReference:
        return context.make(stage, given).reference

    search = _Searches(plan, editions["after"], editions["after"], Training(), execute, known).of()
    return earlier, search.index, plan.index_inputs(editions["after"])


def test_an_approximate_index_is_changed_and_finds_what_a_fresh_one_finds(
    editions: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_stage, "EXACT", 50)
    monkeypatch.setattr(searching, "EXHAUSTIVE", 50)
    monkeypatch.setattr(searching, "POOL", 40)
    earlier, later, fresh = built(editions)
    context, spec = editions["context"], editions["plan"].experiment.retrieval
    facts = read_json(later.path / "metadata.json")
    # Of the document that changed all was put in again, and of the new one; the rest stayed.
    assert (facts["change"], facts["removed"]) == (1, 40)
    assert context.cache.get(later.id).summary["added"] == 40
    whole = context.make(INDEX, fresh).reference
    assert whole.id != later.id
    assert sorted(p.id for p in read_passages(later.path)) == sorted(
        p.id for p in read_passages(whole.path))  # fmt: skip
    asked = ["Who has the silver lamp in the attic?", "Who keeps a red lamp on the pier?",
             "What does Finn keep by the well?"]  # fmt: skip
    tops = [
        [hits[0].passage.text for hits in open_index(path, spec).retrieve(asked, 3)]
        for path in (later.path, whole.path)
    ]
    assert tops[0] == tops[1] and tops[0][0] == CHANGED and "Finn" in tops[0][2]
    found = open_index(later.path, spec).retrieve(["What does Cleo keep?"], 20)[0]
    assert not any("Cleo" in hit.passage.text for hit in found)
    # What the run holds is the later edition's alone, and the earlier index is what it was.
    run = Run(tmp_path / "run")
    copy_artifact(run, "index", context.cache.get(later.id))
    told = run.files.passages.read_text("utf-8")
    assert "Cleo" not in told and told.count("Bob") == 20
    assert "change" not in read_json(earlier.path / "metadata.json")


def test_an_exact_index_is_what_a_fresh_build_is(editions: dict[str, Any], tmp_path: Path) -> None:
    _, later, fresh = built(editions)
    other = RunContext(ArtifactCache(tmp_path / "other"), opened=editions["context"].opened)
    whole = other.make(INDEX, fresh).reference
    assert later.id == whole.id, "what was built before is no part of it"
    for path in sorted(whole.path.rglob("*")):
        if path.is_file() and path.name not in ("artifact.json", "metadata.json"):
            assert path.read_bytes() == (later.path / path.relative_to(whole.path)).read_bytes()
    assert [asdict(p) for p in read_passages(later.path)] == [
        asdict(p) for p in read_passages(whole.path)]  # fmt: skip


def test_what_holds_more_than_passages_is_built_anew(editions: dict[str, Any]) -> None:
    context, plan = editions["context"], editions["plan"]
    inputs = plan.index_inputs(editions["before"])
    made = context.make(INDEX, inputs).reference
    assert not can_be_changed(inputs, made.path), "it is exact"
    (made.path / "metadata.json").write_text('{"search": {"index": "IVF16,SQ8"}}', "utf-8")
    assert can_be_changed(inputs, made.path)
    assert not can_be_changed(inputs.model_copy(update={"headings": True}), made.path)
    assert not can_be_changed(inputs.model_copy(update={"vectors": False}), made.path)
