"""Intervals where plain ones fail: ends of the scale, few clusters, any order, the leader."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from workbench.decision.rules import pair_outcome
from workbench.evaluation.statistics import (
    Design,
    compare,
    contrast,
    equivalent,
    estimate,
    leader,
    questions_needed,
    questions_to_clear,
    sampling,
)
from workbench.evaluation.statistics.laws import DifferenceLaw, score_interval, unseen_share


def pairs(won: int, lost: int, n: int) -> tuple[np.ndarray, np.ndarray, Design]:
    """Right/wrong scores of two on ``n`` questions that stand alone."""
    first, second = np.zeros(n), np.zeros(n)
    first[:won] = 1
    second[won : won + lost] = 1
    return first, second, Design.of([None] * n)


@pytest.mark.parametrize(("won", "lost", "n"), [(1, 0, 60), (9, 2, 30), (4, 4, 100), (30, 45, 200)])
def test_paired_right_and_wrong_get_tangos_interval(won: int, lost: int, n: int) -> None:
    """Each end is the difference at which the score statistic is 1.96, the likelihood's own."""
    result = compare(*pairs(won, lost, n))
    assert result.low is not None and result.high is not None
    for end in (result.low, result.high):

        def against(q: float, end: float = end) -> float:
            p = q + end
            if not (p > 0 and q >= 0 and p + q < 1):
                return np.inf
            kept = (n - won - lost) * np.log(1 - p - q) + won * np.log(p)
            return -(kept + (lost * np.log(q) if lost else 0.0))

        low, high = max(0.0, -end), (1 - end) / 2
        q = minimize_scalar(against, bounds=(low, high), method="bounded",
                            options={"xatol": 1e-12}).x  # fmt: skip
        variance = (2 * q + end - end**2) / n
        assert abs((won - lost) / n - end) / np.sqrt(variance) == pytest.approx(1.95996, abs=2e-3)


def test_one_of_sixty_does_not_show_two_systems_equal() -> None:
    first, second, design = pairs(1, 0, 60)
    result = compare(first, second, design)
    assert (result.low, result.high) == (pytest.approx(-0.0445, abs=1e-3),
                                         pytest.approx(0.0886, abs=1e-3))  # fmt: skip
    sample = contrast([first, second], (1, -1), design)
    assert sample is not None and not equivalent(sample, 0.03)
    stand = pair_outcome(sample, result.low, result.high, 0.03, 0.95)
    assert not stand.not_worse(0.03)


@pytest.mark.parametrize(("n", "p10", "p01"), [(40, 0.1, 0.0), (60, 0.1, 0.0), (100, 0.1, 0.01)])
def test_paired_intervals_cover_where_few_pairs_differ(n: int, p10: float, p01: float) -> None:
    rng = np.random.default_rng(n)
    held = 0
    for _ in range(400):
        won, lost, _ = rng.multinomial(n, [p10, p01, 1 - p10 - p01])
        result = compare(*pairs(won, lost, n))
        assert result.low is not None and result.high is not None
        held += result.low <= p10 - p01 <= result.high
    assert held / 400 >= 0.925


def test_a_share_that_stands_alone_is_wilsons() -> None:
    from scipy.stats import norm, t
    from statsmodels.stats.proportion import proportion_confint

    values = np.array([1.0] * 27 + [0.0] * 2)
    alpha = 2 * norm.sf(t.ppf(0.975, 28))
    wilson = proportion_confint(27 / 29 * 28, 28, alpha=alpha, method="wilson")
    result = estimate(values, Design.of([None] * 29))
    assert (result.low, result.high) == pytest.approx(wilson, abs=1e-6)


def dense_degrees(clusters: np.ndarray, strata: np.ndarray, weights: np.ndarray) -> float:
    """Bell and McCaffrey's degrees of freedom as they are written: with matrices of questions."""
    dummies = np.column_stack([strata == s for s in range(len(weights))]).astype(float)
    bread = np.linalg.inv(dummies.T @ dummies)
    hat = dummies @ bread @ dummies.T
    left = np.eye(len(clusters)) - hat
    labels = np.unique(clusters)
    columns = []
    for g in labels:
        rows = clusters == g
        values, vectors = np.linalg.eigh(left[np.ix_(rows, rows)])
        safe = np.where(values > 1e-9, 1 / np.sqrt(np.maximum(values, 1e-9)), 0.0)
        adjusted = vectors @ np.diag(safe) @ vectors.T
        columns.append(left[:, rows] @ adjusted @ dummies[rows] @ bread @ weights)
    factors = np.column_stack(columns)
    found = []
    for moves in (np.eye(len(clusters)), (clusters[:, None] == clusters).astype(float)):
        matrix = factors.T @ moves @ factors
        found.append(np.trace(matrix) ** 2 / np.sum(matrix * matrix))
    return max(1.0, min(found))


