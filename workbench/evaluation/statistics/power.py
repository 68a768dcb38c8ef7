"""What a comparison could have seen, and how many questions it would take to see more."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from workbench.evaluation.statistics.sampling import Sampling

POWER = 0.8
TOO_MANY = 1_000_000
QUANTILES = 4000


def power(difference: float, error: float, degrees: float, level: float = 0.95) -> float:
    """The chance that the two-sided test at ``level`` finds a true ``difference``.

    ``error`` is the standard error of the estimated difference. The statistic is noncentral t: a
    normal around difference / error, over an estimated error. Its tails are averaged over the
    quantiles of that estimate, since scipy's ``nct`` is not a number where degrees are few and
    the shift is large.
    """
    from scipy.special import ndtr, stdtrit

    threshold = float(stdtrit(degrees, 0.5 + level / 2)) * _error_ratios(degrees)
    shift = difference / error
    return float((ndtr(shift - threshold) + ndtr(-shift - threshold)).mean())


@lru_cache(maxsize=256)
def _error_ratios(degrees: float) -> Any:
    """Estimated over true error, at the midpoints of ``QUANTILES`` equal shares of its law."""
    import numpy as np
    from scipy.special import chdtri

    middle = (np.arange(QUANTILES) + 0.5) / QUANTILES
    return np.sqrt(chdtri(degrees, 1 - middle) / degrees)


def detectable_difference(
    sampling: Sampling, level: float = 0.95, at: float = POWER
) -> float | None:
    """The smallest true difference that is found with chance ``at``; None without an error."""
    if not sampling.error:
        return None
    from scipy.optimize import brentq

    error, degrees = sampling.error, sampling.degrees
    high = error * 4
    while power(high, error, degrees, level) < at:
        high *= 2
    return float(brentq(lambda gap: power(gap, error, degrees, level) - at, 0.0, high))


def questions_to_clear(
    sampling: Sampling, bound: float, level: float = 0.95, at: float = POWER
) -> int | None:
    """Further questions until the lower limit of the interval clears ``bound``.

    As in :func:`questions_needed`; None where the estimate itself does not clear it.
    """
    if not sampling.error or sampling.value <= bound:
        return None
    from scipy.special import ndtri, stdtrit

    critical = float(stdtrit(max(sampling.degrees, 4.0), 0.5 + level / 2)) + float(ndtri(at))
    return _further(sampling.n, (critical * sampling.error / (sampling.value - bound)) ** 2)


def questions_needed(
    sampling: Sampling, margin: float, level: float = 0.95, at: float = POWER
) -> int | None:
    """Further questions until the comparison settles, if the difference is what it looks like.

    Settled means shown to be larger than ``margin``, or shown to lie within it, whichever the
    estimate points at. New questions are taken to come in new sections, as many to each as now.
    None where no number would do (the estimate sits on the margin) or no error is known.
    """
    if not sampling.error:
        return None
    from scipy.special import ndtri, stdtrit

    gap = abs(abs(sampling.value) - margin)
    beyond = abs(sampling.value) > margin
    tail = 0.5 + level / 2 if beyond else level
    critical = float(stdtrit(max(sampling.degrees, 4.0), tail)) + float(ndtri(at))
    return None if gap <= 0 else _further(sampling.n, (critical * sampling.error / gap) ** 2)


def _further(n: int, factor: float) -> int | None:
    """Questions to add so that there are ``factor`` times as many; None if out of all reach."""
    if not math.isfinite(factor) or n * factor > TOO_MANY:
        return None
    return max(1, math.ceil(n * (factor - 1)))
