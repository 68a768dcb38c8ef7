"""The sampling error of a stratified mean over clustered questions.

The figure is ``sum_s w_s * mean_s``: the workload mix ``w`` over the means of the strata. Where
shares of the kinds of question are declared too, a stratum's mean is weighted: each question
carries the raked share of its cell (stratum x kind) over the cell's questions, and the error is
that of weighted least squares, whose cluster adjustment has the same form with weights for counts.
Two ways to the error, chosen by the number of clusters in the smallest stratum that carries weight:

- from 30 clusters up, a bootstrap of whole clusters, studentised and symmetric (bootstrap-t): the
  plain percentile interval is too narrow with few clusters;
- below, Student's t on the bias-reduced cluster-robust variance CR2 with Bell and McCaffrey's
  degrees of freedom (2002; Imbens and Kolesar 2016). With one stratum and clusters of equal size
  these are exactly G - 1.

The bootstrap is written with one matrix of cluster counts, because ``arch`` and ``scipy`` call back
into Python per resample or hold every resample at once; the tests hold it against ``arch``, and the
variance against ``statsmodels``.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.statistics.raking import rake

Array = NDArray[np.float64]

BOOTSTRAP_CLUSTERS = 30
MANY_CLUSTERS = 2000
MANY_FOR_DEGREES = 300
DRAWS = 1999


@dataclass(frozen=True, slots=True)
class Design:
    """Which cluster and stratum each question belongs to, and what each stratum weighs.

    ``cluster`` and ``stratum`` are codes from 0, one per question; ``weights`` (one per stratum)
    add up to 1. A cluster may hold questions of several strata. ``kind`` and ``kind_weights`` say
    the same of the kinds of question, where the workload declares their shares.
    """

    cluster: NDArray[np.intp]
    stratum: NDArray[np.intp]
    weights: Array
    kind: NDArray[np.intp] | None = None
    kind_weights: Array | None = None

    @classmethod
    def of(
        cls,
        clusters: Sequence[Hashable],
        strata: Sequence[str | None] | None = None,
        mix: Mapping[str, float] | None = None,
        kinds: Sequence[str] | None = None,
        kind_mix: Mapping[str, float] | None = None,
    ) -> Design:
        """Codes from labels. Without ``mix`` all questions weigh the same (one stratum).

        A question whose cluster is None stands alone. Strata that the mix does not name carry
        no weight; shares of strata without a question are spread over the others. ``kind_mix``
        weighs the ``kinds`` of the questions in the same way, together with the strata by raking
        (see :func:`rake`); it says nothing where none of its kinds is there.
        """
        alone = iter(range(len(clusters)))
        places: dict[Hashable, int] = {}
        cluster = np.array(
            [
                places.setdefault(("alone", next(alone)) if name is None else name, len(places))
                for name in clusters
            ],
            dtype=np.intp,
        )
        stratum, weights = np.zeros(len(cluster), dtype=np.intp), np.ones(1)
        if strata is not None and mix is not None:
            stratum, weights = _codes([str(name) for name in strata], mix)
        if kinds is None or kind_mix is None:
            return cls(cluster, stratum, weights)
        kind, shares = _codes(kinds, kind_mix)
        if not shares.any():
            return cls(cluster, stratum, weights)
        return cls(cluster, stratum, weights, kind, shares)

    def units(self) -> Array:
        """What each question weighs within its stratum, 1 on average: (questions,).

        All ones unless the kinds have shares; a question of a kind without a share weighs 0.
        """
        if self.kind is None or self.kind_weights is None:
            return np.ones(len(self.cluster))
        strata, kinds = len(self.weights), len(self.kind_weights)
        place = self.stratum * kinds + self.kind
        counts = np.bincount(place, minlength=strata * kinds).reshape(strata, kinds).astype(float)
        shares = rake(counts, self.weights, self.kind_weights)
        inside = shares.sum(axis=1, keepdims=True)
        each = np.divide(shares, inside * counts, out=np.zeros_like(counts),
                         where=(inside > 0) & (counts > 0))  # fmt: skip
        result: Array = (each * counts.sum(axis=1, keepdims=True)).ravel()[place]
        return result


def _codes(labels: Sequence[str], mix: Mapping[str, float]) -> tuple[NDArray[np.intp], Array]:
    """Codes from 0 in the order of the names, and the share of each, adding up to 1."""
    names = sorted(set(labels))
    code = {name: place for place, name in enumerate(names)}
    weights = np.array([mix.get(name, 0.0) for name in names], dtype=float)
    total = weights.sum()
    codes = np.array([code[name] for name in labels], dtype=np.intp)
    return codes, weights / total if total > 0 else weights


@dataclass(frozen=True, slots=True)
class Sampling:
    """A figure with all that intervals and tests need.

    ``error`` is its standard error (None: not to be had, ``reason`` says why), ``degrees`` those
    of t, ``draws`` the sorted absolute studentised bootstrap values (None: t is used).
    """

    value: float
    error: float | None
    degrees: float
    n: int
    clusters: int
    draws: Array | None = None
    reason: str = ""

    @property
    def method(self) -> str:
        """How intervals and p-values are made, in words."""
        if self.error is None:
            return self.reason
        if self.draws is not None:
            return "cluster bootstrap-t"
        return f"cluster-robust t, {self.degrees:.1f} degrees of freedom"

    def critical(self, level: float) -> float:
        """The two-sided critical value at ``level``."""
        if self.draws is not None:
            place = min(int(np.ceil(level * (len(self.draws) + 1))) - 1, len(self.draws) - 1)
            return float(self.draws[place])
        from scipy.special import stdtrit

        return float(stdtrit(self.degrees, 0.5 + level / 2))

    def interval(self, level: float) -> tuple[float, float] | None:
        """The two-sided interval, or None where there is no error to make one of."""
        if self.error is None:
            return None
        half = self.critical(level) * self.error
        return self.value - half, self.value + half

    def p(self, null: float = 0.0) -> float | None:
        """Two-sided p-value of the figure being ``null``."""
        if self.error is None:
            return None
        if self.error == 0:
            return 1.0 if self.value == null else 0.0
        t = abs(self.value - null) / self.error
        if self.draws is not None:
            beyond = len(self.draws) - int(np.searchsorted(self.draws, t, side="left"))
            return (beyond + 1) / (len(self.draws) + 1)
        from scipy.special import stdtr

        return float(2 * stdtr(self.degrees, -t))


def sampling(
    values: Array, design: Design, *, seed: int = 0, draws: int = DRAWS
) -> Sampling | None:
    """The weighted mean of ``values`` (one per question, no NaN) and its error; None if empty.

    ``design`` must describe exactly these questions (see :func:`subset`). ``seed`` fixes the
    bootstrap, so that the same scores always give the same interval.
    """
    strata = len(design.weights)
    present, cluster = np.unique(design.cluster, return_inverse=True)
    clusters = len(present)
    units = design.units()
    counts = _table(cluster, design.stratum, units, clusters, strata)
    sums = _table(cluster, design.stratum, units * values, clusters, strata)
    per_stratum = counts.sum(axis=0)
    used = (per_stratum > 0) & (design.weights > 0)
    if not used.any():
        return None
    counts, sums, per_stratum = counts[:, used], sums[:, used], per_stratum[used]
    weights = design.weights[used] / design.weights[used].sum()
    inside = counts.sum(axis=1) > 0
    counts, sums = counts[inside], sums[inside]
    clusters = len(counts)
    n = int((used[design.stratum] & (units > 0)).sum())
    means = sums.sum(axis=0) / per_stratum
    value = float(weights @ means)
    in_stratum = (counts > 0).sum(axis=0)
    if in_stratum.min() < 2:
        reason = "one cluster only: no interval" if n > 1 else "one question only: no interval"
        return Sampling(value, None, 0.0, n, clusters, reason=reason)
    error, degrees = _cr2(counts, sums, means, weights)
    if error < 1e-12:
        return Sampling(value, 0.0, degrees, n, clusters)
    studentised: Array | None = None
    if in_stratum.min() >= BOOTSTRAP_CLUSTERS and clusters <= MANY_CLUSTERS:
        studentised = _bootstrap_t(counts, sums, weights, seed, draws)
    return Sampling(value, error, degrees, n, clusters, studentised)


def subset(design: Design, keep: NDArray[np.bool_]) -> Design:
    """The design of the kept questions alone."""
    kind = None if design.kind is None else design.kind[keep]
    return Design(
        design.cluster[keep], design.stratum[keep], design.weights, kind, design.kind_weights
    )


def _table(
    cluster: NDArray[np.intp], stratum: NDArray[np.intp], values: Array, rows: int, columns: int
) -> Array:
    flat = np.bincount(cluster * columns + stratum, weights=values, minlength=rows * columns)
    return flat.reshape(rows, columns).astype(float)


def _cr2(counts: Array, sums: Array, means: Array, weights: Array) -> tuple[float, float]:
    """Standard error by CR2 and its degrees of freedom, from sums per cluster and stratum.

    For stratum means the adjustment matrix of a cluster acts on constant vectors only, so that
    ``(I - H_gg)^(-1/2)`` shrinks to the factor ``1 / sqrt(1 - n_gs / n_s)``.
    """
    per_stratum = counts.sum(axis=0)
    factor = np.where(counts > 0, 1 / np.sqrt(1 - counts / per_stratum), 0.0)
    scale = weights / per_stratum
    residual = sums - counts * means
    error = float(np.sqrt(np.sum(((residual * factor) @ scale) ** 2)))
    return error, _degrees(counts, factor, scale, per_stratum)


def _degrees(counts: Array, factor: Array, scale: Array, per_stratum: Array) -> float:
    """Bell and McCaffrey's degrees of freedom: trace squared over trace of the square.

    Taken under two working models, independent questions and questions that move with their
    cluster as one, and the smaller is used: clusters of unequal size need it.
    """
    if len(counts) > MANY_FOR_DEGREES:
        return float(len(counts) - 1)
    loaded = counts * factor * scale
    outer = loaded @ (loaded / per_stratum).T
    independent = np.diag((counts * (factor * scale) ** 2).sum(axis=1)) - outer
    moved = np.diag(loaded.sum(axis=1)) - loaded @ (counts / per_stratum).T
    together = moved @ moved.T
    return max(1.0, min(_effective(independent), _effective(together)))


def _effective(matrix: Array) -> float:
    square = float(np.sum(matrix * matrix))
    return float(np.trace(matrix)) ** 2 / square if square > 0 else float("inf")


@lru_cache(maxsize=2)
def _resamples(clusters: int, draws: int, seed: int) -> Array:
    """How often each cluster is drawn in each resample: (draws, clusters).

    All comparisons of a run share it: drawing costs more than all that is done with it.
    """
    rng = np.random.default_rng(seed)
    return rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=draws).astype(float)


def _bootstrap_t(counts: Array, sums: Array, weights: Array, seed: int, draws: int) -> Array:
    """Sorted absolute studentised values of ``draws`` resamples of whole clusters."""
    clusters = len(counts)
    value = float(weights @ (sums.sum(axis=0) / counts.sum(axis=0)))
    strata = counts.shape[1]
    pairs = [(s, t) for s in range(strata) for t in range(s, strata)]
    products = np.column_stack(
        [counts, sums]
        + [sums[:, [s]] * sums[:, [t]] for s, t in pairs]
        + [sums[:, [s]] * counts[:, [t]] for s in range(strata) for t in range(strata)]
        + [counts[:, [s]] * counts[:, [t]] for s, t in pairs]
    )
    totals = _resamples(clusters, draws, seed) @ products
    n, total = totals[:, :strata], totals[:, strata : 2 * strata]
    with np.errstate(divide="ignore", invalid="ignore"):
        means = total / n
        scale = weights / n
        place = 2 * strata
        ab = totals[:, place + len(pairs) : place + len(pairs) + strata * strata]
        ab = ab.reshape(-1, strata, strata)
        bb = totals[:, place + len(pairs) + strata * strata :]
        variance = np.zeros(draws)
        for column, (s, t) in enumerate(pairs):
            cross = (
                totals[:, place + column]
                - means[:, t] * ab[:, s, t]
                - means[:, s] * ab[:, t, s]
                + means[:, s] * means[:, t] * bb[:, column]
            )
            variance += (1 if s == t else 2) * scale[:, s] * scale[:, t] * cross
        error = np.sqrt(np.maximum(variance, 0) * clusters / (clusters - 1))
        t_values = np.abs(means @ weights - value) / error
    # A resample without any spread says that far values are possible, not that they are not.
    return np.sort(np.where(np.isfinite(t_values), t_values, np.inf))
