"""Unit vectors on disk, one byte per number, read back through a memory map.

A row is a float32 scale and ``dimension`` signed bytes. The cosine of two rows differs from its
float32 value by less than .002, and a 30 MB text needs half a gigabyte instead of two.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.retrieval.arrays import Floats


def row_type(dimension: int) -> np.dtype[np.void]:
    """The layout of one row."""
    # Little-endian whatever the machine: the file may move.
    return np.dtype([("scale", "<f4"), ("code", "i1", (dimension,))])


def pack(vectors: Floats) -> NDArray[np.void]:
    """Quantise vectors of shape (n, dimension) to rows."""
    rows = np.zeros(len(vectors), row_type(vectors.shape[1]))
    scale = np.maximum(np.abs(vectors).max(axis=1), 1e-12) / 127
    rows["scale"] = scale
    rows["code"] = np.round(vectors / scale[:, None]).astype(np.int8)
    return rows


def unpack(rows: NDArray[np.void]) -> Floats:
    """The vectors of rows, shape (n, dimension)."""
    vectors: Floats = rows["code"].astype(np.float32)
    # In place: a search at size unpacks ten thousand rows a question.
    vectors *= rows["scale"][:, None]
    return vectors


def open_rows(path: Path, dimension: int) -> NDArray[np.void]:
    """All rows of a file, memory-mapped; an empty file gives no rows."""
    layout = row_type(dimension)
    count = path.stat().st_size // layout.itemsize if path.exists() else 0
    # memmap refuses an empty file.
    if count == 0:
        return np.zeros(0, layout)
    return np.memmap(path, layout, "r", shape=(count,))
