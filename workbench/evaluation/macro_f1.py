"""Macro F1, the mean of the labels' F1, and how sure it and a difference of two of them are.

It is no mean of scores of questions, so the machinery of those does not fit: whole clusters are
drawn again, and the percentiles of what they come to are the interval.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.types import Question

Array = NDArray[np.float64]

#: Resamples of the clusters.
DRAWS = 2000
METHOD = "percentiles of whole clusters drawn again"
NOTHING = 1e-12


def by_cluster(asked: Sequence[Question], told: Sequence[str], labels: Sequence[str]) -> Array:
    """(clusters, 3 x labels): how often each label was right, then named, then due.

    Questions without a cluster stand alone. The order is that of the questions, so that the rows of
    two variants are of the same clusters.
    """
    names = [question.cluster or question.id for question in asked]
    place = {name: at for at, name in enumerate(dict.fromkeys(names))}
    counts = np.zeros((len(place), 3 * len(labels)))
    at = {label: number for number, label in enumerate(labels)}
    for question, name, said in zip(asked, names, told, strict=True):
        row, right = counts[place[name]], question.answers[0]
        row[2 * len(labels) + at[right]] += 1
        if said in at:
            row[len(labels) + at[said]] += 1
            row[at[said]] += said == right
    return counts


def macro_f1(counts: Array) -> Array:
    """Macro F1 of rows that hold, label by label, the right, then the named, then the due."""
    right, said, due = np.split(counts, 3, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(due > 0, 2 * right / (said + due), np.nan)
    return np.asarray(np.nanmean(each, axis=1))


def macro_interval(
    counts: Array, level: float, seed: int
) -> tuple[float | None, float | None, int]:
    """(low, high, clusters) of the macro F1: the mean over the labels that a draw asks for.

    Without at least two clusters, or any spread, there is no interval.
    """
    low, high = _ends(macro_f1(_drawn(len(counts), seed) @ counts), level, len(counts))
    return low, high, len(counts)


def macro_difference(
    counts: Array, baseline: Array, level: float, seed: int
) -> dict[str, float | None]:
    """``difference``, its ``low`` and ``high``, and ``p``, paired: both have the same clusters.

    A draw takes a cluster's answers of both variants, so that what makes its questions hard or easy
    for both moves neither. ``p`` is twice the share of draws on the other side of zero.
    """
    gap = float(np.subtract(*(macro_f1(part.sum(axis=0)[None])[0] for part in (counts, baseline))))
    drawn = _drawn(len(counts), seed)
    values = macro_f1(drawn @ counts) - macro_f1(drawn @ baseline)
    low, high = _ends(values, level, len(counts))
    p = None
    if low is not None:
        other = min(int((values <= NOTHING).sum()), int((values >= -NOTHING).sum()))
        p = min(1.0, 2 * (other + 1) / (len(values) + 1))
    return {"difference": gap, "low": low, "high": high, "p": p}


def _drawn(clusters: int, seed: int) -> NDArray[np.int64]:
    """How often each cluster is drawn: (DRAWS, clusters)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=DRAWS)


def _ends(values: Array, level: float, clusters: int) -> tuple[float | None, float | None]:
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    if clusters < 2 or high - low < NOTHING:
        return None, None  # draws of what is all right, or all wrong, show no spread
    return float(low), float(high)