@pytest.mark.parametrize("tiny", [2, 3, 5])
def test_a_tiny_stratum_has_few_degrees_of_freedom_beside_any_number(tiny: int) -> None:
    rng = np.random.default_rng(tiny)
    clusters = np.repeat(np.arange(310 + tiny), 2)
    strata = (clusters >= 310).astype(int)
    names = [("reworded", "unseen")[s] for s in strata]
    design = Design.of(list(clusters), names, {"reworded": 0.6, "unseen": 0.4})
    result = sampling(rng.normal(size=len(clusters)), design)
    assert result is not None and result.draws is None
    assert result.degrees == pytest.approx(
        dense_degrees(clusters, strata, np.array([0.6, 0.4])), rel=1e-6
    )
    assert result.degrees < tiny


def test_degrees_of_freedom_of_unequal_clusters_that_hold_several_strata() -> None:
    rng = np.random.default_rng(0)
    clusters = np.sort(rng.integers(0, 9, 80))
    strata = rng.integers(0, 2, 80)
    names = [("reworded", "unseen")[s] for s in strata]
    design = Design.of(list(clusters), names, {"reworded": 0.3, "unseen": 0.7})
    result = sampling(rng.normal(size=80), design)
    assert result is not None
    # Where a cluster holds several strata its adjustment is taken by stratum.
    assert result.degrees == pytest.approx(
        dense_degrees(clusters, strata, np.array([0.3, 0.7])), rel=0.15
    )


def test_one_large_cluster_beside_many_small_ones_gets_no_bootstrap() -> None:
    rng = np.random.default_rng(5)
    cluster = np.repeat(np.arange(40), [150] + [3] * 39)
    false = 0
    for _ in range(300):
        shared = rng.normal(size=40)[cluster] * np.sqrt(0.5)
        result = sampling(shared + rng.normal(size=len(cluster)) * np.sqrt(0.5),
                          Design.of(list(cluster)))  # fmt: skip
        assert result is not None and result.draws is None
        p = result.p()
        false += p is not None and p < 0.05
    assert false / 300 <= 0.07


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([12, 40]), st.booleans())
def test_neither_order_nor_names_move_a_digit(seed: int, clusters: int, binary: bool) -> None:
    rng = np.random.default_rng(seed)
    n = clusters * 3
    cluster, strata = rng.integers(0, clusters, n), rng.choice(["reworded", "unseen"], n)
    kinds = rng.choice(["factoid", "why_how"], n)
    first, second = rng.random((2, n))
    if binary:
        first, second = (first < 0.7).astype(float), (second < 0.6).astype(float)
    mix, kind_mix = {"reworded": 0.4, "unseen": 0.6}, {"factoid": 0.3, "why_how": 0.7}

    def figures(order: np.ndarray, prefix: str):
        names = [f"{prefix}{(7 * k) % clusters}" if prefix else k for k in cluster[order]]
        design = Design.of(names, list(strata[order]), mix, list(kinds[order]), kind_mix)
        pair = compare(first[order], second[order], design)
        back = compare(second[order], first[order], design)
        score = estimate(first[order], design)
        return pair, back, score

    plain = figures(np.arange(n), "")
    assert figures(rng.permutation(n), "section ") == plain
    pair, back, _ = plain
    assert (back.difference, back.p) == (-pair.difference, pair.p)
    if pair.low is not None:
        assert (back.low, back.high) == (-pair.high, -pair.low)


def test_a_large_exam_permuted_gives_the_same_verdict_figures() -> None:
    rng = np.random.default_rng(2)
    values, cluster = rng.random((2, 144)), rng.permutation(144) % 48
    first = contrast(list(values), (1, -1), Design.of(list(cluster)))
    assert first is not None and first.draws is not None and len(first.draws) >= 9999
    for _ in range(3):
        order = rng.permutation(144)
        again = contrast(list(values[:, order]), (1, -1), Design.of(list(cluster[order])))
        assert again is not None and again.interval(0.95) == first.interval(0.95)


def test_what_strata_could_hide_is_the_worst_that_would_show_nothing() -> None:
    """Over all pairs of shares that would show nothing with a chance of at least 2.5%."""
    sizes, weights = np.array([60.0, 3.0]), np.array([0.5, 0.5])
    p, q = np.meshgrid(np.linspace(0.001, 1, 2000), np.linspace(0.001, 1, 2000))
    possible = p ** sizes[0] * q ** sizes[1] >= 0.025
    worst = (weights[0] * (1 - p) + weights[1] * (1 - q))[possible].max()
    assert unseen_share(weights, sizes, 0.95) == pytest.approx(worst, abs=2e-3)
    one = unseen_share(np.array([1.0]), np.array([14.0]), 0.95)
    assert one == pytest.approx(1 - 0.025 ** (1 / 14))


def test_three_sections_that_agree_by_chance_do_not_make_a_stratum_certain() -> None:
    """310 sections half right, three of another stratum with two of three right in each."""
    rng = np.random.default_rng(0)
    values = np.concatenate([(rng.random(930) < 0.5).astype(float), [1.0, 1.0, 0.0] * 3])
    clusters = list(np.repeat(np.arange(313), 3))
    names = ["reworded"] * 930 + ["unseen"] * 9
    result = estimate(values, Design.of(clusters, names, {"reworded": 0.5, "unseen": 0.5}))
    # A stratum of nine questions alone leaves +-.15 of half the figure's weight.
    assert result.low is not None and result.high is not None
    assert result.high - result.low > 0.2


