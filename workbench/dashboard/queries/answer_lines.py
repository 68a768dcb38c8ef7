"""Where each answer stands in its file: answers of a gigabyte are looked up, never loaded.

A page shows the answers to a handful of questions. So one pass over the files notes where each
line begins, and an answer is read from its place when it is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.dashboard.queries.record_columns import ANSWER_COLUMNS

#: How a line begins as we write it; others are parsed.
_BEGINNING = b'{"question": "'


class AnswerLines:
    """The answers of a run by question. Half-written lines and lines without a question are
    skipped."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = list(paths)
        self._rows: dict[str, int] = {}
        #: Where each question's answer begins in each file, and -1: (questions, files).
        self._starts: NDArray[np.int64] = np.zeros((0, len(self._paths)), np.int64)
        found = [self._noted(path) for path in self._paths]
        self._starts = np.full((len(self._rows), len(self._paths)), -1, np.int64)
        for column, (rows, starts) in enumerate(found):
            self._starts[rows, column] = starts
        self.variants = sorted({
            str(record["variant"])
            for column, (rows, _) in enumerate(found) if rows
            for record in self._read(column, rows[:1]) if record["variant"] is not None
        })  # fmt: skip

    def of(self, questions: Iterable[str]) -> list[dict[str, Any]]:
        """Every variant's answers to these questions, by question and variant."""
        rows = [self._rows[name] for name in dict.fromkeys(questions) if name in self._rows]
        found = [
            record for column in range(len(self._paths)) for record in self._read(column, rows)
        ]
        return sorted(found, key=lambda record: (record["question"], str(record["variant"])))

    def _noted(self, path: Path) -> tuple[list[int], list[int]]:
        """The questions of a file, by number, and where their lines begin."""
        rows: list[int] = []
        starts: list[int] = []
        try:
            file = path.open("rb")
        except OSError:
            return rows, starts
        with file:
            at = 0
            for line in file:
                name = _question(line) if line.endswith(b"\n") else None
                if name is not None:
                    rows.append(self._rows.setdefault(name, len(self._rows)))
                    starts.append(at)
                at += len(line)
        return rows, starts

    def _read(self, column: int, rows: Sequence[int]) -> list[dict[str, Any]]:
        places = sorted(int(self._starts[row, column]) for row in rows)
        places = [place for place in places if place >= 0]
        if not places:
            return []
        found = []
        with self._paths[column].open("rb") as file:
            for place in places:
                file.seek(place)
                record = _parsed(file.readline())
                if record is not None:
                    found.append({name: record.get(name) for name in ANSWER_COLUMNS})
        return found


def _question(line: bytes) -> str | None:
    if line.startswith(_BEGINNING):
        written, mark, _ = line[len(_BEGINNING) :].partition(b'"')
        if mark and b"\\" not in written:
            return written.decode("utf-8", errors="replace")
    name = (_parsed(line) or {}).get("question")
    return None if name is None else str(name)


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
