"""Single-stream times of a variant: medians, ninetieth percentiles, and the mean that costs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from workbench.evaluation.statistics.sampling import Array
from workbench.evaluation.value_columns import Columns
from workbench.types import Latency

PARTS = ("first_token_s", "per_token_s", "retrieval_s", "total_s")
TENTH = 0.9
LEVEL = 0.95


def latency(timed: Iterable[Latency], variant: str) -> dict[str, Any]:
    """p50, p90 with its interval, slowest, mean and standard error of each part, in seconds."""
    own = Columns.of(Latency, timed).where("variant", (variant,))
    result: dict[str, Any] = {"n": len(own)}
    for part in PARTS:
        values = np.array([value for value in own.column(part) if value is not None], dtype=float)
        values = values[~np.isnan(values)]
        low, high = percentile_interval(values)
        result[part] = {
            "p50": float(np.percentile(values, 50)) if len(values) else None,
            "p90": float(np.percentile(values, 90)) if len(values) else None,
            "p90_low": low,
            "p90_high": high,
            "slowest": float(values.max()) if len(values) else None,
            "mean": float(values.mean()) if len(values) else None,
            "error": float(values.std(ddof=1) / len(values) ** 0.5) if len(values) > 1 else None,
        }
    return result


def percentile_interval(
    values: Array, share: float = TENTH, level: float = LEVEL
) -> tuple[float | None, float | None]:
    """The distribution-free interval of a percentile, between two of the ordered ``values``.

    How many of n fall below the percentile is binomial (Conover, Practical Nonparametric
    Statistics, 1999, section 3.2); each end errs with at most half of ``1 - level``. The lower end
    is 0 and the upper None where so few values cannot give one: the 90th percentile has an upper
    end from 36 values on. Both are None without values.
    """
    n = len(values)
    if not n:
        return None, None
    from scipy.stats import binom

    ordered = np.sort(values)
    tail = (1 - level) / 2
    # P(at most r - 1 of n below the percentile) is the chance that the r-th value lies above it.
    below = binom.cdf(np.arange(n), n, share)
    lower = int(np.searchsorted(below, tail, side="right"))
    upper = int(np.searchsorted(below, 1 - tail, side="left"))
    low = float(ordered[lower - 1]) if lower else 0.0
    return low, float(ordered[upper]) if upper < n else None
