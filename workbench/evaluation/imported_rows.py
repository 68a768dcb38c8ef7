"""Rows of answers from elsewhere, whatever the file: one for each question and system.

CSV and TSV, JSON and JSON Lines, Parquet. A file that is wide, with a column for each system, is
made long. A question that has no id is known by its text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.questions.dataset.cells import missing
from workbench.questions.dataset.tables import Fault, Row, any_rows

#: What is said of an answer, and what of its question.
OF_ANSWER = (
    "answer", "score", "metric", "status", "passages", "latency_s", "input_tokens",
    "output_tokens", "cost", "ceiling",
)  # fmt: skip
OF_QUESTION = ("question", "reference", "stratum", "kind", "slice", "cluster")
COLUMNS = ("question_id", "variant", *OF_ANSWER, *OF_QUESTION)
YES = frozenset({"true", "yes", "y", "correct", "right", "pass", "passed", "1"})
NO = frozenset({"false", "no", "n", "incorrect", "wrong", "fail", "failed", "0"})
EMPTY = frozenset({"", "na", "n/a", "nan", "none", "null", "-"})
_OF_ONE = re.compile(rf"^(?P<name>.+?)[_. ](?P<what>{'|'.join(OF_ANSWER)})$")


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, values under :data:`COLUMNS`) of each answer, one after the other.

    Raises WorkbenchError naming the line that cannot be read, or the column that is lacking.
    """
    rows = _sound(path)
    first = next(rows, None)
    if first is None:
        raise WorkbenchError(f"{path} holds no rows.", f"Its columns are {', '.join(COLUMNS)}.")
    rows = chain([first], rows)
    if _is_long(first.values):
        return ((row.line, _named(row.values)) for row in rows)
    return _shaped(path, _Shape.of(rows))


def _sound(path: Path) -> Iterator[Row]:
    for row in any_rows(path, "rows of answers"):
        if isinstance(row, Fault):
            raise WorkbenchError(f"{row}.", "Give one answer per row, and one object per line.")
        yield row


def _is_long(values: Mapping[str, Any]) -> bool:
    """Whether a row shows by itself that the file has one for each question and system."""
    asked = "question_id" in values or "question" in values
    return asked and "variant" in values and ("score" in values or "answer" in values)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What only all rows together tell: the columns, and the cells of those that we do not know.

    Nothing else of the rows is kept: a large file is read twice and never held whole. ``scores``
    are the columns in which nothing but scores stands, ``filled`` those with any word at all.
    """

    names: tuple[str, ...]
    scores: frozenset[str]
    filled: frozenset[str]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> _Shape:
        names: dict[str, None] = {}
        filled: set[str] = set()
        words: set[str] = set()
        for row in rows:
            names.update(dict.fromkeys(row.values))
            for name, cell in row.values.items():
                # What is known of a column cannot be made unknown.
                if name in words or name in COLUMNS or cell is None:
                    continue
                told = str(cell).strip().casefold()
                if told not in EMPTY:
                    filled.add(name)
                    if not (told in YES or told in NO or _is_number(told)):
                        words.add(name)
        return cls(tuple(names), frozenset(names) - words, frozenset(filled))

    @property
    def others(self) -> list[str]:
        """The columns that are none of ours."""
        return [name for name in self.names if name not in COLUMNS]


def _shaped(path: Path, shape: _Shape) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a file whose columns only all of its rows together tell."""
    names, others = shape.names, shape.others
    if "question_id" not in names and "question" not in names:
        raise _lacking(path, "question_id", others)
    rows = (Row(row.line, _named(row.values)) for row in _sound(path))
    if "variant" not in names and others:
        return _long(rows, shape)
    if "variant" not in names:
        raise _lacking(path, "variant", others)
    if others and not {"score", "answer"} & set(names):
        raise _lacking(path, "score", others)
    return ((row.line, row.values) for row in rows)


def _lacking(path: Path, column: str, others: Sequence[str]) -> WorkbenchError:
    has = f" (it has {', '.join(sorted(map(str, others)))})" if others else ""
    return WorkbenchError(
        f"{path} lacks the column {column!r}{has}.",
        f"The columns are {', '.join(COLUMNS)}; or there is a column for each system.",
    )


def _named(values: dict[str, Any]) -> dict[str, Any]:
    """The values with the question's id: its own, or one made of its text."""
    if not missing(values.get("question_id")):
        return values
    text = str(values.get("question") or "").strip()
    made = hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""
    return {**values, "question_id": made}


def _long(rows: Iterable[Row], shape: _Shape) -> Iterator[tuple[int, dict[str, Any]]]:
    """A row for each system of a wide file; ``ours_cost`` is the cost of the system ``ours``."""
    own: dict[str, dict[str, str]] = {}
    for name in shape.others:
        match = _OF_ONE.match(name)
        system, what = (match["name"], match["what"]) if match is not None else (name, "")
        own.setdefault(system, {})[what] = name
    bare = {columns[""] for columns in own.values() if "" in columns}
    # Labels alone are scores; wherever there is a reference, what stands there are answers.
    labelled = bare <= shape.scores and bool(bare & shape.filled)
    plain = "score" if "reference" not in shape.names and labelled else "answer"
    common = [name for name in shape.names if name in COLUMNS]
    for row in rows:
        shared = {key: row.values.get(key) for key in common}
        for system, columns in own.items():
            cells = {what or plain: row.values.get(name) for what, name in columns.items()}
            if any(value is not None and str(value).strip() for value in cells.values()):
                yield row.line, {**shared, "question_id": row.values["question_id"],
                                 "variant": system, **cells}  # fmt: skip


def _is_number(text: str) -> bool:
    try:
        float(text.removesuffix("%"))
    except ValueError:
        return False
    return True
