"""What choosing today risks: against closed forms, simulation, and its own promises."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.decided import case, grid, priced
from workbench.decision.draws import Draws
from workbench.decision.regret import choice, regrets, worst_mean, worth_of_evidence


def unit_loss(mean: float, spread: float) -> float:
    """E max(0, -X) of a normal X (Raiffa and Schlaifer's unit normal linear loss)."""
    z = mean / spread
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return spread * (density - z * 0.5 * math.erfc(z / math.sqrt(2)))


def normal(
    mean: float, spread: float, *, sections: int = 40, per_section: float = 5.0,
    margin: float = 0.0, n: int = 60_000, months: tuple[float, float] = (math.nan, math.nan),
) -> Draws:  # fmt: skip
    """Two variants whose difference (first minus second) is drawn from a normal law."""
    half = (np.arange(n // 2) + 0.5) / (n // 2)
    from scipy.special import ndtri

    gap = mean + spread * np.concatenate([ndtri(half), -ndtri(half)])
    quality = np.stack([0.5 + gap, np.full(n, 0.5)], axis=1)
    money = np.broadcast_to(np.array(months), quality.shape)
    return Draws(("a", "b"), quality, np.zeros_like(quality), money, np.array([0.5 + mean, 0.5]),
                 np.array(months), np.zeros(2), sections, per_section, margin)  # fmt: skip


@pytest.mark.parametrize(("mean", "spread"), [(0.02, 0.03), (0.0, 0.01), (0.05, 0.02)])
def test_the_expected_loss_is_the_closed_form(mean: float, spread: float) -> None:
    result = regrets(normal(mean, spread))
    assert choice(normal(mean + 1e-9, spread)) == "a"
    assert result["a"]["points"] == pytest.approx(unit_loss(mean, spread), rel=0.01)
    assert result["b"]["points"] == pytest.approx(unit_loss(-mean, spread), rel=0.01)
    # P(the other is better) by the normal law.
    assert result["a"]["chance"] == pytest.approx(
        0.5 * math.erfc(mean / spread / math.sqrt(2)), abs=0.005
    )
    assert result["a"]["money"] is None


def test_the_tail_is_the_mean_of_the_worst_twentieth() -> None:
    assert worst_mean(np.arange(100.0)) == np.mean([95, 96, 97, 98, 99])
    mean, spread = 0.0, 0.02
    # E[X | X above its 95th percentile] of a normal law is 2.0627 spreads.
    assert regrets(normal(mean, spread))["a"]["points_tail"] == pytest.approx(
        2.0627 * spread, rel=0.01
    )


@pytest.mark.parametrize("questions", [100, 300, 1000])
def test_further_questions_are_worth_what_theory_says(questions: int) -> None:
    """EVSI of two normal actions: the loss now less that at the preposterior spread."""
    mean, spread, sections, per_section = 0.01, 0.03, 40, 5.0
    draws = normal(mean, spread, sections=sections, per_section=per_section)
    steps = {item["questions"]: item for item in worth_of_evidence(draws, 0)}
    share = questions / (questions + sections * per_section)
    saved = unit_loss(mean, spread * math.sqrt(share))
    expected = unit_loss(mean, spread) - saved
    assert steps[0]["points"] == pytest.approx(unit_loss(mean, spread), rel=0.01)
    assert steps[questions]["points"] == pytest.approx(expected, rel=0.03)
    # Exams that come out decidedly draw the lower end, those on the fence the upper one.
    assert steps[questions]["low"] < expected / 2


@pytest.mark.slow
def test_what_the_exam_promises_is_what_further_sections_bring() -> None:
    """Brute force: many exams of two systems, each decided, extended, and decided again.

    The promised loss after 120 further questions and the true one agree on average.
    """
    rng = np.random.default_rng(4)
    sections, each, further = 24, 5, 20
    promised, met, promised_now, met_now = [], [], [], []
    for _ in range(150):
        truth = rng.normal(0, 0.05)  # before the exam either may be better
        gaps = truth + rng.normal(0, 0.12, sections + further)
        values = {"rag": np.full(sections * each, 0.5),
                  "fine_tuned": np.repeat(np.clip(0.5 + gaps[:sections], 0, 1), each)}  # fmt: skip
        result = case(values, margin=0.0, per_cluster=each)["today"]
        evidence = {item["questions"]: item["points"] for item in result["evidence"]}
        promised_now.append(evidence[0])
        promised.append(evidence[100])
        for number, listed in ((sections, met_now), (sections + further, met)):
            taken = gaps[:number].mean() > 0
            listed.append(max(0.0, -truth if taken else truth))
    # A flat prior makes the promise a little dearer than the truth; the order of size must hold.
    assert np.mean(met_now) * 0.8 < np.mean(promised_now) < np.mean(met_now) * 2.2
    assert np.mean(met) * 0.8 < np.mean(promised) < np.mean(met) * 2.2
    assert np.mean(promised) < 0.8 * np.mean(promised_now)


def test_within_the_margin_nothing_is_lost_in_points_and_money_counts() -> None:
    draws = normal(-0.01, 0.001, margin=0.03, months=(5.0, 25.0))
    assert choice(draws) == "a"
    result = regrets(draws)
    assert result["a"]["points"] == 0.0 and result["a"]["money"] == 0.0
    assert result["b"]["points"] == 0.0 and result["b"]["money"] == pytest.approx(20.0)


def test_the_sentence_is_there_for_every_kind_of_verdict() -> None:
    costs = {"rag": priced(1e-4), "fine_tuned": priced(5e-3)}
    kinds = {
        "adopt": case(grid(rag=0.7, fine_tuned=0.4), costs),
        "tie": case(grid(noise=0.02, rag=0.6, fine_tuned=0.605), costs),
        "undecided": case(grid(n=40, noise=0.5, rag=0.55, fine_tuned=0.45), costs),
    }
    for kind, result in kinds.items():
        assert result["kind"] == kind
        assert "If you must choose today, take RAG" in result["today"]["sentence"]
    wide = kinds["undecided"]["today"]
    assert "points on average" in wide["sentence"] and "more questions" in wide["sentence"]
    assert wide["points_tail"] > wide["points"] > 0
    assert kinds["adopt"]["today"]["points"] < 1e-4


def test_neither_the_order_of_questions_nor_that_of_variants_changes_anything() -> None:
    values = grid(n=60, noise=0.3, rag=0.55, fine_tuned=0.5, prompt_only=0.4)
    costs = {name: priced(1e-4 * (1 + place), error=2e-5) for place, name in enumerate(values)}
    first = case(values, costs)
    shuffled = np.random.default_rng(9).permutation(60)
    turned = dict(reversed(list(values.items())))
    for other in (case(values, costs, order=shuffled), case(turned, costs)):
        assert other["today"] == first["today"]
        assert other["wins"] == first["wins"] and other["leader"] == first["leader"]


def test_trading_quality_for_money_turns_the_choice_and_prices_the_loss() -> None:
    values = grid(n=60, noise=0.3, rag=0.60, prompt_only=0.55)
    costs = {"rag": priced(0.01), "prompt_only": priced(1e-4)}
    assert case(values, costs)["today"]["variant"] == "rag"
    # Ten dollars more per 1,000 questions at one point for a dollar: ten points, more than five.
    traded = case(values, costs, points_per_money=1.0)["today"]
    assert traded["variant"] == "prompt_only"
    # A point is worth a dollar per 1,000 questions: ten dollars a month at 10,000.
    assert traded["worth"] == pytest.approx(traded["points"] * 100 * 10.0)


@settings(max_examples=25, deadline=None)
@given(
    means=st.tuples(*[st.floats(0.2, 0.8)] * 3), noise=st.floats(0.02, 0.5),
    seed=st.integers(0, 50), prices=st.tuples(*[st.sampled_from([1e-4, 1e-3, 1e-2])] * 3),
)  # fmt: skip
def test_what_is_adopted_is_what_would_be_taken_today(means, noise, seed, prices) -> None:
    names = ("rag", "fine_tuned", "prompt_only")
    values = grid(n=60, seed=seed, noise=noise, **dict(zip(names, means, strict=True)))
    costs = {name: priced(price, error=0.1 * price)
             for name, price in zip(names, prices, strict=True)}  # fmt: skip
    result = case(values, costs)
    item = result["today"]
    assert item["variant"] == (result["variant"] or result["leader"])
    rows = item["variants"]
    assert all(row["points_tail"] >= row["points"] >= 0 for row in rows.values())
    # None loses less in points by more than the margin, within which cost decides.
    assert item["points"] <= min(row["points"] for row in rows.values()) + 0.03 + 1e-9
    assert item["evidence"][-1]["points"] <= item["evidence"][0]["points"] + 0.002


def test_the_draws_have_the_spread_of_the_sections_and_students_tails() -> None:
    """Five sections of one question each: mean .5, and t on 4 degrees times s / sqrt(5)."""
    from scipy.stats import t

    from tests.support.decided import drawn

    values = np.array([0.40, 0.45, 0.5, 0.55, 0.60])
    draws = drawn({"rag": values, "fine_tuned": np.full(5, 0.5)}, per_cluster=1)
    own = draws.quality[:, draws.names.index("rag")]
    error = values.std(ddof=1) / 5**0.5
    for share in (0.05, 0.25, 0.75, 0.95):
        expected = 0.5 + error * t.ppf(share, 4)
        assert np.quantile(own, share) == pytest.approx(expected, abs=0.25 * error)
    assert np.median(own) == pytest.approx(0.5, abs=0.1 * error)
