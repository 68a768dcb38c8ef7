"""The files of an index folder, by what they hold and by how often the index was changed.

What a change appends to keeps its name (passages, windows); what it writes anew bears the change's
number. ``metadata.json`` is written last and says which number holds: an index whose build was
killed is unfinished, one whose change was killed is what it was before.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, overload

import numpy as np

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.retrieval.arrays import Integers
from workbench.types import Passage

FORMAT = 1
METADATA, PASSAGES, WINDOWS, LEXICAL = "metadata.json", "passages.jsonl", "windows.bin", "bm25"
SHOWN = "shown.jsonl"
WAY_OUT = "Delete it and run the experiment again."


def read_facts(path: Path) -> dict[str, Any]:
    """What the index says of itself. Raises WorkbenchError where none was finished."""
    try:
        facts = json.loads((path / METADATA).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkbenchError(
            f"{path} holds no finished index.", "Run the experiment again; it is then built."
        ) from error
    return dict(facts)


class IndexFiles:
    """Where the parts of an index lie after its ``change``-th change; 0 is as it was built."""

    def __init__(self, path: Path, change: int = 0) -> None:
        self.path, self.change = path, change
        self.metadata, self.passages = path / METADATA, path / PASSAGES
        self.windows, self.lexical = path / WINDOWS, path / LEXICAL
        mark = f".{change}" if change else ""
        self.vectors = path / f"passages{mark}.faiss"
        self.places = path / f"places{mark}.npy"
        self.counts = path / f"token_counts{mark}.npy"
        self.lines = path / f"lines{mark}.npy"
        self.removed = path / f"removed{mark}.npy"
        #: What is shown in the place of what is found, and its place there for each passage.
        self.shown, self.shown_places = path / SHOWN, path / "shown.npy"
        #: BM25 of the passages that were added since the index was built.
        self.added = path / f"bm25-added{mark}"

    def numbered(self) -> list[Path]:
        """What a later change writes anew under a name of its own."""
        return [self.vectors, self.places, self.counts, self.lines, self.removed, self.added]


def read_passages(path: Path) -> Iterator[Passage]:
    """The passages of an index folder, in the order of the text, without removed ones."""
    facts = read_facts(path) if (path / METADATA).exists() else {}
    files = IndexFiles(path, facts.get("change", 0))
    gone = set(np.load(files.removed).tolist()) if files.removed.exists() else set()
    for place, passage in enumerate(islice(all_passages(path), facts.get("passages"))):
        if place not in gone:
            yield passage


def shown_file(path: Path) -> Path:
    """The file of an index folder that holds what is shown: the passages, or what is read around
    them."""
    return path / (SHOWN if (path / SHOWN).exists() else PASSAGES)


def shown_passages(path: Path) -> Iterator[Passage]:
    """What the search over an index folder may show, in the order of the text."""
    if shown_file(path).name == PASSAGES:
        return read_passages(path)
    return _stored(path / SHOWN)


def open_passages(files: IndexFiles, count: int) -> Sequence[Passage]:
    """The first ``count`` passages: in memory, or from the file where there are many."""
    if files.lines.exists():
        return StoredPassages(files.passages, np.load(files.lines))
    return tuple(islice(all_passages(files.path), count))


def line_starts(path: Path) -> Integers:
    """Where each line of a file begins, and where the last one ends, shape (lines + 1,)."""
    starts = [0]
    with path.open("rb") as file:
        for line in file:
            starts.append(starts[-1] + len(line))
    return np.array(starts, np.int64)


class StoredPassages(Sequence[Passage]):
    """Passages that stay in their file: a million take more than a gigabyte of memory."""

    def __init__(self, path: Path, starts: Integers) -> None:
        self._file = path.open("rb")
        self._starts = starts

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, place: int) -> Passage: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Passage]: ...
    def __getitem__(self, place: int | slice) -> Passage | Sequence[Passage]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        start, end = (int(at) for at in self._starts[place % len(self) :][:2])
        # pread, since threads of a server share the file.
        return Passage(**json.loads(os.pread(self._file.fileno(), end - start, start)))


def all_passages(path: Path) -> Iterator[Passage]:
    """Every passage that the file holds, those removed and those not yet counted too."""
    return _stored(path / PASSAGES)


def _stored(file: Path) -> Iterator[Passage]:
    return jsonl.load(file, lambda record: Passage(**record), "a passage", WAY_OUT)
