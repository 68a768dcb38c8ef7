"""Whether cited passages hold the claims: values worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.decision.constraints import excluded
from workbench.evaluation.citations import citations, claims
from workbench.evaluation.metrics import score_answers
from workbench.experiment import Experiment
from workbench.experiment.decision import DecisionSpec
from workbench.experiment.variant import Variant
from workbench.types import Answer, Question

SHOWN = [
    "The company pays each employee 1,200 dollars a year for books and courses.",
    "Parental leave lasts sixteen weeks, and may be taken in two parts.",
]


@pytest.mark.parametrize(
    ("reply", "recall", "precision"),
    [
        ("The company pays 1,200 dollars a year for books [1]. Parental leave lasts sixteen weeks "
         "[2].", 1.0, 1.0),
        ("The company pays 1,200 dollars a year for books. [1] Parental leave lasts sixteen weeks. "
         "[2]", 1.0, 1.0),
        # Another number is another claim, and the wrong passage holds nothing of it.
        ("The company pays 1,500 dollars a year for books [1].", 0.0, 1.0),
        ("Parental leave lasts sixteen weeks [1].", 0.0, 0.0),
        ("The company pays 1,200 dollars a year for books [1]. It also pays for lunch.", 0.5, 1.0),
        ("Parental leave lasts sixteen weeks [1][2].", 1.0, 0.5),
        ("Parental leave lasts sixteen weeks [1, 2].", 1.0, 0.5),
        ("Parental leave lasts sixteen weeks [1-2].", 1.0, 0.5),
        ("Parental leave lasts sixteen weeks [7].", 0.0, 0.0),
        ("Parental leave lasts sixteen weeks.", 0.0, None),
    ],
)  # fmt: skip
def test_cited_passages_hold_the_claims(reply: str, recall: float, precision: float | None) -> None:
    assert citations(reply, SHOWN) == {"citation_recall": recall, "citation_precision": precision}


def test_marks_belong_to_the_sentence_before_them() -> None:
    assert claims("One thing here. [1][2] Another thing there [3].") == [
        ("One thing here.", (1, 2)), ("Another thing there.", (3,)),
    ]  # fmt: skip
    assert claims("So it is [2-4, 9][1].") == [("So it is.", (2, 3, 4, 9, 1))]
    assert claims("So it is [9-2].") == [("So it is.", (9, 2))]
    assert claims("") == [] and citations("[1]", SHOWN) == {}


def test_only_long_answers_of_variants_with_passages_are_checked() -> None:
    question = Question("q", "How long is parental leave?", ("sixteen weeks",))
    replies = [
        Answer("q", "rag", "It lasts sixteen weeks [1].", 1, 1, 0.1, passages=("d:0-66",)),
        Answer("q", "prompt_only", "Sixteen weeks.", 1, 1, 0.1),
    ]
    passages = {"d:0-66": SHOWN[1]}

    def cited(ask: bool) -> set[tuple[str, float | None]]:
        scores = score_answers([question], replies, passages=passages, cited=ask)
        return {(item.variant, item.value) for item in scores if item.metric == "citation_recall"}

    assert cited(True) == {("rag", 1.0)} and cited(False) == set()


@pytest.mark.parametrize(("high", "out"), [(0.4, True), (0.6, False)])
def test_a_variant_whose_citations_do_not_hold_is_out(high: float, out: bool) -> None:
    row = {"metrics": {"citation_recall": {"value": 0.3, "low": 0.2, "high": high}}, "latency": {}}
    found = excluded({"rag": row}, {"rag": Variant.named("rag")}, {},
                     DecisionSpec(must_cite=True, least_cited=0.5), 1000.0)  # fmt: skip
    assert [item["constraint"] for item in found] == (["least_cited"] if out else [])


def _experiment(**values: Any) -> Experiment:
    return Experiment(purpose="Answer questions about the house.", name="house", corpus="h.md",
                      **{"model": "someone/Chat-1B", **values})  # fmt: skip


def test_the_form_of_the_answer_sets_length_metric_and_references() -> None:
    short, sentence = _experiment(), _experiment(prompts={"answer": "sentence"})
    long = _experiment(prompts={"answer": "long"})
    assert short.decision.metric == "f1" and short.questions.answers == "short"
    assert sentence.decision.metric == "f1_extracted" and "sentence" in sentence.prompts.form
    assert long.decision.metric == "similarity" and "[1]" in long.prompts.form
    sizes = [item.decoding.max_new_tokens for item in (short, sentence, long)]
    assert sizes == sorted(sizes) and sizes[0] < sizes[2]
    assert long.questions.answers == "long"
    judged = _experiment(
        prompts={"answer": "long"}, judge={"model": "judge", "endpoint": "http://x"}
    )
    assert judged.decision.metric == "ragas:factual_correctness"
    own = _experiment(prompts={"answer": "long", "form": "Sing."}, decoding={"max_new_tokens": 7})
    assert own.prompts.form == "Sing." and own.decoding.max_new_tokens == 7
    again = Experiment.from_yaml(long.to_yaml())
    assert again == long


def test_the_reader_is_not_asked_for_what_it_cannot_write() -> None:
    with pytest.raises(ValueError, match="name a chat model"):
        _experiment(model="reader", prompts={"answer": "long"})
