"""Estimates with intervals, paired comparisons, interaction, and corrections for many of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.statistics.sampling import Array, Design, Sampling, sampling, subset
from workbench.types import Comparison, Estimate

EXACT_DISCORDANT = 50


def estimate(
    values: Array,
    design: Design,
    *,
    level: float = 0.95,
    bounds: tuple[float, float] | None = (0.0, 1.0),
    seed: int = 0,
) -> Estimate:
    """The weighted mean of ``values`` with its interval; NaN is missing, counted and left out.

    Intervals are clipped to ``bounds``. Where all values are the same bound, the interval is the
    exact one for the share of clusters that could be otherwise, since "none of 14" is not "never".
    """
    seen = ~np.isnan(values)
    missing = int(len(values) - seen.sum())
    result = sampling(values[seen], subset(design, seen), seed=seed) if seen.any() else None
    if result is None:
        reason = "every answer is missing" if len(values) else "no question"
        return Estimate(None, None, None, 0, 0, missing, level, reason)
    span = result.interval(level)
    method = result.method
    if span is not None and result.error == 0 and bounds is not None:
        reach = _rule_of_three(result.clusters, level) * (bounds[1] - bounds[0])
        span, method = (result.value - reach, result.value + reach), "no variation: exact bound"
    low, high = _clip(span, bounds)
    return Estimate(result.value, low, high, result.n, result.clusters, missing, level, method)


def compare(
    values: Array,
    baseline: Array,
    design: Design,
    *,
    metric: str = "",
    names: tuple[str, str] = ("variant", "baseline"),
    stratum: str | None = None,
    level: float = 0.95,
    bounds: tuple[float, float] | None = (-1.0, 1.0),
    seed: int = 0,
) -> Comparison:
    """``values - baseline``, paired by question, over the questions that both have a score for.

    Small right/wrong data whose questions stand alone get McNemar's exact test; everything else
    the cluster-robust machinery of :mod:`sampling`.
    """
    both = ~np.isnan(values) & ~np.isnan(baseline)
    first, second = values[both], baseline[both]
    inner = subset(design, both)
    if (exact := _mcnemar(first, second, inner, level)) is not None:
        gap, low, high, p = exact
        return Comparison(
            metric, *names, stratum, len(first), gap, low, high, level, p, "exact McNemar"
        )
    result = sampling(first - second, inner, seed=seed) if both.any() else None
    return _comparison(result, metric, names, stratum, level, bounds)


def contrast(
    columns: Sequence[Array], signs: Sequence[float], design: Design, *, seed: int = 0
) -> Sampling | None:
    """The sampling of a signed sum of variants' scores over the questions that all of them have."""
    stacked = np.vstack(columns)
    seen: NDArray[np.bool_] = np.asarray(~np.isnan(stacked).any(axis=0), dtype=bool)
    if not seen.any():
        return None
    combined = np.asarray(signs, dtype=float) @ stacked[:, seen]
    return sampling(combined, subset(design, seen), seed=seed)


