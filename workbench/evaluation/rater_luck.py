"""How far a figure of people moves with who happened to rate. Pure.

Ratings lie in sections and with raters, and either may be drawn anew: the variance between raters
beyond that of single sections of theirs (Cameron, Gelbach and Miller 2011) comes beside the one
between sections, each with the quantile of its own few degrees of freedom, so that an interval
keeps its form (Zou and Donner 2008). It is never narrower than the one over sections alone.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: With fewer raters nothing can be said of others.
LEAST = 3
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RaterLuck:
    """The standard error that raters add, from so many of them."""

    error: float
    raters: int

    def reach(self, level: float) -> float:
        """Half the width of an interval that knows no other error."""
        return _quantile(level, self.raters - 1) * self.error

    def widened(
        self, value: float, low: float | None, high: float | None, level: float
    ) -> tuple[float | None, float | None]:
        """An interval over sections, for other raters as well."""
        reach = self.reach(level)
        return (
            None if low is None else value - math.hypot(value - low, reach),
            None if high is None else value + math.hypot(high - value, reach),
        )

    def p(self, value: float, error: float, degrees: float) -> float:
        """Two-sided p of a figure being 0: the level at which its widened interval reaches that."""
        from scipy.optimize import brentq

        def beyond(p: float) -> float:
            reach = math.hypot(_quantile(1 - p, degrees) * error, self.reach(1 - p))
            return reach - abs(value)

        least = 1e-12
        return least if beyond(least) < 0 else float(brentq(beyond, least, 1.0))


def rater_luck(parts: Array, raters: Sequence[str], sections: Sequence[str]) -> RaterLuck | None:
    """From what each rating adds to a figure, around none; None with fewer than three raters."""
    count = len(set(raters))
    if count < LEAST:
        return None
    within = list(zip(raters, sections, strict=True))
    return RaterLuck(math.sqrt(max(0.0, _between(parts, raters) - _between(parts, within))), count)


def _between(parts: Array, groups: Sequence[Hashable]) -> float:
    """The variance of a sum of parts that is due to these groups."""
    known = {name: at for at, name in enumerate(dict.fromkeys(groups))}
    sums = np.bincount([known[name] for name in groups], parts)
    return float(np.sum(sums**2)) * len(known) / max(1, len(known) - 1)


def _quantile(level: float, degrees: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + level) / 2))
