"""Which variant wins: by intervals for the verdict, by points for everything that is resampled.

A variant X is acceptable if against every rival it is either *better by more than the margin*
(the lower bound clears it), or *not worse by the margin and cheaper*. At most one is. Where an
acceptable X is shown equivalent to a rival, the verdict is a tie that cost decides. The point rule
is the same without intervals: of all variants within the margin of the best, the cheapest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.statistics import Sampling, equivalent

Array = NDArray[np.float64]
SAME_COST = 1e-9


@dataclass(frozen=True, slots=True)
class PairOutcome:
    """How one variant stands to another: difference with interval, and what that shows."""

    difference: float | None
    low: float | None
    high: float | None
    equal: bool
    sampling: Sampling | None

    def better(self, margin: float) -> bool:
        """Shown to be better by more than the margin."""
        return self.low is not None and self.low > margin

    def not_worse(self, margin: float) -> bool:
        """Shown not to be worse by the margin."""
        return self.equal or (self.low is not None and self.low > -margin)


def pair_outcome(
    result: Sampling | None, low: float | None, high: float | None, margin: float, level: float
) -> PairOutcome:
    """From a comparison's interval and the sampling behind it."""
    return PairOutcome(
        None if result is None else result.value,
        low,
        high,
        result is not None and margin > 0 and equivalent(result, margin, level),
        result,
    )


def shifted(item: PairOutcome, by: float, margin: float, level: float) -> PairOutcome:
    """The standing when ``by`` is added to the difference, its error being what it was."""
    if not by or item.difference is None or item.sampling is None:
        return item
    result = item.sampling.shifted(by)
    low, high = (None if bound is None else bound + by for bound in (item.low, item.high))
    return pair_outcome(result, low, high, margin, level)


def acceptable(
    name: str,
    rivals: Sequence[str],
    outcomes: Mapping[tuple[str, str], PairOutcome],
    monthly: Mapping[str, float | None],
    margin: float,
) -> bool:
    """Whether ``name`` may be recommended over every rival."""
    return all(
        outcomes[name, rival].better(margin)
        or (outcomes[name, rival].not_worse(margin) and cheaper(name, rival, monthly))
        for rival in rivals
        if rival != name
    )


def cheaper(name: str, rival: str, monthly: Mapping[str, float | None]) -> bool:
    """Whether ``name`` is known to cost less a month than ``rival``."""
    own, other = monthly.get(name), monthly.get(rival)
    return own is not None and other is not None and own < other - SAME_COST


def money_worth(months: Array, queries: Array | float, points_per_money: float) -> Array:
    """What a month's money takes off the score (from 0 to 1): see :mod:`utility`; NaN unknown."""
    result: Array = -points_per_money * np.asarray(months) / np.asarray(queries) * 1000.0 / 100.0
    return result


def winners(quality: Array, monthly: Array, margin: float | Array) -> NDArray[np.intp]:
    """The point rule on rows of (variants): index of the winner, -1 where none is left.

    ``quality`` NaN is a variant that is out. Unknown costs (NaN) count as dearest; where all are
    unknown the best wins. Shapes broadcast.
    """
    quality, monthly = np.broadcast_arrays(quality, monthly)
    out = np.isnan(quality)
    score = np.where(out, -np.inf, quality)
    best = score.max(axis=-1, keepdims=True)
    near = (score >= best - np.asarray(margin)[..., None] - 1e-12) & ~out
    price = np.where(near, np.where(np.isnan(monthly), 1e300, monthly), np.inf)
    cheapest = price.min(axis=-1, keepdims=True)
    among = near & (price <= cheapest)
    choice = np.where(among, score, -np.inf).argmax(axis=-1)
    return np.where(out.all(axis=-1), -1, choice)
