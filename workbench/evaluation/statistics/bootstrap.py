"""Student's t replaced by what whole clusters, drawn again and again, show of it (bootstrap-t).

Written with one matrix of cluster counts, because ``arch`` and ``scipy`` call back into Python per
resample or hold every resample at once; the tests hold it against ``arch``.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@lru_cache(maxsize=16)
def _resamples(clusters: int, draws: int, seed: int) -> NDArray[np.uint8]:
    """How often each cluster is drawn in each resample: (draws, clusters).

    All comparisons of a run share it: drawing costs more than all that is done with it.
    """
    rng = np.random.default_rng(seed)
    # The chance that one cluster is drawn 256 times is nil: bytes keep the cache small.
    return rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=draws).astype(np.uint8)


def bootstrap_t(counts: Array, sums: Array, weights: Array, seed: int, draws: int) -> Array:
    """Sorted absolute studentised values of ``draws`` resamples of whole clusters."""
    held = (np.ascontiguousarray(part, dtype=float).tobytes() for part in (counts, sums, weights))
    return _studentised(counts.shape, *held, seed, draws)


# By what the clusters hold and nothing else. A pair is asked about over and over: by its
# comparison, by the verdict, at every other margin, price and level. 40 MB at the most.
@lru_cache(maxsize=512)
def _studentised(
    shape: tuple[int, int], counted: bytes, summed: bytes, weighed: bytes, seed: int, draws: int
) -> Array:
    counts, sums = (np.frombuffer(part).reshape(shape) for part in (counted, summed))
    clusters, weights = len(counts), np.frombuffer(weighed)
    value = float(weights @ (sums.sum(axis=0) / counts.sum(axis=0)))
    strata = counts.shape[1]
    pairs = [(s, t) for s in range(strata) for t in range(s, strata)]
    products = np.column_stack(
        [counts, sums]
        + [sums[:, [s]] * sums[:, [t]] for s, t in pairs]
        + [sums[:, [s]] * counts[:, [t]] for s in range(strata) for t in range(strata)]
        + [counts[:, [s]] * counts[:, [t]] for s, t in pairs]
    )
    totals = _resamples(clusters, draws, seed).astype(float) @ products
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
    result: Array = np.sort(np.where(np.isfinite(t_values), t_values, np.inf))
    result.setflags(write=False)
    return result
