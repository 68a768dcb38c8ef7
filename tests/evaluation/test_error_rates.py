"""Simulated exams: how often a verdict is false, and how often a true difference is found.

The scores are clustered (within-cluster correlation .71 where not said otherwise) and come in
three strata with the unseen ones in sections of their own, as the real exam does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.error_rates import LAYOUTS, Cell, coverage, verdicts
from workbench.evaluation.statistics import Design, compare, detectable_difference, power, sampling

MIX = {"reworded": 1 / 3, "same_section": 1 / 3, "unseen": 1 / 3}


def exam(clusters: int, size: int, rng: np.random.Generator, unequal: bool = False):
    sizes = np.full(clusters, size)
    if unequal:
        sizes = np.clip((rng.pareto(1.6, clusters) * size / 2).astype(int) + 2, 2, 8 * size)
    cluster = np.repeat(np.arange(clusters), sizes)
    unseen = cluster < max(3, int(0.3 * clusters))
    other = np.where(rng.random(len(cluster)) < 0.5, "reworded", "same_section")
    return cluster, np.where(unseen, "unseen", other)


def scores(cluster, rng: np.random.Generator, icc: float = 0.71):
    shared = rng.normal(size=cluster.max() + 1)[cluster] * np.sqrt(icc)
    return shared + rng.normal(size=len(cluster)) * np.sqrt(1 - icc)


def false_verdicts(
    clusters: int, runs: int, *, stratified: bool, unequal: bool = False, seed: int = 0
) -> tuple[float, float]:
    """Share of runs without any true difference that show one: ours, and by single questions."""
    rng = np.random.default_rng(seed)
    ours = naive = 0
    for run in range(runs):
        cluster, strata = exam(clusters, 10, rng, unequal)
        gap = scores(cluster, rng)
        design = (
            Design.of(list(cluster), list(strata), MIX) if stratified else Design.of(list(cluster))
        )
        result = sampling(gap, design, seed=run, draws=399)
        assert result is not None
        p = result.p()
        ours += p is not None and p < 0.05
        naive += abs(gap.mean()) > 1.96 * gap.std(ddof=1) / np.sqrt(len(gap))
    return ours / runs, naive / runs


@pytest.mark.parametrize("clusters", [12, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.parametrize("stratified", [False, True])
def test_false_verdicts_stay_under_six_per_cent(clusters: int, stratified: bool) -> None:
    ours, naive = false_verdicts(clusters, 1500, stratified=stratified, seed=clusters)
    assert ours <= 0.06
    assert naive > 0.35


@pytest.mark.slow
@pytest.mark.parametrize("clusters", [12, 14, 29, 30, 50, 100])
@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("unequal", [False, True])
def test_false_verdicts_in_full(clusters: int, stratified: bool, unequal: bool) -> None:
    ours, naive = false_verdicts(
        clusters, 6000, stratified=stratified, unequal=unequal, seed=clusters
    )
    assert ours <= 0.06
    assert naive > 0.35


def stated_and_reached(
    clusters: int, gap: Callable[[float], float], runs: int, seed: int
) -> tuple[float, float]:
    """Stated power at the true standard error, and the share of runs that find the difference."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), 10)
    error = float(np.sqrt((0.5 + 0.5 / 10) / clusters))
    true = gap(error)
    hits = 0
    for run in range(runs):
        result = sampling(
            true + scores(cluster, rng, icc=0.5), Design.of(list(cluster)), seed=run, draws=399
        )
        assert result is not None
        p = result.p()
        hits += p is not None and p < 0.05
    return power(true, error, clusters - 1), hits / runs


@pytest.mark.parametrize("clusters", [12, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.parametrize("times", [1.5, 2.9])
def test_stated_power_is_reached(clusters: int, times: float) -> None:
    stated, reached = stated_and_reached(clusters, lambda error: times * error, 1200, seed=clusters)
    assert reached == pytest.approx(stated, abs=0.05)


def test_the_detectable_difference_is_detected_four_times_in_five() -> None:
    rng = np.random.default_rng(8)
    cluster = np.repeat(np.arange(14), 10)
    design = Design.of(list(cluster))
    pilot = [sampling(scores(cluster, rng, 0.5), design) for _ in range(200)]
    gap = float(np.mean([detectable_difference(item) or 0.0 for item in pilot if item is not None]))
    hits = 0
    for _ in range(1000):
        result = sampling(gap + scores(cluster, rng, 0.5), design)
        assert result is not None
        p = result.p()
        hits += p is not None and p < 0.05
    assert hits / 1000 == pytest.approx(0.8, abs=0.05)


def test_intervals_of_right_and_wrong_cover_the_truth() -> None:
    """Binary scores with a skill per section: the interval holds the true difference."""
    rng = np.random.default_rng(3)
    held = 0
    runs = 800
    for run in range(runs):
        cluster = np.repeat(np.arange(14), 11)
        skill = np.clip(0.55 + rng.normal(0, 0.2, (2, 14)), 0, 1)
        true = 0.0
        first, second = (
            (rng.random(len(cluster)) < skill[at][cluster]).astype(float) for at in (0, 1)
        )
        result = compare(first, second, Design.of(list(cluster)), seed=run)
        assert result.low is not None and result.high is not None
        held += result.low <= true <= result.high
    assert held / runs >= 0.935


NAMED = {layout.name: layout for layout in LAYOUTS}


@pytest.mark.slow
@pytest.mark.parametrize("score", ["right/wrong", "F1"])
@pytest.mark.parametrize(
    ("layout", "within"),
    [
        ("60 alone", 0.0),
        ("12 sections of 10", 0.71),
        ("30 sections of 10", 0.3),
        ("310 + 3 sections of 3, two strata", 0.3),
        ("40 sections of 4, strata and kinds", 0.3),
    ],
)
def test_intervals_cover_near_the_ceiling(layout: str, within: float, score: str) -> None:
    """Three standard errors of the simulation below the aim of .93."""
    found = coverage(Cell(NAMED[layout], score, 0.95, within), 300)
    assert found["estimate"] >= 0.89 and found["difference"] >= 0.89


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["60 alone", "150 alone", "30 sections of 10"])
def test_false_verdicts_near_the_ceiling_are_rare(layout: str) -> None:
    """A system worse by the margin at a fifth of the price, through the verdict itself."""
    found = verdicts(Cell(NAMED[layout], "right/wrong", 0.95, 0.3 if "of" in layout else 0.0), 200)
    assert found["worse_adopted"] <= 0.065
    assert found["false_tie"] <= 0.11
    assert found["no_better_adopted"] <= 0.065


@pytest.mark.slow
def test_a_worse_system_is_not_adopted_for_want_of_differences() -> None:
    """Sixty questions that stand alone, the cheap system worse by the margin of three points."""
    found = verdicts(Cell(NAMED["60 alone"], "right/wrong", 0.98, 0.0), 60)
    assert found["worse_adopted"] <= 0.05 and found["false_tie"] <= 0.05
