"""The candidates that were thrown away, with their reasons: read once per state of their file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.dashboard.queries import runs

UNTOLD = "no reason recorded"
COLUMNS = ("question", "answer", "reason", "detail", "section", "way", "kind")
Row = Mapping[str, str]


def thrown_away(run: runs.Snapshot) -> Sequence[Row]:
    """Every candidate that was dropped, in the order of the file, each with all columns."""
    path = run.files.dropped
    return _read(path, runs.stamp(path))


# ``_stamp`` is part of the key only: a changed file is another key.
@lru_cache(maxsize=4)
def _read(path: Path, _stamp: tuple[Any, ...]) -> tuple[Row, ...]:
    return tuple(_row(record) for record in runs.lines(path))


def _row(record: Mapping[str, Any]) -> Row:
    answers = record.get("answers") or ()
    whole = {
        **record,
        "question": record.get("question") or record.get("text"),
        "answer": record.get("answer") or ", ".join(map(str, answers)),
        "reason": record.get("reason") or UNTOLD,
    }
    return {name: str(whole.get(name) or "") for name in COLUMNS}


def reasons(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """How many fell for each reason, the most frequent first."""
    return Counter(row["reason"] for row in rows).most_common()


def matching(
    rows: Sequence[Row], reason: str | None, search: str, titles: Mapping[str, str]
) -> list[Row]:
    """Those of a reason (None: of any) that hold every word of the search somewhere."""
    words = search.casefold().split()
    result = []
    for row in rows:
        if reason not in (None, row["reason"]):
            continue
        section = titles.get(row["section"], "")
        if words and not all(w in " ".join([*row.values(), section]).casefold() for w in words):
            continue
        result.append(row)
    return result
