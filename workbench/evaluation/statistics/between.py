"""The difference between two groups of questions that one variant answered: no pairs to go by.

Made from the intervals of the two means (MOVER: Zou and Donner 2008, Statistics in Medicine
27:1693), so that it is right wherever theirs are: near the ends of the scale, and where a group has
no variation at all. Questions of both groups that stand in one section rise and fall together: how
far the two means do, is taken from the sections.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from workbench.evaluation.statistics.compare import sampled
from workbench.evaluation.statistics.design import Array, Design
from workbench.evaluation.statistics.sampling import Sampling

#: Halvings of the level when the one is sought whose interval just holds zero.
STEPS = 14
LEAST_P = 1e-4
#: A correlation that few clusters show is not taken for a sure one.
MOST_TOGETHER = 0.7


@dataclass(frozen=True, slots=True)
class Gap:
    """The mean of one group less that of another; ``together`` is the means' correlation."""

    first: Sampling
    second: Sampling
    together: float = 0.0

    @property
    def value(self) -> float:
        """The difference of the means."""
        return self.first.value - self.second.value

    def interval(self, level: float) -> tuple[float, float] | None:
        """The two-sided interval; None where either mean has none."""
        one, other = self.first.interval(level), self.second.interval(level)
        if one is None or other is None:
            return None
        below = self._half(self.first.value - one[0], other[1] - self.second.value)
        above = self._half(one[1] - self.first.value, self.second.value - other[0])
        return self.value - below, self.value + above

    def turned(self) -> Gap:
        """The gap the other way round."""
        return Gap(self.second, self.first, self.together)

    def _half(self, one: float, other: float) -> float:
        return math.sqrt(max(0.0, one**2 + other**2 - 2 * self.together * one * other))

    def p(self) -> float | None:
        """Two-sided: one less the level at which the interval just reaches zero."""
        if self.interval(0.5) is None:
            return None
        outside, inside = 0.0, 1 - LEAST_P
        if not self._holds_zero(inside):
            return LEAST_P
        for _ in range(STEPS):
            middle = (outside + inside) / 2
            if middle > 0 and self._holds_zero(middle):
                inside = middle
            else:
                outside = middle
        return 1 - (outside + inside) / 2

    def _holds_zero(self, level: float) -> bool:
        span = self.interval(level)
        return span is not None and span[0] <= 0 <= span[1]


def between(first: tuple[Array, Design], second: tuple[Array, Design], seed: int = 0) -> Gap | None:
    """The gap of two groups, each its scores (NaN is missing) and its design.

    Both designs name the clusters alike. None where a group has no score.
    """
    one, other = (
        sampled(values, design, (0.0, 1.0), seed)[0] for values, design in (first, second)
    )
    if one is None or other is None:
        return None
    return Gap(one, other, _together(first, second))


def _together(first: tuple[Array, Design], second: tuple[Array, Design]) -> float:
    """How far two means rise and fall with the clusters that both have questions in."""
    count = 1 + max(int(design.cluster.max(initial=0)) for _, design in (first, second))
    swings = []
    for values, design in (first, second):
        each = np.atleast_2d(values).mean(axis=0)
        seen = ~np.isnan(each)
        away = each[seen] - each[seen].mean()
        swings.append(np.bincount(design.cluster[seen], weights=away, minlength=count))
    size = float(np.sqrt((swings[0] ** 2).sum() * (swings[1] ** 2).sum()))
    if size == 0:
        return 0.0
    return float(np.clip(swings[0] @ swings[1] / size, -MOST_TOGETHER, MOST_TOGETHER))
