"""The best of very many scores, without sorting them all."""

from __future__ import annotations

import numpy as np

from workbench.retrieval.arrays import Floats, Integers
from workbench.retrieval.first_stage import EXACT

#: Scores up to which sorting all of them costs next to nothing.
SORTED_WHOLE = 10_000
#: Of very many scores every so-manieth is looked at first, for a bound that leaves out most; it is
#: set to let through so many times as many as are wanted, and at least those of so many looked at.
EVERY, WIDER, LEAST = 64, 4, 8


def best(scores: Floats, count: int) -> Integers:
    """The places of the ``count`` highest scores; equal ones keep the order of the text."""
    if len(scores) <= SORTED_WHOLE:
        return np.argsort(-scores, kind="stable")[:count]
    least = np.partition(scores, len(scores) - count)[len(scores) - count]
    worth = np.flatnonzero(scores >= least)
    return worth[np.argsort(-scores[worth], kind="stable")[:count]]


def highest(scores: Floats, count: int) -> Integers:
    """The places of ``count`` scores that none of the others is above, in no order."""
    worth = _worth(scores, count) if len(scores) > EXACT else None
    if worth is None:
        return np.argpartition(-scores, count)[:count]
    return worth[np.argpartition(-scores[worth], count)[:count]]


def _worth(scores: Floats, count: int) -> Integers | None:
    """Places with ``count`` of the highest among them; None where the bound was too high."""
    looked_at = scores[::EVERY]
    wanted = max(LEAST, WIDER * count * len(looked_at) // len(scores))
    bound = np.partition(looked_at, len(looked_at) - wanted)[len(looked_at) - wanted]
    worth = np.flatnonzero(scores >= bound)
    return worth if len(worth) > count else None
