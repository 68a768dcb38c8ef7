"""The sampling error of a stratified mean over clustered questions.

The figure is ``sum_s w_s * mean_s``: the workload mix ``w`` over the means of the strata. Where
shares of the kinds of question are declared too, a stratum's mean is weighted: each question
carries the raked share of its cell (stratum x kind) over the cell's questions, and the error is
that of weighted least squares, whose cluster adjustment has the same form with weights for counts.

The error is the bias-reduced cluster-robust one (:mod:`robust`), with Student's t on Bell and
McCaffrey's degrees of freedom, or, from 30 degrees up, a studentised and symmetric bootstrap of
whole clusters (:mod:`bootstrap`). Scores with bounds get score intervals on that error
(:mod:`laws`), and p-values from the same statistic.

Neither the order of the questions nor the names of the clusters can move a digit: sums are exact,
and clusters are put in the order of what they hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.statistics.bootstrap import bootstrap_t
from workbench.evaluation.statistics.design import Design
from workbench.evaluation.statistics.laws import (
    DifferenceLaw,
    Law,
    ShareLaw,
    score_interval,
    unseen_share,
)
from workbench.evaluation.statistics.robust import contributions, degrees

Array = NDArray[np.float64]

BOOTSTRAP_DEGREES = 30
MANY_CLUSTERS = 500
DRAWS = 9999
NOTHING = 1e-12
# How many clusters with a difference the assumption that clusters move as one is worth: less
# leaves intervals too narrow near the ends of the scale, more makes all of them too wide
# (benchmarks/error_rates.py).
CAUTION = 1.5
# The same of the assumption that single questions vary: a few clusters may be alike by chance.
FEW = 0.2


@dataclass(frozen=True, slots=True)
class Sampling:
    """A figure with all that intervals and tests need.

    ``error`` is its standard error (None: not to be had, ``reason`` says why), ``degrees`` those
    of t. ``resampled`` gives ``draws``, the sorted absolute studentised bootstrap values, when they
    are first asked for, which those of many figures never are (None: t is used). ``law`` is there
    for bounded scores, ``cells`` for figures without any variation (weights and clusters of the
    strata), ``discordant`` for right/wrong pairs that stand alone (won, lost). ``shift`` is what
    was added to the observed figure. ``trainings`` are those that the figure is the mean of,
    ``luck`` the share of the error's square that is theirs (see :mod:`.training`); ``pivotal``: the
    draws are of both.
    """

    value: float
    error: float | None
    degrees: float
    n: int
    clusters: int
    resampled: Callable[[], Array] | None = None
    reason: str = ""
    law: Law | None = None
    cells: tuple[tuple[float, float], ...] = ()
    discordant: tuple[int, int] | None = None
    shift: float = 0.0
    trainings: int = 1
    luck: float = 0.0
    pivotal: bool = False

    @property
    def draws(self) -> Array | None:
        """The bootstrap's values, worked out if they were not; None where t is used."""
        return None if self.resampled is None else self.resampled()

    @property
    def method(self) -> str:
        """How intervals and p-values are made, in words."""
        if self.trainings > 1:
            parts = replace(self, trainings=1)
            how = parts.method if self.pivotal is False else "generalised pivot over sections"
            return f"{how}, {self.trainings} trainings"
        if self.error is None:
            return self.reason
        if self.error == 0 and self.law is not None:
            return "no variation: exact bound"
        if self.discordant is not None:
            return "exact McNemar, Tango interval"
        kind = "" if self.law is None else "score interval, "
        if self.resampled is not None:
            return f"{kind}cluster bootstrap-t"
        return f"{kind}cluster-robust t, {self.degrees:.1f} degrees of freedom"

    def reversed(self) -> Sampling:
        """The difference the other way round."""
        law = self.law.reversed() if isinstance(self.law, DifferenceLaw) else self.law
        pair = None if self.discordant is None else self.discordant[::-1]
        return replace(self, value=-self.value, shift=-self.shift, law=law, discordant=pair)

    def shifted(self, by: float) -> Sampling:
        """The figure with a constant added, its error being what it was."""
        return replace(self, value=self.value + by, shift=self.shift + by)

    def critical(self, level: float) -> float:
        """The two-sided critical value at ``level``."""
        if (draws := self.draws) is not None:
            place = min(int(np.ceil(level * (len(draws) + 1))) - 1, len(draws) - 1)
            return float(draws[place])
        from scipy.special import ndtri, stdtrit

        if self.discordant is not None:
            return float(ndtri(0.5 + level / 2))
        return float(stdtrit(self.degrees, 0.5 + level / 2))

    def interval(self, level: float) -> tuple[float, float] | None:
        """The two-sided interval, or None where there is no error to make one of."""
        if self.error is None:
            return None
        if self.error == 0:
            low, high = self._unseen(level)
        elif self.law is None:
            half = self.critical(level) * self.error
            return self.value - half, self.value + half
        else:
            low, high = score_interval(self.law, self.questions_worth(), self.critical(level))
        return low + self.shift, high + self.shift

    def p(self, null: float = 0.0) -> float | None:
        """Two-sided p-value of the figure being ``null``, from the interval's own statistic."""
        if self.error is None:
            return None
        if self.discordant is not None and null == self.shift:
            from scipy.stats import binomtest

            return float(binomtest(self.discordant[0], sum(self.discordant)).pvalue)
        if self.error == 0:
            if self.law is None:
                return 1.0 if self.value == null else 0.0
            # The chance of seeing nothing, were the difference what it is.
            low, high = self._unseen(0.95)
            return 1.0 if low <= null - self.shift <= high else 0.05
        gap, error = abs(self.value - null), self.error
        if self.law is not None:
            error = math.sqrt(self.law.variance(null - self.shift) / self.questions_worth())
        t = gap / error if error > 0 else math.inf * gap if gap else 0.0
        if (draws := self.draws) is not None:
            beyond = len(draws) - int(np.searchsorted(draws, t, side="left"))
            return (beyond + 1) / (len(draws) + 1)
        from scipy.special import stdtr

        return float(2 * stdtr(self.degrees, -t))

    def questions_worth(self) -> float:
        """Independent questions that would have this error."""
        assert self.law is not None and self.error
        return self.law.variance(self.law.mean) / self.error**2

    def _unseen(self, level: float) -> tuple[float, float]:
        """Around a figure without variation, what its strata could hide."""
        centre = self.value - self.shift
        if self.law is None:
            return centre, centre
        least, most = self.law.bounds
        weights, sizes = np.array(self.cells).T
        reach = unseen_share(weights, sizes, level) * max(most, -least)
        return max(least, centre - reach), min(most, centre + reach)


