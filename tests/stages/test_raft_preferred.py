"""Preferences of a variant that is asked among passages are learned among passages."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.models import build
from tests.support.tale import small_corpus
from workbench.experiment.answering import DecodingSpec
from workbench.experiment.retrieval import RetrievalSpec
from workbench.experiment.tuning import TuningSpec
from workbench.models import load
from workbench.stages.adapter import AdapterInputs, AdapterStage, ReadingInputs
from workbench.stages.inputs import SearchInput
from workbench.types import Evidence, ModelReference, Passage, Question, Retrieved
from workbench.variants.prompting import open_book

SECTIONS = small_corpus().sections[:4]
PASSAGES = [
    Passage("tale", at, at + 40, section.text[:40], section.id)
    for at, section in enumerate(SECTIONS)
]
#: A question of the training set, and one that a person brought.
TRAINED = Question(
    "q1", "What did Ada keep?", ("the mill",),
    evidence=(Evidence("tale", 0, 40, PASSAGES[0].text),), cluster=SECTIONS[0].id, role="train",
)  # fmt: skip
BROUGHT = "Who left the wax?"


class Finds:
    """Search that brings the last passages."""

    def retrieve(self, queries: list[str], k: int) -> list[list[Retrieved]]:
        found = [Retrieved(item, 1.0, rank) for rank, item in enumerate(PASSAGES[:0:-1], 1)]
        return [found[:k] for _ in queries]


@pytest.mark.parametrize("among", [True, False])
def test_pairs_are_asked_as_the_variant_is(
    among: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    # Room for passages; its positions are turned, not learned, so there are as many as one says.
    config["max_position_embeddings"] = 2048
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    model = load(ModelReference(str(folder), precision="float32"))
    labels = tmp_path / "pairs.jsonl"
    labels.write_text(json.dumps({"prompt": BROUGHT, "chosen": "Bram.", "rejected": "Tin."}))
    reading = ReadingInputs.model_construct(
        search=SearchInput.model_construct(retrieval=RetrievalSpec(top_k=2), index=None),
        decoding=DecodingSpec(),
    )
    inputs = AdapterInputs.model_construct(
        tuning=TuningSpec(preferences={"start": "base", "pairs": "labels", "labels": str(labels)}),
        reading=reading if among else None, model=None, seed=4, withheld=(), corpus=None,
        questions=SimpleNamespace(path=tmp_path), replies=None,
        prompts=SimpleNamespace(book=lambda: open_book("chat", "Answer.", "Briefly.", None)),
        preferring=SimpleNamespace(metric="f1", decoding=DecodingSpec(), judge=None,
                                   path=labels, gold=(), price_book=None),
    )  # fmt: skip
    context: Any = SimpleNamespace(
        model=lambda given: model, question_set=lambda given: SimpleNamespace(dev=(), test=()),
        training_questions=lambda *given: (TRAINED,), passages=lambda index: PASSAGES,
        retriever=lambda search: Finds(), corpus=lambda given: SimpleNamespace(language="en"),
        progress=None,
    )  # fmt: skip
    (tmp_path / "certificate.json").write_text(json.dumps({"near_duplicate": 0.85}))
    jobs: list[Any] = []

    def kept(job: Any, *rest: Any) -> dict[str, Any]:
        jobs.append(job)
        return {"loss_first": 1.0}

    monkeypatch.setattr("workbench.tuning.preferring.prefer", kept)
    AdapterStage()._preferred(inputs, inputs.preferring, tmp_path, context)
    (job,) = jobs
    (known,), (brought,) = job.train, job.further
    for asked, shown in ((known, PASSAGES[0]), (brought, PASSAGES[-1])):
        text = asked.prompt.text
        assert asked.text in text
        assert (" ".join(shown.text.split()) in text) is among, text
