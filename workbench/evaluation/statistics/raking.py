"""Shares of strata and of kinds at once, by raking (iterative proportional fitting).

Deming and Stephan 1940: the cells of the exam (stratum x kind) are scaled to the declared shares
of the kinds and of the strata in turn until both hold. Of all tables with these shares it is the
one nearest to the exam's own (in relative entropy): what the user did not declare, how the kinds
spread over the strata, stays as the exam has it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROUNDS = 100
CLOSE = 1e-9


def rake(cells: Array, rows: Array, columns: Array) -> Array:
    """Tables with the margins ``rows`` and ``columns``, as near as ``cells`` allows.

    ``cells`` (strata, kinds) counts questions; ``rows`` (..., strata) and ``columns`` (..., kinds)
    are shares, broadcast over the leading axes, which the result has too; it sums to 1. A share
    whose cells are all empty is spread over the others. Where empty cells keep both from holding,
    ``rows`` hold and ``columns`` come as near as the rounds bring them.
    """
    shape = np.broadcast_shapes(rows.shape[:-1], columns.shape[:-1])
    result = np.broadcast_to(cells, (*shape, *cells.shape)).astype(float)
    rows = _present(rows, (cells * (columns[..., None, :] > 0)).sum(axis=-1))
    columns = _present(columns, (cells * (rows[..., :, None] > 0)).sum(axis=-2))
    for _ in range(ROUNDS):
        result = result * _factor(columns, result.sum(axis=-2))[..., None, :]
        result = result * _factor(rows, result.sum(axis=-1))[..., :, None]
        if np.abs(result.sum(axis=-2) - columns).max(initial=0.0) < CLOSE:
            break
    total = result.sum(axis=(-1, -2), keepdims=True)
    shares: Array = np.divide(result, total, out=np.zeros_like(result), where=total > 0)
    return shares


def _present(shares: Array, counts: Array) -> Array:
    """Shares of what there is, adding up to 1 (or to 0 where nothing is)."""
    kept = np.where(counts > 0, shares, 0.0)
    total = kept.sum(axis=-1, keepdims=True)
    result: Array = np.divide(kept, total, out=np.zeros_like(kept), where=total > 0)
    return result


def _factor(wanted: Array, have: Array) -> Array:
    result: Array = np.divide(wanted, have, out=np.zeros_like(have), where=have > 0)
    return result
