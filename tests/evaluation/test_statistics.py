"""Estimates and comparisons against established libraries, and at their edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.evaluation.statistics import (
    Design,
    compare,
    contrast,
    detectable_difference,
    equivalent,
    estimate,
    holm,
    interaction,
    missingness,
    power,
    questions_needed,
    sampling,
)


def clustered(seed: int, clusters: int, size: int, icc: float = 0.5, mean: float = 0.0):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), size)
    shared = rng.normal(size=clusters)[cluster] * np.sqrt(icc)
    return mean + shared + rng.normal(size=len(cluster)) * np.sqrt(1 - icc), cluster


def test_equal_clusters_give_the_t_test_on_cluster_means() -> None:
    from scipy.stats import ttest_1samp

    values, cluster = clustered(1, 12, 10)
    result = sampling(values, Design.of(list(cluster)))
    means = values.reshape(12, 10).mean(axis=1)
    expected = ttest_1samp(means, 0.0)
    span = expected.confidence_interval(0.95)
    assert result is not None
    assert result.degrees == pytest.approx(11)
    assert result.value == pytest.approx(means.mean())
    assert result.p() == pytest.approx(expected.pvalue)
    assert result.interval(0.95) == pytest.approx((span.low, span.high))


def test_error_is_statsmodels_cluster_robust_one_up_to_its_small_sample_factor() -> None:
    import statsmodels.api as sm

    values, cluster = clustered(2, 20, 6)
    strata = np.where(cluster % 3 == 0, "unseen", "reworded")
    mix = {"unseen": 0.25, "reworded": 0.75}
    result = sampling(values, Design.of(list(cluster), list(strata), mix))
    dummies = np.column_stack([strata == "reworded", strata == "unseen"]).astype(float)
    fit = sm.OLS(values, dummies).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    plain = float(np.sqrt(np.array([0.75, 0.25]) @ fit.cov_params() @ np.array([0.75, 0.25])))
    sizes = {name: len(set(cluster[strata == name])) for name in mix}
    parts = [
        mix[name] ** 2 * fit.cov_params()[at, at] * sizes[name] / (sizes[name] - 1)
        for at, name in enumerate(("reworded", "unseen"))
    ]
    assert result is not None
    assert result.value == pytest.approx(0.75 * fit.params[0] + 0.25 * fit.params[1])
    assert result.error == pytest.approx(np.sqrt(sum(parts)))
    assert result.error > plain


def test_bootstrap_agrees_with_arch_on_clusters() -> None:
    from arch.bootstrap import IIDBootstrap

    values, cluster = clustered(3, 60, 5, mean=0.3)
    result = sampling(values, Design.of(list(cluster)), seed=1)
    assert (
        result is not None and result.draws is not None and result.method == "cluster bootstrap-t"
    )
    means = values.reshape(60, 5).mean(axis=1)
    arch = IIDBootstrap(means, seed=np.random.default_rng(2)).conf_int(
        lambda x: x.mean(), reps=1999, method="studentized",
        std_err_func=lambda mu, x: x.std(ddof=1) / np.sqrt(len(x)),
    ).ravel()  # fmt: skip
    low, high = result.interval(0.95) or (0, 0)
    assert (high - low) == pytest.approx(arch[1] - arch[0], rel=0.12)
    assert abs((low + high) / 2 - (arch[0] + arch[1]) / 2) < 0.05


def test_the_same_seed_gives_the_same_interval() -> None:
    values, cluster = clustered(3, 40, 5)
    spans = [sampling(values, Design.of(list(cluster)), seed=9).interval(0.9) for _ in range(2)]
    assert spans[0] == spans[1]


def test_holm_is_statsmodels_and_keeps_what_is_unknown() -> None:
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(0)
    p = rng.random(9) ** 3
    assert holm(list(p)) == pytest.approx(list(multipletests(p, method="holm")[1]))
    assert holm([0.01, None, 0.04]) == [pytest.approx(0.02), None, pytest.approx(0.04)]
    assert holm([]) == []


def test_small_binary_data_get_mcnemar() -> None:
    from statsmodels.stats.contingency_tables import mcnemar

    first = np.array([1.0] * 20 + [0.0] * 10)
    second = np.array([1.0] * 11 + [0.0] * 17 + [1.0] * 2)
    result = compare(first, second, Design.of([None] * 30), names=("a", "b"))
    table = [[11, 9], [2, 8]]
    assert result.method == "exact McNemar, Tango interval"
    assert result.p == pytest.approx(mcnemar(table, exact=True).pvalue)
    assert result.difference == pytest.approx(7 / 30)
    assert result.low is not None and result.high is not None and result.low < 7 / 30 < result.high
    inside_clusters = compare(first, second, Design.of([n % 6 for n in range(30)]))
    assert "McNemar" not in inside_clusters.method


def test_strata_weigh_as_declared_whatever_their_numbers() -> None:
    values = np.array([1.0] * 30 + [0.0] * 10)
    strata = ["reworded"] * 30 + ["unseen"] * 10
    design = Design.of([f"c{n % 20}" for n in range(40)], strata, {"reworded": 0.2, "unseen": 0.8})
    assert estimate(values, design).value == pytest.approx(0.2)
    absent = Design.of(["a", "b"], ["unseen"] * 2, {"reworded": 0.5, "unseen": 0.5})
    assert estimate(np.array([1.0, 0.0]), absent).value == pytest.approx(0.5)


def test_interaction_and_main_effects_are_the_textbook_ones() -> None:
    rng = np.random.default_rng(4)
    n = 60
    noise = rng.normal(0, 0.01, (4, n))
    cells = {
        (False, False): 0.1 + noise[0], (False, True): 0.6 + noise[1],
        (True, False): 0.4 + noise[2], (True, True): 0.7 + noise[3],
    }  # fmt: skip
    effects = interaction(cells, Design.of([k // 5 for k in range(n)]))
    assert effects is not None
    assert effects["main_retrieval"]["difference"] == pytest.approx(0.4, abs=0.01)
    assert effects["main_tuning"]["difference"] == pytest.approx(0.2, abs=0.01)
    assert effects["interaction"]["difference"] == pytest.approx(-0.2, abs=0.01)
    assert effects["interaction"]["high"] < 0
    del cells[True, True]
    assert interaction(cells, Design.of([k // 5 for k in range(n)])) is None


def test_missing_is_left_out_and_counted_never_zero() -> None:
    values = np.array([1.0, np.nan, 1.0, 0.0, np.nan, 1.0])
    result = estimate(values, Design.of(list("aabbcc")))
    assert (result.value, result.n, result.missing) == (0.75, 4, 2)
    gap = compare(values, np.array([1.0, 1.0, np.nan, 0.0, 0.0, 0.0]), Design.of(list("aabbcc")))
    assert gap.n == 3
    assert gap.difference == pytest.approx(1 / 3)


def test_unequal_missingness_is_found() -> None:
    first = np.array([True] * 12 + [False] * 30)
    second = np.array([False] * 42)
    assert missingness(second, second) is None
    matches = missingness(first, second)
    assert matches is not None and matches[:2] == (12, 0) and matches[2] < 0.001


@pytest.mark.parametrize(
    ("values", "clusters", "reason"),
    [
        ([], [], "no question"),
        ([float("nan")] * 3, list("abc"), "every answer is missing"),
        ([0.5], ["a"], "one question only: no interval"),
        ([0.5, 0.2, 0.9], list("aaa"), "one cluster only: no interval"),
    ],
)
def test_too_little_gives_no_interval_and_says_why(values, clusters, reason) -> None:
    result = estimate(np.array(values, dtype=float), Design.of(clusters))
    assert (result.low, result.high, result.method) == (None, None, reason)


def test_no_variation_is_not_certainty() -> None:
    result = estimate(np.zeros(14), Design.of(list(range(14))))
    assert result.value == 0 and result.low == 0
    assert result.high == pytest.approx(1 - 0.025 ** (1 / 14))
    same = compare(np.full(20, 0.4), np.full(20, 0.4), Design.of(list(range(20))))
    assert same.difference == 0 and same.p == 1
    assert same.low is not None and same.low < -0.1
    cells = dict.fromkeys([(a, b) for a in (False, True) for b in (False, True)], np.zeros(20))
    effects = interaction(cells, Design.of(list(range(20))))
    assert effects is not None
    for effect in effects.values():
        assert effect["difference"] == 0 and effect["low"] < -0.1 < 0.1 < effect["high"]
    tied = contrast([np.ones(20), np.ones(20)], (1, -1), Design.of(list(range(20))))
    assert tied is not None and not equivalent(tied, 0.03)


def test_equivalence_needs_the_whole_interval_inside_the_margin() -> None:
    rng = np.random.default_rng(0)
    tight = sampling(rng.normal(0.0, 0.02, 400), Design.of([k // 10 for k in range(400)]))
    wide = sampling(rng.normal(0.0, 0.9, 60), Design.of([k // 5 for k in range(60)]))
    assert tight is not None and wide is not None
    assert equivalent(tight, 0.03)
    assert not equivalent(wide, 0.03)
    assert not equivalent(tight, abs(tight.value) / 2)


def test_the_detectable_difference_is_the_one_with_that_power() -> None:
    values, cluster = clustered(5, 14, 10)
    result = sampling(values, Design.of(list(cluster)))
    assert result is not None and result.error is not None
    gap = detectable_difference(result)
    assert gap is not None
    assert power(gap, result.error, result.degrees) == pytest.approx(0.8, abs=1e-6)


def test_questions_needed_shrink_with_the_gap_and_fail_honestly_on_the_margin() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.3, 150)
    noise -= noise.mean()
    result = [
        sampling(noise + shift, Design.of([k // 10 for k in range(150)]))
        for shift in (0.06, 0.10, 0.03)
    ]
    near, far, on = (questions_needed(item, 0.03) for item in result if item is not None)
    assert near is not None and far is not None
    assert near.median > far.median >= 1
    assert near.low <= near.median <= (near.high or 10**9)
    assert on is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 8), st.sampled_from(["reworded", "unseen"])),
        min_size=1, max_size=60,
    )
)  # fmt: skip
def test_any_scores_give_an_interval_around_the_estimate_or_none(rows) -> None:
    values = np.array([row[0] for row in rows])
    design = Design.of([row[1] for row in rows], [row[2] for row in rows],
                       {"reworded": 0.6, "unseen": 0.4})  # fmt: skip
    result = estimate(values, design)
    assert result.value is not None and -1e-9 <= result.value <= 1 + 1e-9
    assert (result.low is None) == (result.high is None)
    if result.low is not None and result.high is not None:
        assert -1e-9 <= result.low <= result.value + 1e-9
        assert result.value - 1e-9 <= result.high <= 1 + 1e-9


@pytest.mark.parametrize("degrees", [1, 2, 5, 40])
@pytest.mark.parametrize("shift", [0.0, 1.0, 4.0])
def test_power_is_that_of_the_noncentral_t(degrees: int, shift: float) -> None:
    from scipy.stats import nct, t

    critical = t.ppf(0.975, degrees)
    expected = nct.sf(critical, degrees, shift) + nct.cdf(-critical, degrees, shift)
    assert power(shift, 1.0, degrees) == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("degrees", [1, 2, 3])
def test_power_stays_a_number_with_few_clusters_and_a_large_shift(degrees: int) -> None:
    rising = [power(shift, 1.0, degrees) for shift in (5.0, 20.0, 80.0, 1000.0)]
    assert rising == sorted(rising) and rising[0] > 0 and 0.99 < rising[-1] <= 1