def sampling(
    values: Array,
    design: Design,
    *,
    bounds: tuple[float, float] | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> Sampling | None:
    """The weighted mean of ``values`` (one per question, no NaN) and its error; None if empty.

    ``design`` must describe exactly these questions (see :func:`subset`). ``bounds`` are (0, 1)
    for scores, (-b, b) for differences and sums of them, None where there are none. ``seed`` fixes
    the bootstrap, so that the same scores always give the same interval.
    """
    table = _Table.of(values, design)
    if table is None:
        return None
    in_stratum = (table.counts > 0).sum(axis=0)
    clusters, sign = len(table.counts), table.sign
    value = float(table.weights @ table.means)
    if in_stratum.min() < 2:
        reason = (
            "one cluster only: no interval" if table.n > 1 else "one question only: no interval"
        )
        return Sampling(sign * value, None, 0.0, table.n, clusters, reason=reason)
    added = contributions(table.counts, table.sums, table.weights)
    error = float(np.sqrt(np.sum(added.sum(axis=1) ** 2)))
    free = degrees(table.counts, table.weights)
    law = _law(value, table.mean_square, bounds)
    result = Sampling(sign * value, 0.0, free, table.n, clusters, law=_signed(law, sign),
                      cells=table.cells)  # fmt: skip
    if error < NOTHING:
        return result
    if (pair := _pair(values, design, bounds)) is not None:
        size = len(values)
        law = DifferenceLaw(pair[0] / size, pair[1] / size)
        error = math.sqrt(law.variance(law.mean) / size)
        return replace(result, error=error, law=law, discordant=pair)
    studentised: Callable[[], Array] | None = None
    moved = table.moved(bounds)
    if law is not None:
        error = math.sqrt(error**2 + _caution(table, added, law, moved))
    if free >= BOOTSTRAP_DEGREES and moved.min() >= BOOTSTRAP_DEGREES and clusters <= MANY_CLUSTERS:
        studentised = partial(bootstrap_t, table.counts, table.sums, table.weights, seed, draws)
    return replace(result, error=error, resampled=studentised)


@dataclass(frozen=True, slots=True)
class _Table:
    """Weights and weighted scores by cluster and stratum, in an order that only they decide.

    The scores are turned round (``sign`` -1) where that way comes first, so that A against B and B
    against A see the same resamples. ``lowest`` and ``highest`` are each cluster's in a stratum.
    """

    counts: Array
    sums: Array
    lowest: Array
    highest: Array
    weights: Array
    sign: int
    n: int
    mean_square: float
    cells: tuple[tuple[float, float], ...]

    @property
    def means(self) -> Array:
        result: Array = self.sums.sum(axis=0) / self.counts.sum(axis=0)
        return result

    @classmethod
    def of(cls, values: Array, design: Design) -> _Table | None:
        strata = len(design.weights)
        cluster = _numbered(design.cluster)
        units = design.units()
        place = cluster * strata + design.stratum
        shape = int(cluster.max(initial=-1)) + 1, strata

        def table(column: Array) -> Array:
            flat = np.bincount(place, weights=_exact(column), minlength=shape[0] * strata)
            return flat.reshape(shape).astype(float)

        counts, sums, squares = (
            table(column) for column in (units, units * values, units * values**2)
        )
        lowest, highest = (np.full(shape[0] * strata, end) for end in (np.inf, -np.inf))
        # By one number, where two take ten times as long.
        np.minimum.at(lowest, place, values)
        np.maximum.at(highest, place, values)
        lowest, highest = lowest.reshape(shape), highest.reshape(shape)
        per_stratum = counts.sum(axis=0)
        used = (per_stratum > 0) & (design.weights > 0)
        if not used.any():
            return None
        weights = design.weights[used] / design.weights[used].sum()
        n = int((used[design.stratum] & (units > 0)).sum())
        mean_square = float(weights @ (squares[:, used].sum(axis=0) / per_stratum[used]))
        inside = counts[:, used].sum(axis=1) > 0
        rows = [array[:, used][inside] for array in (counts, sums, lowest, highest)]
        order, sign = _order(*rows)
        counts, sums, lowest, highest = (array[order] for array in rows)
        if sign < 0:
            sums, lowest, highest = -sums, -highest, -lowest
        return cls(counts, sums, lowest, highest, weights, sign, n, mean_square,
                   _cells(design, cluster, units))  # fmt: skip

    def moved(self, bounds: tuple[float, float] | None) -> NDArray[np.intp]:
        """Clusters of each stratum with a question that is not as most are: (strata,)."""
        inside = self.counts > 0
        if bounds is not None and bounds[0] >= 0:
            low, high = bounds if self.sign > 0 else (-bounds[1], -bounds[0])
            under, over = inside & (self.lowest < high), inside & (self.highest > low)
            least: NDArray[np.intp] = np.minimum(under.sum(axis=0), over.sum(axis=0))
            return least
        apart = inside & ((self.lowest != 0) | (self.highest != 0))
        result: NDArray[np.intp] = apart.sum(axis=0)
        if bounds is not None:
            # Where one is right on nearly all and the other on none, the few are those without.
            short = (inside & (self.lowest < bounds[1]), inside & (self.highest > bounds[0]))
            result = np.minimum(result, np.minimum(*(part.sum(axis=0) for part in short)))
        return result


def _numbered(cluster: NDArray[np.intp]) -> NDArray[np.intp]:
    """The clusters by numbers from 0, none of which is left out."""
    if np.bincount(cluster).all():
        return cluster
    result: NDArray[np.intp] = np.unique(cluster, return_inverse=True)[1]
    return result


def _exact(column: Array) -> Array:
    """Rounded (in the 12th digit or so) to a grid on which addition has no rounding error."""
    total = float(np.abs(column).sum())
    if total < 1e-200 or not math.isfinite(total):
        return column
    step = 2.0 ** (math.frexp(total)[1] - 51)
    result: Array = np.round(column / step) * step
    return result


def _order(
    counts: Array, sums: Array, lowest: Array, highest: Array
) -> tuple[NDArray[np.intp], int]:
    """The order of clusters by what they hold, and -1 where the scores turned round come first."""
    ways = {1: np.hstack([counts, sums, lowest, highest]),
            -1: np.hstack([counts, -sums, -highest, -lowest])}  # fmt: skip
    orders = {sign: np.lexsort(rows.T) for sign, rows in ways.items()}
    first, second = (ways[sign][orders[sign]].ravel() for sign in (1, -1))
    apart = np.flatnonzero(first != second)
    sign = 1 if not len(apart) or first[apart[0]] > second[apart[0]] else -1
    return orders[sign], sign


def _cells(
    design: Design, cluster: NDArray[np.intp], units: Array
) -> tuple[tuple[float, float], ...]:
    """Weight of each stratum (and kind, where kinds have shares) and its clusters.

    A cluster that is in several is divided among them by weight, so that it counts once.
    """
    kinds = 1 if design.kind is None or design.kind_weights is None else len(design.kind_weights)
    place = design.stratum * kinds + (0 if design.kind is None or kinds == 1 else design.kind)
    sizes = np.bincount(design.stratum, units, minlength=len(design.weights))
    each = units * (design.weights / np.where(sizes > 0, sizes, 1.0))[design.stratum]
    cells = len(design.weights) * kinds
    weights = np.bincount(place, each, minlength=cells)
    there = np.zeros((int(cluster.max()) + 1, cells))
    there[cluster, place] = 1.0
    there *= weights
    total = there.sum(axis=1, keepdims=True)
    shared = np.divide(there, total, out=np.zeros_like(there), where=total > 0)
    held = [float(_exact(column).sum()) for column in shared.T]
    return tuple(zip((weights / weights.sum()).tolist(), held, strict=True))


def _law(value: float, mean_square: float, bounds: tuple[float, float] | None) -> Law | None:
    if bounds is None:
        return None
    if bounds[0] >= 0:
        return ShareLaw(abs(value))
    return DifferenceLaw.of(value, mean_square, bounds[1])


def _signed(law: Law | None, sign: int) -> Law | None:
    return law.reversed() if isinstance(law, DifferenceLaw) and sign < 0 else law


def _caution(table: _Table, added: Array, law: Law, moved: NDArray[np.intp]) -> float:
    """What is added to the variance where few clusters show any difference.

    Then the spread between clusters is itself hardly known, and comes out too small more often
    than too large. So each stratum's variance leans towards that of clusters that move as one, as
    if :data:`CAUTION` more clusters had shown it, and the less the fewer show none.
    """
    in_stratum, per_stratum = (table.counts > 0).sum(axis=0), table.counts.sum(axis=0)
    own, varies = (added**2).sum(axis=0), table.weights**2 * law.variance(law.mean)
    together = varies * ((table.counts / per_stratum) ** 2).sum(axis=0)
    still = 1 - moved / in_stratum
    lean = np.maximum(0.0, together - own) * still * CAUTION / (CAUTION + moved)
    least = np.maximum(0.0, varies / per_stratum - own) * FEW / (FEW + in_stratum - 1)
    return float(np.maximum(lean, least).sum())


def _pair(
    values: Array, design: Design, bounds: tuple[float, float] | None
) -> tuple[int, int] | None:
    """How many right/wrong pairs that stand alone were won and lost; None for all other data."""
    if bounds != (-1.0, 1.0) or not np.isin(values, (-1.0, 0.0, 1.0)).all():
        return None
    if len(np.unique(design.cluster)) < len(values) or len(np.unique(design.stratum)) > 1:
        return None
    if design.kind is not None:
        return None
    won, lost = int((values > 0).sum()), int((values < 0).sum())
    return (won, lost) if won + lost else None
