"""Limits, budgets and costs decide only what was measured well enough to decide it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.decided import case, grid, priced
from workbench.evaluation.latency import percentile_interval
from workbench.types import Latency


def timed(name: str, seconds: np.ndarray) -> list[Latency]:
    return [Latency(f"q{k}", name, 0.0, 0.1, 0.01, float(s), 3) for k, s in enumerate(seconds)]


def test_a_budget_moves_with_the_volume_and_the_sentence_says_so() -> None:
    """RAG costs 1 cent a question: 10,000 of them break the budget of 60, 6,000 do not."""
    values = grid(rag=0.8, prompt_only=0.4)
    costs = {"rag": priced(0.01), "prompt_only": priced(1e-5)}
    result = case(values, costs, max_monthly_cost=60.0)
    assert result["variant"] == "prompt_only"
    told = " ".join(result["would_change"])
    assert "Volume does not change it" not in told
    assert "Below 6,000 questions a month, RAG would win." in told
    (flip,) = [item for item in result["flip_points"] if item["quantity"] == "queries_per_month"]
    assert (flip["winner"], flip["above"]) == ("rag", False)
    assert flip["at"] == pytest.approx(6000, rel=1e-3)
    row = result["map"]["winner"][0]
    at = result["map"]["queries_per_month"].index(10_000)
    # At ten million questions even the cheap one breaks the budget.
    assert (row[0], row[at], row[-1]) == ("rag", "prompt_only", None)


def test_latency_excludes_only_where_its_interval_lies_beyond_the_limit() -> None:
    """A true 90th percentile at 95% of the limit: 20 timed answers seldom exclude it."""
    values = grid(n=40, rag=0.8, fine_tuned=0.4)
    rng = np.random.default_rng(3)
    limit = 1.0
    scale = 0.95 * limit / np.log(10)  # an exponential's 90th percentile is scale * ln 10
    quick = timed("fine_tuned", np.full(20, 0.01))
    out = 0
    for _ in range(40):
        seconds = rng.exponential(scale, 20)
        result = case(values, latencies=[*quick, *timed("rag", seconds)], max_p90_s=limit)
        out += any(item["variant"] == "rag" for item in result["excluded"])
    assert out <= 3
    slow = case(values, latencies=[*quick, *timed("rag", np.full(20, 1.2))], max_p90_s=limit)
    assert [item["variant"] for item in slow["excluded"]] == ["rag"]


def test_an_open_limit_is_said() -> None:
    seconds = np.array([0.2] * 16 + [1.5] * 4)
    latencies = [*timed("rag", seconds), *timed("fine_tuned", np.full(20, 0.01))]
    result = case(grid(n=40, rag=0.8, fine_tuned=0.4), latencies=latencies, max_p90_s=1.0)
    assert result["excluded"] == [] and result["variant"] == "rag"
    assert [item["variant"] for item in result["open_limits"]] == ["rag"]
    assert "Whether RAG keeps your limit of 1.0 s is open" in result["sentence"]


def test_the_percentile_interval_holds_the_truth_and_admits_when_it_has_no_end() -> None:
    rng = np.random.default_rng(0)
    above = below = 0
    for _ in range(4000):
        low, high = percentile_interval(rng.random(60))
        assert low is not None and high is not None
        above, below = above + (low > 0.9), below + (high < 0.9)
    assert above / 4000 < 0.03 and below / 4000 < 0.03
    assert percentile_interval(np.arange(35.0))[1] is None
    assert percentile_interval(np.arange(36.0))[1] == 35.0
    assert percentile_interval(np.array([])) == (None, None)


def test_clock_noise_does_not_say_who_is_cheaper() -> None:
    """Two equal ones whose costs differ by less than the clock's error: none is 'the cheaper'."""
    values = grid(noise=0.02, rag=0.6, fine_tuned_rag=0.605)
    for first, second in ((1.0e-3, 1.1e-3), (1.1e-3, 1.0e-3)):
        costs = {"rag": priced(first, error=2e-4), "fine_tuned_rag": priced(second, error=2e-4)}
        result = case(values, costs)
        assert (result["kind"], result["variant"]) == ("tie", None)
        assert "cheaper" not in result["sentence"]
        assert "their costs cannot be told apart" in result["sentence"]
    sure = {"rag": priced(1.0e-3, error=1e-5), "fine_tuned_rag": priced(1.1e-3, error=1e-5)}
    assert case(values, sure)["variant"] == "rag"


def test_equal_known_costs_are_not_called_unknown() -> None:
    values = grid(noise=0.02, rag=0.6, fine_tuned_rag=0.605)
    result = case(values, {"rag": priced(1e-3), "fine_tuned_rag": priced(1e-3)})
    assert result["kind"] == "tie" and "Nothing is known" not in result["sentence"]


def test_a_tie_shows_the_interval_that_made_it_one() -> None:
    """A difference whose 95% interval leaves the margin while the 90% one, which decides, stays."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, 200)
    noise = (noise - noise.mean()) / noise.std(ddof=1) * 0.134
    base = np.full(200, 0.5)
    values = {"rag": base, "fine_tuned_rag": base + 0.006 + noise}
    costs = {"rag": priced(1e-4), "fine_tuned_rag": priced(5e-4)}
    result = case(values, costs, per_cluster=1)
    assert (result["kind"], result["variant"]) == ("tie", "rag")
    (tested,) = result["equivalence"]
    assert tested["level"] == pytest.approx(0.9)
    assert -0.03 < tested["low"] < tested["high"] < 0.03
    # At least the normal quantile 1.645 at a standard error of .134 / sqrt(200).
    plain = 1.645 * 0.134 / 200**0.5
    assert plain <= (tested["high"] - tested["low"]) / 2 <= 1.4 * plain
    assert "by which equality is tested" in result["sentence"]


def test_no_certainty_comes_from_one_section() -> None:
    result = case({"rag": np.ones(30), "fine_tuned": np.zeros(30)}, per_cluster=30)
    assert result["kind"] == "undecided"
    assert result["confidence"] is None and result["wins"] == {}
    assert result["today"]["variant"] == "rag" and result["today"]["points"] is None
    assert "cannot be said" in result["today"]["sentence"]


def test_better_by_less_than_the_margin_is_told_from_open() -> None:
    values = grid(n=400, noise=0.05, rag=0.625, fine_tuned=0.6)
    costs = {"rag": priced(5e-4), "fine_tuned": priced(1e-4)}
    result = case(values, costs, margin=0.0225)
    assert result["kind"] == "undecided"
    assert "shown better than Fine-tuned" in result["sentence"]
    assert {item["state"] for item in result["standings"]} == {"better"}
    clear = case(grid(rag=0.7, fine_tuned=0.4), costs)
    assert clear["standings"][0]["state"] == "better_by_margin"
    level = case(grid(noise=0.02, rag=0.6, fine_tuned=0.605), costs)
    assert level["standings"][0]["state"] == "equal"
    wide = case(grid(n=40, noise=0.5, rag=0.55, fine_tuned=0.45), costs)
    assert wide["standings"][0]["state"] == "open"
