"""Estimates with intervals, paired comparisons, interaction, and corrections for many of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.statistics.design import Array, Design, subset
from workbench.evaluation.statistics.sampling import Sampling, sampling
from workbench.evaluation.statistics.training import luck_of, with_luck
from workbench.types import Comparison, Estimate


def estimate(
    values: Array,
    design: Design,
    *,
    level: float = 0.95,
    bounds: tuple[float, float] | None = (0.0, 1.0),
    seed: int = 0,
) -> Estimate:
    """The weighted mean of ``values`` with its interval; NaN is missing, counted and left out.

    ``values`` of (trainings, questions) are of a variant that was trained several times: their mean
    is taken, and the luck of training is part of the interval (:mod:`.training`).

    With ``bounds`` the interval is a score interval, which stays inside them and is right near
    them too. Where no cluster differs it is the exact one for what the strata could hide, since
    "none of 14" is not "never".
    """
    result, missing = sampled(values, design, bounds, seed)
    if result is None:
        reason = "every answer is missing" if values.size else "no question"
        return Estimate(None, None, None, 0, 0, missing, level, reason)
    low, high = result.interval(level) or (None, None)
    return Estimate(result.value, low, high, result.n, result.clusters, missing, level,
                    result.method, _luck(result))  # fmt: skip


def sampled(
    values: Array, design: Design, bounds: tuple[float, float] | None, seed: int
) -> tuple[Sampling | None, int]:
    """The sampling of one variant's scores, and how many questions it has none for."""
    seen: NDArray[np.bool_] = np.asarray(~np.isnan(values), dtype=bool)
    if values.ndim > 1:
        seen = np.asarray(seen.all(axis=0), dtype=bool)
    missing = int(len(seen) - seen.sum())
    if not seen.any():
        return None, missing
    kept = subset(design, seen)
    if values.ndim > 1 and len(values) > 1:
        return _of_trainings(values[:, seen], kept, bounds, seed), missing
    return sampling(np.atleast_2d(values)[0, seen], kept, bounds=bounds, seed=seed), missing


def _luck(result: Sampling) -> float | None:
    return result.luck if result.trainings > 1 else None


def leader(
    columns: Mapping[str, Array], design: Design, *, level: float = 0.95, seed: int = 0
) -> tuple[str, Estimate] | None:
    """The best of several on these questions, with an interval that allows for its selection.

    The best of many looks better than it is, the more so the more there are. So the lower limit
    is one that all candidates keep at once (Bonferroni: ``(1 - level) / 2`` divided among them).
    The upper limit needs no adjustment: that the leader comes out too low, and still in front,
    takes that the best one came out too low too. None with fewer than two that have a score.
    """
    found: dict[str, Sampling] = {}
    for name, values in columns.items():
        own, _ = sampled(values, design, (0.0, 1.0), seed)
        if own is not None:
            found[name] = own
    if len(found) < 2:
        return None
    best = min(found, key=lambda name: (-found[name].value, name))
    result = found[best]
    adjusted = result.interval(1 - (1 - level) / len(found))
    plain = result.interval(level)
    low, high = None if adjusted is None else adjusted[0], None if plain is None else plain[1]
    missing = int(np.isnan(np.atleast_2d(columns[best])).any(axis=0).sum())
    return best, Estimate(result.value, low, high, result.n, result.clusters, missing, level,
                          result.method, _luck(result))  # fmt: skip


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

    Right/wrong data whose questions stand alone get McNemar's exact test and Tango's interval;
    everything else the cluster-robust machinery of :mod:`sampling`.
    """
    result = contrast([values, baseline], (1, -1), design, bounded=bounds is not None, seed=seed)
    return _comparison(result, metric, names, stratum, level)


def contrast(
    columns: Sequence[Array],
    signs: Sequence[float],
    design: Design,
    *,
    bounded: bool = True,
    seed: int = 0,
) -> Sampling | None:
    """The sampling of a signed sum of variants' scores over the questions that all of them have.

    ``bounded`` says that scores run from 0 to 1, which bounds the sum (``signs`` add up to 0). A
    column of (trainings, questions) is a variant that was trained several times; trainings are
    paired by their number, and their luck is part of the error.
    """
    stacked = np.vstack(columns)
    seen: NDArray[np.bool_] = np.asarray(~np.isnan(stacked).any(axis=0), dtype=bool)
    if not seen.any():
        return None
    weights = np.asarray(signs, dtype=float)
    most = float(sum(sign for sign in signs if sign > 0))
    bounds = (-most, most) if bounded else None
    kept = subset(design, seen)
    if len(stacked) == len(columns):
        return sampling(weights @ stacked[:, seen], kept, bounds=bounds, seed=seed)
    rows = [np.atleast_2d(column)[:, seen] for column in columns]
    number = max(map(len, rows))
    each = np.array([
        weights @ np.vstack([row[min(at, len(row) - 1)] for row in rows]) for at in range(number)
    ])  # fmt: skip
    return _of_trainings(each, kept, bounds, seed)


def _of_trainings(
    each: Array, design: Design, bounds: tuple[float, float] | None, seed: int
) -> Sampling | None:
    """The sampling of the mean over trainings, (trainings, questions), their luck in its error."""
    result = sampling(each.mean(axis=0), design, bounds=bounds, seed=seed)
    return None if result is None else with_luck(result, luck_of(each, design))


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
        item = _comparison(result, "", ("", ""), None, level)
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
    # An interval holds its figure: one that lies beyond the margin needs no bootstrap to tell.
    if abs(result.value) > margin + 1e-9:
        return False
    span = result.interval(2 * level - 1)
    return span is not None and -margin < span[0] and span[1] < margin


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
) -> Comparison:
    if result is None:
        reason = "no question that both answered"
        return Comparison(metric, *names, stratum, 0, None, None, None, level, None, reason)
    low, high = result.interval(level) or (None, None)
    return Comparison(metric, *names, stratum, result.n, result.value, low, high, level,
                      result.p(), result.method, _luck(result))  # fmt: skip
