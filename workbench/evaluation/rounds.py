"""Two lists gone through together, so that every pair comes up once before any comes again."""

from __future__ import annotations

import math
from collections.abc import Iterator


def rounds(first: int, second: int, count: int) -> Iterator[tuple[int, int]]:
    """The first ``count`` pairs of places in lists of these lengths: both run on at once.

    Shifted by one after each round of all pairs that come up, so that none comes twice.
    """
    if not first or not second:
        return
    around = math.lcm(first, second)
    for at in range(min(count, first * second)):
        yield at % first, (at + at // around) % second
