"""What a graph is made of: triples with the sentence that says them, kept unit by unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.io import jsonl

#: What the folder of an index calls its graph's triples.
FOLDER, TRIPLES = "graph", "triples.jsonl"


@dataclass(frozen=True, slots=True)
class Triple:
    """Subject, relation and object, and where the document says so: ``start`` to ``end``.

    ``said`` is the text there: a sentence. The kinds are what subject and object are (person,
    place, group, time, thing).
    """

    subject: str
    relation: str
    object: str
    document: str
    start: int
    end: int
    subject_kind: str = "thing"
    object_kind: str = "thing"
    said: str = ""

    @property
    def text(self) -> str:
        """The triple as a short sentence."""
        return f"{self.subject} {self.relation} {self.object}"


#: A stretch of text that is read as a whole: its name, and what reads it.
Unit = tuple[str, Callable[[], Sequence[Triple]]]


def path_of(index: Path) -> Path:
    """The file of triples in an index's folder."""
    return index / FOLDER / TRIPLES


def read_units(index: Path, units: Iterator[Unit] | Sequence[Unit]) -> Iterator[int]:
    """Read what no earlier, killed call has read; yields how many units are read so far."""
    path = path_of(index)
    done = {row["unit"] for row in jsonl.stream(path)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    for number, (name, read) in enumerate(units, 1):
        if name not in done:
            jsonl.append(path, [{"unit": name, "triples": [asdict(item) for item in read()]}])
        yield number


def load_triples(index: Path) -> list[Triple]:
    """All triples of an index, in the order of the text; none without a graph."""
    return triples_in(path_of(index))


def triples_in(path: Path) -> list[Triple]:
    """All triples of a file; none where there is no such file."""
    rows: Iterator[dict[str, Any]] = jsonl.stream(path)
    return [Triple(**item) for row in rows for item in row["triples"]]