def test_no_variation_in_a_tiny_stratum_is_told_by_its_own_size() -> None:
    names = ["reworded"] * 60 + ["unseen"] * 3
    design = Design.of(list(range(63)), names, {"reworded": 0.5, "unseen": 0.5})
    result = estimate(np.ones(63), design)
    assert result.high == 1 and result.low is not None and result.low < 0.65
    shared = Design.of([k % 14 for k in range(42)], ["reworded", "same_section", "unseen"] * 14,
                       {"reworded": 0.5, "same_section": 0.3, "unseen": 0.2})  # fmt: skip
    together = estimate(np.ones(42), shared)
    # The same fourteen sections in all three strata are fourteen, not forty-two.
    assert together.low == pytest.approx(0.025 ** (1 / 14))


def test_the_best_of_eight_equal_ones_is_covered() -> None:
    rng = np.random.default_rng(4)
    held = plain = 0
    for _ in range(400):
        scores = {f"v{k}": np.clip(rng.normal(0.6, 0.2, 30), 0, 1) for k in range(8)}
        found = leader(scores, Design.of(list(range(30))))
        assert found is not None
        name, result = found
        truth = 0.5976  # of a normal around .6 with deviation .2, cut at 0 and 1
        assert result.low is not None and result.high is not None
        held += result.low <= truth <= result.high
        usual = estimate(scores[name], Design.of(list(range(30))))
        assert usual.low is not None and usual.high is not None
        plain += usual.low <= truth <= usual.high
    assert held / 400 >= 0.945
    assert plain / 400 <= 0.92


@pytest.mark.slow
def test_the_chance_that_more_questions_settle_it_is_reached() -> None:
    rng = np.random.default_rng(0)

    def judged(values: np.ndarray):
        result = sampling(values, Design.of(list(range(len(values)))), draws=199)
        assert result is not None
        low, high = result.interval(0.95) or (0.0, 0.0)
        return result, low > 0.03 or high < -0.03 or equivalent(result, 0.03)

    told, settled = [], []
    while len(told) < 300:
        truth = rng.uniform(-0.15, 0.15)
        pilot = rng.normal(truth, 0.15, 33)
        result, done = judged(pilot)
        needed = None if done else questions_needed(result, 0.03)
        if needed is None or needed.median > 5000:
            continue
        more = rng.normal(truth, 0.15, needed.median)
        told.append(needed.chance)
        settled.append(judged(np.concatenate([pilot, more]))[1])
    assert np.mean(settled) == pytest.approx(np.mean(told), abs=0.07)
    assert 0.5 < np.mean(told) < 0.8


def test_equivalence_near_nothing_takes_julious_more_questions() -> None:
    """Both one-sided tests must pass: z(.95) + z(.9), not z(.95) + z(.8)."""
    from scipy.stats import norm

    values = np.array([-0.02, 0.02] * 5000)
    values[:2] = 0
    result = sampling(values * 100, Design.of(list(range(10_000))))
    assert result is not None and result.error is not None
    margin = 2.5 * result.error
    needed = questions_needed(result, margin)
    assert needed is not None
    # At the estimate itself; the median looks at differences around it, which take more.
    least = 10_000 * (((norm.ppf(0.95) + norm.ppf(0.9)) * result.error / margin) ** 2 - 1)
    assert needed.low >= 0.97 * least
    assert needed.median > least


def test_clearing_a_bound_counts_what_may_lie_below_it() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.3, 200)
    noise -= noise.mean()
    design = Design.of(list(range(200)))
    close, clear = (sampling(noise + shift, design) for shift in (0.005, 0.04))
    assert close is not None and clear is not None
    near, far = questions_to_clear(close, 0.0), questions_to_clear(clear, 0.0)
    assert near is not None and far is not None
    assert near.median > far.median and near.chance < far.chance
    assert far.high is not None and far.low < far.median < far.high
    assert questions_to_clear(close, 0.01) is None


def test_one_right_on_nearly_all_and_the_other_on_none_has_an_interval() -> None:
    """Most resamples of such clusters show no spread at all; the few are those without a gap."""
    first, second = np.ones(150), np.zeros(150)
    second[7] = 1
    # Two of one cluster, so that the pairs are none that stand alone.
    design = Design.of(["s0", "s0", *(f"s{n}" for n in range(1, 149))])
    result = compare(first, second, design)
    assert result.low is not None and result.high is not None
    assert 0.9 < result.low < 149 / 150 <= result.high <= 1
    turned = compare(second, first, design)
    assert (turned.low, turned.high) == (-result.high, -result.low)


def test_resamples_without_spread_exclude_nothing() -> None:
    assert score_interval(DifferenceLaw(0.99, 0.0), 150.0, math.inf) == (-1, 1)
