"""The second headline: the same pair on the hand-written questions."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.decision import decide
from workbench.evaluation.summary import summarise
from workbench.evaluation.table import tables
from workbench.experiment.decision import DecisionSpec, WorkloadSpec
from workbench.experiment.variant import Variant
from workbench.types import Question, Score


def said(gold_lead: float | None) -> str:
    """The verdict where RAG leads by .3 on the exam, and by ``gold_lead`` on 60 gold questions."""
    rng, names = np.random.default_rng(0), ["rag", "fine_tuned"]
    parts = [("written", 120, 0.3)] + ([("gold", 60, gold_lead)] if gold_lead is not None else [])
    questions, scores = [], []
    for origin, count, lead in parts:
        for k in range(count):
            name = f"{origin}{k}"
            questions.append(Question(name, "?", ("x",), stratum="unseen", origin=origin,
                                      cluster=f"s{k // 3}"))  # fmt: skip
            base = 0.4 + rng.normal(0, 0.1)
            values = {"rag": base + (lead or 0), "fine_tuned": base + rng.normal(0, 0.05)}
            scores += [Score(name, who, "f1", float(value)) for who, value in values.items()]
    traits = {name: Variant.named(name) for name in names}
    results = summarise(questions, [], scores, variants=list(traits.values()), mix={"unseen": 1.0},
                        metric="f1")  # fmt: skip
    results |= {"run": {"corpus": {"sections": 0}}, "left_out": []}
    written = [item for item in questions if item.origin == "written"]
    verdict = decide(results, tables(written, scores, names)["f1"], traits, {}, DecisionSpec(),
                     WorkloadSpec(strata={"unseen": 1.0}))  # fmt: skip
    return str(verdict["sentence"])


@pytest.mark.parametrize(
    ("lead", "words"),
    [
        (0.2, "On the 60 hand-written questions RAG leads Fine-tuned by +2"),
        (0.0, "On the 60 hand-written questions RAG differs from Fine-tuned by"),
        (-0.2, "But on the 60 hand-written questions RAG is behind Fine-tuned: −19"),
    ],
)
def test_gold_is_the_second_headline(lead: float, words: str) -> None:
    assert words in said(lead)


def test_without_gold_there_is_one_headline() -> None:
    assert "hand-written" not in said(None)
