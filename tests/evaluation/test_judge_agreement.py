"""Agreement against scikit-learn-free hand counts, and the correction's coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
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
