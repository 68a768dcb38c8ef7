"""Which variant wins: by intervals for the verdict, by points for everything that is resampled.

A variant X is acceptable if against every rival it is either *better by more than the margin*
(the lower bound clears it), or *not worse by the margin and cheaper*. At most one is. Where an
acceptable X is shown equivalent to a rival, the verdict is a tie that cost decides. The point rule
is the same without intervals: of all variants within the margin of the best, the cheapest. In both
a variant counts as cheaper only where the difference exceeds what the timed questions leave open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.statistics import Sampling, equivalent

Array = NDArray[np.float64]
SAME_COST = 1e-9
#: Standard errors by which two months must differ before one is called the cheaper (5%, two-sided).
CLEAR = 1.96


@dataclass(frozen=True, slots=True)
class PairOutcome:
    """How one variant stands to another: difference with interval, and what that shows.

    ``extremes`` are the samplings with all missing answers against the variant, and with all of
    them for it; None where nothing is missing. ``low`` and ``high`` then span both.
    """

    difference: float | None
    low: float | None
    high: float | None
    equal: bool
    sampling: Sampling | None
    extremes: tuple[Sampling, Sampling] | None = None

    def better(self, margin: float) -> bool:
        """Shown to be better by more than the margin."""
        return self.low is not None and self.low > margin

    def not_worse(self, margin: float) -> bool:
        """Shown not to be worse by the margin."""
        return self.equal or (self.low is not None and self.low > -margin)

    def state(self, margin: float) -> str:
        """``better_by_margin``, ``equal`` (within the margin), ``better``, ``worse`` or ``open``.

        ``better`` is shown better, though maybe by less than the margin; ``worse`` its mirror.
        """
        if self.better(margin):
            return "better_by_margin"
        if self.equal:
            return "equal"
        if self.low is not None and self.low > 0:
            return "better"
        return "worse" if self.high is not None and self.high < 0 else "open"


def pair_outcome(
    result: Sampling | None,
    low: float | None,
    high: float | None,
    margin: float,
    level: float,
    extremes: tuple[Sampling, Sampling] | None = None,
) -> PairOutcome:
    """From a comparison's interval and the sampling behind it."""
    tested = [result] if extremes is None else list(extremes)
    equal = margin > 0 and all(
        item is not None and equivalent(item, margin, level) for item in tested
    )
    value = None if result is None else result.value
    return PairOutcome(value, low, high, equal and result is not None, result, extremes)


def shifted(item: PairOutcome, by: float, margin: float, level: float) -> PairOutcome:
    """The standing when ``by`` is added to the difference, its error being what it was."""
    if not by or item.difference is None or item.sampling is None:
        return item
    result = item.sampling.shifted(by)
    low, high = (None if bound is None else bound + by for bound in (item.low, item.high))
    ends = item.extremes
    if ends is not None:
        ends = (ends[0].shifted(by), ends[1].shifted(by))
    return pair_outcome(result, low, high, margin, level, ends)


@dataclass(frozen=True, slots=True)
class Months:
    """What each variant costs a month (None: unknown), and the standard error of its clock."""

    amounts: Mapping[str, float | None]
    errors: Mapping[str, float]

    def known(self, *names: str) -> bool:
        """Whether the cost of each is known."""
        return all(self.amounts.get(name) is not None for name in names)

    def cheaper(self, name: str, rival: str) -> bool:
        """Whether ``name`` is known to cost less a month, by more than clock noise explains."""
        own, other = self.amounts.get(name), self.amounts.get(rival)
        if own is None or other is None:
            return False
        noise = CLEAR * float(np.hypot(self.errors.get(name, 0.0), self.errors.get(rival, 0.0)))
        return own < other - max(SAME_COST, noise)

    def alike(self, *names: str) -> bool:
        """Whether all are known and none is shown to be cheaper than another."""
        return self.known(*names) and not any(
            self.cheaper(first, second) for first in names for second in names if first != second
        )


def acceptable(
    name: str,
    rivals: Sequence[str],
    outcomes: Mapping[tuple[str, str], PairOutcome],
    monthly: Months,
    margin: float,
) -> bool:
    """Whether ``name`` may be recommended over every rival."""
    return all(
        outcomes[name, rival].better(margin)
        or (outcomes[name, rival].not_worse(margin) and monthly.cheaper(name, rival))
        for rival in rivals
        if rival != name
    )


def money_worth(months: Array, queries: Array | float, points_per_money: float) -> Array:
    """What a month's money takes off the score (from 0 to 1): see :mod:`utility`; NaN unknown."""
    result: Array = -points_per_money * np.asarray(months) / np.asarray(queries) * 1000.0 / 100.0
    return result


def winners(
    quality: Array, monthly: Array, margin: float | Array, noise: Array | float = 0.0
) -> NDArray[np.intp]:
    """The point rule on rows of (variants): index of the winner, -1 where none is left.

    ``quality`` NaN is a variant that is out. Unknown costs (NaN) count as dearest; where all are
    unknown the best wins. ``noise`` are the standard errors of the costs: of those that cannot be
    told from the cheapest, the best wins. Shapes broadcast.
    """
    quality, monthly, noise = np.broadcast_arrays(quality, monthly, noise)
    out = np.isnan(quality)
    score = np.where(out, -np.inf, quality)
    best = score.max(axis=-1, keepdims=True)
    near = (score >= best - np.asarray(margin)[..., None] - 1e-12) & ~out
    price = np.where(near, np.where(np.isnan(monthly), 1e300, monthly), np.inf)
    cheapest = price.min(axis=-1, keepdims=True)
    limit = cheapest
    if noise.any():
        own = np.take_along_axis(noise, price.argmin(axis=-1)[..., None], axis=-1)
        limit = cheapest + CLEAR * np.hypot(noise, own)
    among = near & (price <= limit)
    choice = np.where(among, score, -np.inf).argmax(axis=-1)
    return np.where(out.all(axis=-1), -1, choice)
