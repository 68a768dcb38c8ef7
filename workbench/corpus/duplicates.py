"""Texts that are the same, or nearly: by hash, and by a sample of their five-word runs.

Two wholes are compared by the Jaccard overlap of their shingles (runs of five words, or of five
Han characters), estimated on the shingles whose hash is divisible by ``SAMPLE``; a shared shingle
makes a pair a candidate, so nothing is compared with everything. Own code of 40 lines: datasketch
would bring its own hashing of every shingle in Python, some forty times slower than this.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RUN = 5
SAMPLE = 8
COMMON = 50
TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
MULTIPLIER = 1_000_003


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two ids whose texts share ``similarity`` (0 to 1; 1.0: the same words) of their shingles."""

    first: str
    second: str
    similarity: float


def find(texts: Sequence[tuple[str, str]], threshold: float = 0.7) -> list[Duplicate]:
    """Pairs of (id, text) whose texts are the same or overlap by ``threshold`` or more."""
    exact: dict[tuple[int, int], str] = {}
    result: list[Duplicate] = []
    names: list[str] = []
    samples: list[NDArray[np.uint64]] = []
    for id, text in texts:
        tokens = TOKEN.findall(text.casefold())
        joined = " ".join(tokens).encode()
        key = (zlib.crc32(joined), len(joined))
        if not tokens:
            continue
        if key in exact:
            result.append(Duplicate(exact[key], id, 1.0))
            continue
        exact[key] = id
        names.append(id)
        samples.append(_sample(tokens))
    for (first, second), count in sorted(_shared(samples).items()):
        union = len(samples[first]) + len(samples[second]) - count
        if count / union >= threshold:
            result.append(Duplicate(names[first], names[second], round(count / union, 3)))
    return result


def _shared(samples: Sequence[NDArray[np.uint64]]) -> Counter[tuple[int, int]]:
    """How many shingles each pair of texts shares, by their places.

    In arrays: a set and a list for each shingle took twenty times as much memory as the text.
    """
    import numpy as np

    shared: Counter[tuple[int, int]] = Counter()
    if not samples:
        return shared
    shingles = np.concatenate(samples)
    owners = np.repeat(np.arange(len(samples)), [len(sample) for sample in samples])
    order = np.argsort(shingles, kind="stable")
    shingles, owners = shingles[order], owners[order]
    starts = np.flatnonzero(np.append(True, shingles[1:] != shingles[:-1]))
    sizes = np.diff(np.append(starts, len(shingles)))
    several = (sizes > 1) & (sizes <= COMMON)
    for start, size in zip(starts[several].tolist(), sizes[several].tolist(), strict=True):
        shared.update(combinations(owners[start : start + size].tolist(), 2))
    return shared


def _sample(tokens: Sequence[str]) -> NDArray[np.uint64]:
    """The sampled shingle hashes; all of them where the text is too short to sample."""
    import numpy as np

    cache: dict[str, int] = {}
    codes = np.fromiter(
        (cache.setdefault(t, zlib.crc32(t.encode())) for t in tokens), np.uint64, len(tokens)
    )
    run = min(RUN, len(codes))
    rolled = np.zeros(len(codes) - run + 1, np.uint64)
    for offset in range(run):
        rolled = rolled * np.uint64(MULTIPLIER) + codes[offset : offset + len(rolled)]
    # Mix the bits: the low ones of a polynomial depend on the last word most of all.
    rolled ^= rolled >> np.uint64(33)
    rolled *= np.uint64(0xFF51AFD7ED558CCD)
    rolled ^= rolled >> np.uint64(33)
    sampled = rolled[rolled % np.uint64(SAMPLE) == 0] if len(rolled) > 40 * SAMPLE else rolled
    result: NDArray[np.uint64] = np.unique(sampled)
    return result
