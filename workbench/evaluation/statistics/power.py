"""What a comparison could have seen, and how many questions it would take to see more."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.statistics.laws import DifferenceLaw
from workbench.evaluation.statistics.sampling import Sampling

Array = NDArray[np.float64]

POWER = 0.8
TOO_MANY = 1_000_000
QUANTILES = 4000
GRID = 60
NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Needed:
    """Further questions that settle a comparison: a tenth of all cases below ``low``, half below
    ``median``, nine tenths below ``high`` (None: more than anybody asks).

    ``chance`` is that of an answer once ``median`` further questions are asked.
    """

    low: int
    median: int
    high: int | None
    chance: float


def power(
    difference: float,
    error: float,
    degrees: float,
    level: float = 0.95,
    null_error: float | None = None,
) -> float:
    """The chance that the two-sided test at ``level`` finds a true ``difference``.

    ``error`` is the standard error of the estimated difference, ``null_error`` the one that the
    test divides by, where that is another (score tests: the error were there no difference). The
    statistic is noncentral t: a normal around difference / error, over an estimated error. Its
    tails are averaged over the quantiles of that estimate, since scipy's ``nct`` is not a number
    where degrees are few and the shift is large.
    """
    from scipy.special import ndtr, stdtrit

    threshold = float(stdtrit(degrees, 0.5 + level / 2)) * _error_ratios(degrees)
    threshold = threshold * ((null_error or error) / error)
    shift = difference / error
    return float((ndtr(shift - threshold) + ndtr(-shift - threshold)).mean())


@lru_cache(maxsize=256)
def _error_ratios(degrees: float, quantiles: int = QUANTILES) -> Array:
    """Estimated over true error, at the midpoints of ``quantiles`` equal shares of its law."""
    from scipy.special import chdtri

    middle = (np.arange(quantiles) + 0.5) / quantiles
    return np.asarray(np.sqrt(chdtri(degrees, 1 - middle) / degrees))


def detectable_difference(
    sampling: Sampling, level: float = 0.95, at: float = POWER, mean: float | None = None
) -> float | None:
    """The smallest true difference that is found with chance ``at``; None without an error.

    ``mean`` is the better score of the two. Near the ends of the scale two that differ disagree on
    more questions than two that are equal, so that the error grows with the difference; without
    ``mean``, or without bounds, it is taken to be what it is. None too where none is large enough.
    """
    if not sampling.error:
        return None
    from scipy.optimize import brentq

    law, degrees = sampling.law, sampling.degrees

    def found(gap: float) -> float:
        error, null_error = sampling.error or 0.0, None
        if isinstance(law, DifferenceLaw) and mean is not None:
            expected = law.at(gap, mean)
            scale = sampling.questions_worth()
            error = max(error * 1e-3, math.sqrt(expected.variance(expected.mean) / scale))
            null_error = math.sqrt(expected.variance(0.0) / scale)
        return power(gap, error, degrees, level, null_error) - at

    most = law.bounds[1] if law is not None and mean is not None else math.inf
    high = min(most, sampling.error * 4)
    while found(high) < 0:
        if high >= most:
            return None
        high = min(most, high * 2)
    return float(brentq(found, 0.0, high))


def questions_to_clear(
    sampling: Sampling, bound: float, level: float = 0.95, at: float = POWER
) -> Needed | None:
    """Further questions until the lower limit of the interval clears ``bound``.

    As in :func:`questions_needed`, for true differences that do clear it; ``chance`` counts those
    that do not too. None where the estimate itself does not clear it.
    """
    if not sampling.error or sampling.value <= bound:
        return None
    tail = 0.5 + level / 2

    def wanted(true: Array, critical: float) -> Array:
        return np.maximum(0.0, true - bound) / (critical + _normal(at))

    def settled(mean: Array, spread: Array, error: Array, critical: float) -> Array:
        return _below((mean - bound - critical * error) / spread)

    return _needed(sampling, tail, wanted, settled)


def questions_needed(
    sampling: Sampling, margin: float, level: float = 0.95, at: float = POWER
) -> Needed | None:
    """Further questions until the comparison settles: is it larger than ``margin``, or within it?

    The true difference and its error are known only as well as this exam tells them, so that the
    number is a range, over the posterior of both (flat priors: Student's t). Equivalence is two
    tests at once: near a difference of 0 either may fail, which takes more questions than one test
    (Julious, Statistics in Medicine 2004;23:1921). New questions are taken to come in new
    sections, as many to each as now, and to be judged together with the old ones; how trainings
    differ they tell nothing of. None where no number would do (the estimate sits on the margin, the
    luck of training alone is too much) or no error is known.
    """
    if not sampling.error or abs(abs(sampling.value) - margin) <= 1e-9:
        return None
    beyond = abs(sampling.value) > margin
    tail = 0.5 + level / 2 if beyond else level

    def wanted(true: Array, critical: float) -> Array:
        out = np.maximum(0.0, np.abs(true) - margin) / (critical + _normal(at))
        return np.where(np.abs(true) > margin, out, _equivalence(true, margin, critical, at))

    def settled(mean: Array, spread: Array, error: Array, critical: float) -> Array:
        reach = critical * error
        above = _below((np.abs(mean) - margin - reach) / spread)
        top, bottom = margin - reach, reach - margin
        inside = _below((top - mean) / spread) - _below((bottom - mean) / spread)
        return above + np.maximum(0.0, inside)

    return _needed(sampling, tail, wanted, settled)


def _needed(
    sampling: Sampling,
    tail: float,
    wanted: Callable[[Array, float], Array],
    settled: Callable[[Array, Array, Array, float], Array],
) -> Needed | None:
    """Quantiles of the questions to add, and the chance that the middle one settles it.

    ``wanted`` gives the error that a true difference needs, ``settled`` the chance of an answer
    from mean and spread of what will be seen, and its error.
    """
    from scipy.special import ndtri, stdtrit

    assert sampling.error
    errors = sampling.error / _error_ratios(sampling.degrees, GRID)[:, None]
    fixed = sampling.luck * sampling.error**2
    true = sampling.value + errors * ndtri((np.arange(GRID) + 0.5) / GRID)
    critical = float(ndtri(tail))
    for _ in range(2):
        # With the sections the degrees of freedom grow too.
        with np.errstate(divide="ignore"):
            aim = wanted(true, critical)
            times = (errors / aim) ** 2
            if fixed:  # no question tells more of how trainings differ
                open_ = np.maximum(errors**2 - fixed, NOTHING)
                times = np.where(aim**2 > fixed, open_ / (aim**2 - fixed), np.inf)
        reachable = times[np.isfinite(times)]
        middle = max(1.0, float(np.median(reachable))) if reachable.size else math.inf
        if not math.isfinite(middle):
            return None
        critical = float(stdtrit(max(4.0, sampling.degrees * middle), tail))
    low, median, high = (
        _further(sampling.n, float(np.quantile(reachable, share))) for share in (0.1, 0.5, 0.9)
    )
    if low is None or median is None:
        return None
    old = sampling.n / (sampling.n + median)
    mean = old * sampling.value + (1 - old) * true
    spread = errors * math.sqrt(old * (1 - old))
    left = errors * math.sqrt(old)
    if fixed:
        left = np.sqrt(np.maximum(errors**2 - fixed, NOTHING) * old + fixed)
    chance = settled(mean, spread, left, critical)
    return Needed(low, median, high, float(chance.mean()))


def _equivalence(true: Array, margin: float, critical: float, at: float) -> Array:
    """The error with which both one-sided tests pass with chance ``at``; 0 out of the margin."""
    low, high = np.zeros_like(true), np.full_like(true, margin / critical)
    for _ in range(40):
        middle = (low + high) / 2
        with np.errstate(divide="ignore"):
            passed = (
                _below((margin - true) / middle - critical)
                + _below((margin + true) / middle - critical)
                - 1
            )
        low, high = np.where(passed >= at, middle, low), np.where(passed >= at, high, middle)
    return low


def _below(value: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(ndtr(value))


def _normal(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))


def _further(n: int, factor: float) -> int | None:
    """Questions to add so that there are ``factor`` times as many; None if out of all reach."""
    if not math.isfinite(factor) or n * factor > TOO_MANY:
        return None
    return max(1, math.ceil(n * (factor - 1)))
