"""Vectors remembered per model, window and text, outside any index: nothing is embedded twice.

Two append-only files: ``rows.bin`` holds vectors, ``entries.bin`` says which rows belong to
which text. Vectors reach the disk before their entry, so a kill loses at most the last block;
its remains are cut off before the next append. One process appends at a time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.errors import WorkbenchError
from workbench.io import locks
from workbench.retrieval.arrays import Floats
from workbench.retrieval.rows import open_rows, pack, row_type

VERSION = 1
# V, not S: numpy strips zero bytes from the end of an S.
ENTRY = np.dtype([("text", "V16"), ("start", "<u8"), ("count", "<u4")])


def default_root() -> Path:
    """``embeddings`` in the artifact cache: shared by all runs."""
    from workbench.engine.cache import cache_root

    return cache_root() / "embeddings"


class VectorCache:
    """The vectors of one embedding model and window length."""

    def __init__(self, root: Path, model: str, words: int, dimension: int) -> None:
        self._folder = root / f"{model}-{words}-{dimension}-v{VERSION}"
        self._dimension = dimension
        self._places: dict[bytes, tuple[int, int]] = {}
        self._read = 0
        # Rows that entries cover; anything after them is an unfinished block.
        self._covered = 0
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkbenchError(
                f"The cache folder {self._folder} cannot be written ({error.strerror}).",
                "Free disk space or change its permissions, then run again.",
            ) from error
        self._rows_path = self._folder / "rows.bin"
        self._entries_path = self._folder / "entries.bin"
        self._refresh()

    def missing(self, texts: Sequence[str]) -> list[str]:
        """The distinct texts without vectors, in order."""
        return [t for t in dict.fromkeys(texts) if key(t) not in self._places]

    def get(self, texts: Sequence[str]) -> list[NDArray[np.void]]:
        """The rows of each text; KeyError where one is missing."""
        rows = open_rows(self._rows_path, self._dimension)
        places = [self._places[key(text)] for text in texts]
        return [np.array(rows[start : start + count]) for start, count in places]

    def put(self, texts: Sequence[str], vectors: Sequence[Floats]) -> None:
        """Append the vectors of texts: one write and one flush for the whole block."""
        with locks.waiting(self._folder / "lock"):
            self._refresh()
            size = row_type(self._dimension).itemsize
            start = self._covered
            entries = np.zeros(len(texts), ENTRY)
            with self._rows_path.open("ab") as sink:
                sink.truncate(start * size)
                for i, (text, mine) in enumerate(zip(texts, vectors, strict=True)):
                    sink.write(pack(mine).tobytes())
                    entries[i] = (key(text), start, len(mine))
                    start += len(mine)
                sink.flush()
                os.fsync(sink.fileno())
            with self._entries_path.open("ab") as sink:
                sink.truncate(self._read * ENTRY.itemsize)
                sink.write(entries.tobytes())
                sink.flush()
                os.fsync(sink.fileno())
            self._refresh()

    def _refresh(self) -> None:
        """Read the entries added since, by this process or another."""
        if not self._entries_path.exists():
            return
        with self._entries_path.open("rb") as source:
            source.seek(self._read * ENTRY.itemsize)
            raw = source.read()
        whole = len(raw) // ENTRY.itemsize
        for text, start, count in np.frombuffer(raw, ENTRY, whole):
            self._places[bytes(text)] = (int(start), int(count))
            self._covered = max(self._covered, int(start) + int(count))
        self._read += whole


def key(text: str) -> bytes:
    """16 bytes that stand for a text."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
