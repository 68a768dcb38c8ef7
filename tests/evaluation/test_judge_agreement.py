"""Agreement against scikit-learn-free hand counts, and the correction's coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from workbench.evaluation.judge_agreement import agreement, corrected_rate


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
