"""Agreement against scikit-learn-free hand counts, and the correction's coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from workbench.evaluation.judge_agreement import agreement, assess, corrected_rate
from workbench.types import Question, Score


def test_agreement_is_counted_and_kappa_is_statsmodels() -> None:
    judge = [True] * 45 + [True] * 15 + [False] * 25 + [False] * 15
    people = [True] * 45 + [False] * 15 + [True] * 25 + [False] * 15
    result = agreement(judge, people)
    assert (result.both_right, result.judge_lenient, result.judge_harsh, result.both_wrong) == (
        45, 15, 25, 15)  # fmt: skip
    assert result.kappa == pytest.approx(cohens_kappa([[45, 15], [25, 15]]).kappa)
    assert result.sensitivity == pytest.approx(45 / 70)
    assert result.specificity == pytest.approx(0.5)


def test_labels_that_never_vary_have_no_kappa() -> None:
    assert agreement([True] * 5, [True] * 5).kappa is None
    assert agreement([], []).n == 0
    with pytest.raises(ValueError, match="zip"):
        agreement([True], [])


def test_a_judge_no_better_than_chance_or_too_few_labels_correct_nothing() -> None:
    guesses = agreement([True, False] * 20, [True, True, False, False] * 10)
    assert corrected_rate({"a": [True] * 10}, guesses) is None
    assert corrected_rate({"a": [True]}, agreement([True, False], [True, False])) is None


def test_the_corrected_rate_covers_the_truth_where_the_raw_one_does_not() -> None:
    rng = np.random.default_rng(0)
    held = raw = 0
    runs = 200
    for _ in range(runs):
        truth = rng.random(400) < 0.6
        sentences = np.where(truth, rng.random(400) < 0.9, rng.random(400) < 0.3)
        known = rng.random(120) < 0.6
        judged = np.where(known, rng.random(120) < 0.9, rng.random(120) < 0.3)
        result = corrected_rate(
            {f"c{n}": list(sentences[n * 10 : n * 10 + 10]) for n in range(40)},
            agreement(list(judged), list(known)), draws=800,
        )  # fmt: skip
        assert result is not None
        held += result[1] <= 0.6 <= result[2]
        raw += abs(sentences.mean() - 0.6) < 1.96 * sentences.std() / 20
    assert held / runs >= 0.92
    assert raw / runs < 0.7


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_kappa_is_agreement_beyond_chance(pairs: list[tuple[bool, bool]]) -> None:
    result = agreement([a for a, _ in pairs], [b for _, b in pairs])
    n = len(pairs) or 1
    judge, people = sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n
    chance = judge * people + (1 - judge) * (1 - people)
    if not pairs or (judge == people and judge in (0, 1)):
        assert result.kappa is None
    else:
        agreed = sum(a == b for a, b in pairs) / n
        assert result.kappa == pytest.approx((agreed - chance) / (1 - chance), abs=1e-9)


def judged_and_labelled(labelled: dict[str, int], lenient: str) -> dict:
    """Two variants, truly half right; the judge is right on one and lenient on the other."""
    questions = [Question(f"q{n}", "Who?", ("x",), cluster=f"s{n // 5}") for n in range(200)]
    scores, labels = [], []
    for name in ("rag", "fine_tuned"):
        for number, question in enumerate(questions):
            right = number % 2 == 0
            said = right or (name == lenient and number % 4 == 1)
            scores.append(
                Score(question.id, name, "ragas:factual_correctness", 1.0 if said else 0.0)
            )
            if number < labelled[name]:
                labels.append({"question": question.id, "variant": name, "rater": "r",
                               "label": "right" if right else "wrong"})  # fmt: skip
    facts = {"model": "judge", "judged": 400, "due": 400, "failed": 0, "calls": 400,
             "input_tokens": 1, "output_tokens": 1, "cost": None, "currency": "USD",
             "reused": 0, "own": [], "reasons": {}}  # fmt: skip
    return assess(facts, scores, labels, questions, ["rag", "fine_tuned"])


def test_a_judge_lenient_on_one_variant_is_corrected_on_that_one_alone() -> None:
    block = judged_and_labelled({"rag": 100, "fine_tuned": 100}, "rag")
    rates = {rate["variant"]: rate for rate in block["corrected"]}
    assert rates["rag"]["judged"] == 0.75 and rates["fine_tuned"]["judged"] == 0.5
    for name in rates:
        assert rates[name]["value"] == pytest.approx(0.5, abs=0.02), name
        assert rates[name]["low"] < 0.5 < rates[name]["high"]
    assert (rates["rag"]["lenient"], rates["fine_tuned"]["lenient"]) == (25, 0)


def test_without_labels_of_its_own_a_variants_rate_is_withheld_and_it_is_said() -> None:
    block = judged_and_labelled({"rag": 100, "fine_tuned": 10}, "rag")
    rates = {rate["variant"]: rate for rate in block["corrected"]}
    assert rates["rag"]["value"] is not None and rates["fine_tuned"]["value"] is None
    (warning,) = [item for item in block["warnings"] if "No corrected rate" in item]
    assert "Fine-tuned" in warning and "RAG" not in warning