def interaction(
    cells: Mapping[tuple[bool, bool], Array], design: Design, *, level: float = 0.95, seed: int = 0
) -> dict[str, dict[str, Any]] | None:
    """Main effects of tuning and retrieval and their interaction; keys are (tuned, retrieval).

    The interaction is what retrieval gains on the tuned model beyond what it gains on the base
    model: negative where the two do the same work twice. None unless all four cells are there.
    """
    order = [(False, False), (False, True), (True, False), (True, True)]
    if any(cell not in cells for cell in order):
        return None
    columns = [cells[cell] for cell in order]
    signs = {
        "main_tuning": (-0.5, -0.5, 0.5, 0.5),
        "main_retrieval": (-0.5, 0.5, -0.5, 0.5),
        "interaction": (1.0, -1.0, -1.0, 1.0),
    }
    effects: dict[str, dict[str, Any]] = {}
    for name, weights in signs.items():
        result = contrast(columns, weights, design, seed=seed)
        # Scores run from 0 to 1, so this is as far as an effect can go.
        most = sum(weight for weight in weights if weight > 0)
        item = _comparison(result, "", ("", ""), None, level, (-most, most))
        effects[name] = {
            "difference": item.difference,
            "low": item.low,
            "high": item.high,
            "p": item.p,
            "n": item.n,
            "method": "every answer is missing" if result is None else item.method,
        }
    return effects


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's adjustment of the p-values that there are; None stays None.

    Written out because statsmodels' ``multipletests`` runs the garbage collector on each call,
    which costs a quarter of a second; the tests hold the two against each other.
    """
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, place) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        adjusted[place] = highest
    return adjusted


def equivalent(result: Sampling, margin: float, level: float = 0.95) -> bool:
    """Two one-sided tests at ``1 - level`` each: is the figure within ``margin`` either way?

    Done as the interval at ``2 * level - 1`` lying inside the margin (Schuirmann 1987).
    """
    span = result.interval(2 * level - 1)
    if span is None:
        return False
    if result.error == 0:
        reach = _rule_of_three(result.clusters, 2 * level - 1)
        span = result.value - reach, result.value + reach
    return -margin < span[0] and span[1] < margin


def missingness(
    first: NDArray[np.bool_], second: NDArray[np.bool_]
) -> tuple[int, int, float] | None:
    """Missing in each of two variants and the exact McNemar p of the difference; None if equal."""
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    if only_first == only_second:
        return None
    from scipy.stats import binomtest

    p = float(binomtest(only_first, only_first + only_second).pvalue)
    return int(first.sum()), int(second.sum()), p


def _comparison(
    result: Sampling | None,
    metric: str,
    names: tuple[str, str],
    stratum: str | None,
    level: float,
    bounds: tuple[float, float] | None,
) -> Comparison:
    if result is None:
        reason = "no question that both answered"
        return Comparison(metric, *names, stratum, 0, None, None, None, level, None, reason)
    span, p, method = result.interval(level), result.p(), result.method
    if span is not None and result.error == 0:
        reach = _rule_of_three(result.clusters, level) * (bounds[1] if bounds else 0)
        span = result.value - reach, result.value + reach
        p = 1.0 if span[0] <= 0 <= span[1] else 1 - level
        method = "no variation: exact bound"
    low, high = _clip(span, bounds)
    return Comparison(metric, *names, stratum, result.n, result.value, low, high, level, p, method)


def _mcnemar(
    first: Array, second: Array, design: Design, level: float
) -> tuple[float, float, float, float] | None:
    """Difference, interval and p by the exact conditional test, or None where it does not apply."""
    if not len(first) or not np.isin(np.concatenate([first, second]), (0.0, 1.0)).all():
        return None
    if len(np.unique(design.cluster)) < len(first) or len(np.unique(design.stratum)) > 1:
        return None
    if design.kind is not None:
        return None
    won, lost = int((first > second).sum()), int((second > first).sum())
    if not 0 < won + lost <= EXACT_DISCORDANT:
        return None
    from scipy.stats import binomtest

    test = binomtest(won, won + lost)
    span = test.proportion_ci(level)
    scale = (won + lost) / len(first)
    low, high = scale * (2 * span.low - 1), scale * (2 * span.high - 1)
    return (won - lost) / len(first), float(low), float(high), float(test.pvalue)


def _rule_of_three(clusters: int, level: float) -> float:
    """The largest share of clusters that could differ although none of ``clusters`` did."""
    return float(1 - ((1 - level) / 2) ** (1 / clusters))


def _clip(
    span: tuple[float, float] | None, bounds: tuple[float, float] | None
) -> tuple[float | None, float | None]:
    if span is None:
        return None, None
    if bounds is None:
        return span
    return max(bounds[0], span[0]), min(bounds[1], span[1])
