"""How much a bounded score can vary at a mean that was not observed, for score intervals.

A Wald interval asks how far the scores vary at the mean that was seen. Near the ends of the scale
that says little: 59 of 60 right hardly vary. A score interval holds every mean that the data do
not contradict, each with the variance that it would have itself: Wilson (1927) for one share, and
Tango (Statistics in Medicine 1998;17:891) for the difference of two paired ones. Clusters, strata
and weights enter as the number of independent questions that would have the same error (Korn and
Graubard, Survey Methodology 1998;24:193).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ShareLaw:
    """Scores from 0 to 1 with mean ``mean``; no score varies more than one of rights and wrongs."""

    mean: float

    def variance(self, null: float) -> float:
        """Of one question's score, were the mean ``null``."""
        return max(0.0, null * (1 - null))

    @property
    def bounds(self) -> tuple[float, float]:
        """Where the scale ends."""
        return 0.0, 1.0


@dataclass(frozen=True, slots=True)
class DifferenceLaw:
    """Differences on a scale from ``-most`` to ``most``: ``won`` up, ``lost`` down, the rest none.

    Of right/wrong scores these are the shares of questions that only one of the two has right.
    Differences between these ends are held by the shares that have their mean and mean square.
    """

    won: float
    lost: float
    most: float = 1.0

    @classmethod
    def of(cls, mean: float, mean_square: float, most: float = 1.0) -> DifferenceLaw:
        """From the mean and the mean square of the differences."""
        moved = min(1.0, max(mean_square / most**2, abs(mean) / most))
        return cls((moved + mean / most) / 2, (moved - mean / most) / 2, most)

    @property
    def bounds(self) -> tuple[float, float]:
        """Where the scale ends."""
        return -self.most, self.most

    @property
    def mean(self) -> float:
        """The observed difference."""
        return self.most * (self.won - self.lost)

    def reversed(self) -> DifferenceLaw:
        """The law of the difference the other way round."""
        return replace(self, won=self.lost, lost=self.won)

    def at(self, gap: float, mean: float) -> DifferenceLaw:
        """The law to expect were the difference ``gap`` and the better score ``mean`` on average.

        The worse of the two then still wins where it won, less what it has lost of its own score.
        """
        lost = min(self.won, self.lost) * max(0.0, 1 - gap / max(mean, gap, 1e-9))
        return DifferenceLaw(min(1 - lost, lost + gap / self.most), lost, self.most)

    def variance(self, null: float) -> float:
        """Of one question's difference, were the mean ``null`` (Tango's restricted likelihood)."""
        if null < 0:  # the same arithmetic both ways round, to the last digit
            return self.reversed().variance(-null)
        gap = null / self.most
        linear = -self.won - self.lost + (2 - self.won + self.lost) * gap
        root = math.sqrt(max(0.0, linear**2 + 8 * self.lost * gap * (1 - gap)))
        lost = max(0.0, (root - linear) / 4)
        return max(0.0, 2 * lost + gap * (1 - gap)) * self.most**2


Law = ShareLaw | DifferenceLaw


def score_interval(law: Law, size: float, critical: float) -> tuple[float, float]:
    """All means within ``critical`` standard errors, ``size`` being the independent questions."""
    if not math.isfinite(critical):
        return law.bounds  # resamples without any spread exclude no mean
    from scipy.optimize import brentq

    def beyond(null: float) -> float:
        return abs(null - law.mean) - critical * math.sqrt(law.variance(null) / size)

    ends = []
    for end in law.bounds:
        if abs(end - law.mean) < 1e-12 or beyond(end) <= 0:
            ends.append(end)
        else:
            ends.append(float(brentq(beyond, end, law.mean, xtol=1e-10)))
    return min(ends[0], law.mean), max(ends[1], law.mean)


def unseen_share(weights: Array, sizes: Array, level: float) -> float:
    """The largest share of the figure that could be otherwise although no cluster was.

    ``weights`` of the strata add up to 1, ``sizes`` are the clusters in each (a cluster with
    questions in several strata is divided among them). The bound is the greatest
    ``sum w (1 - p)`` for which seeing nothing, ``prod p ** size``, still has half the chance that
    ``level`` leaves. With one stratum it is Clopper and Pearson's, near 3.7 / clusters.
    """
    used = (weights > 0) & (sizes > 0)
    weights, sizes = weights[used] / weights[used].sum(), sizes[used]
    order = np.argsort(sizes / weights, kind="stable")
    weights, sizes = weights[order], sizes[order]
    ratio = np.log(sizes / weights)
    budget = math.log((1 - level) / 2)
    # Of p = slack * size / weight all that come below 1 are spent: the weightiest strata first.
    slack = (budget - np.cumsum(sizes * ratio)) / np.cumsum(sizes)
    following = np.append(ratio[1:], np.inf)
    last = int(np.argmax(slack + following >= 0))
    held = np.exp(np.minimum(0.0, slack[last] + ratio[: last + 1]))
    return float(weights[: last + 1] @ (1 - held))
