"""The cluster-robust variance CR2 and Bell and McCaffrey's degrees of freedom, from cluster sums.

Bell and McCaffrey 2002 (Survey Methodology 28:169); Imbens and Kolesar 2016 (Review of Economics
and Statistics 98:701). Everything is written with tables of (clusters, strata): no matrix of
clusters by clusters is ever made, so that thousands of clusters cost no more than their table.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def contributions(counts: Array, sums: Array, weights: Array) -> Array:
    """What each cluster and stratum adds to the error of the weighted mean: (clusters, strata).

    ``counts`` and ``sums`` hold the weight and the weighted scores of each cluster's questions in
    each stratum. Squares of the rows' sums add up to the CR2 variance. For stratum means the
    adjustment matrix of a cluster acts on constant vectors only, so that ``(I - H_gg)^(-1/2)``
    shrinks to the factor ``1 / sqrt(1 - n_gs / n_s)``.
    """
    per_stratum = counts.sum(axis=0)
    residual = sums - counts * (sums.sum(axis=0) / per_stratum)
    result: Array = residual * _factor(counts) * (weights / per_stratum)
    return result


def degrees(counts: Array, weights: Array) -> float:
    """Degrees of freedom: the trace of the variance's matrix squared over the trace of its square.

    Taken under two working models, independent questions and questions that move with their
    cluster as one, and the smaller is used: clusters of unequal size need it. At least 1.
    """
    per_stratum = counts.sum(axis=0)
    scaled = _factor(counts) * (weights / per_stratum)
    loaded = counts * scaled
    share = counts / per_stratum
    inner = loaded.T @ loaded
    # Independent questions: diag(own) - loaded @ (loaded / per_stratum).T
    own = (counts * scaled**2).sum(axis=1)
    other = loaded / per_stratum
    crossed = (loaded * other).sum(axis=1)
    trace = float(own.sum() - crossed.sum())
    square = float(own @ own - 2 * own @ crossed + np.sum(inner * (other.T @ other)))
    # Clusters that move as one: M @ M.T with M = diag(moved) - loaded @ share.T, which is
    # diag(moved**2) + left @ right.T
    moved = loaded.sum(axis=1)
    swung = moved[:, None] * share
    left = np.hstack([swung, loaded, loaded @ (share.T @ share)])
    right = np.hstack([-loaded, -swung, loaded])
    crossed = (left * right).sum(axis=1)
    whole = float(np.sum(moved**2) + crossed.sum())
    whole_square = float(
        np.sum(moved**4) + 2 * moved**2 @ crossed + np.sum((left.T @ left) * (right.T @ right))
    )
    return max(1.0, min(_ratio(trace, square), _ratio(whole, whole_square)))


def _factor(counts: Array) -> Array:
    inside = counts > 0
    left = np.where(inside, 1 - counts / counts.sum(axis=0), 1.0)
    result: Array = np.where(inside, 1 / np.sqrt(left), 0.0)
    return result


def _ratio(trace: float, square: float) -> float:
    return trace**2 / square if square > 0 else float("inf")
