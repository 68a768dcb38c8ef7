"""What people said of a run's answers, and who may say it: the folder ``labels`` of a run.

Every label is a line; the newest of a rater on the same answer, or the same two, counts.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.io.files import read_json, write_json
from workbench.records.layout import RunLayout

LONGEST_NAME = 40


def append(
    run: Path, facts: Mapping[str, Any], rater: str, order: Sequence[str], blind: bool
) -> None:
    """Record a label; ``order`` is as the answers were shown."""
    record = {**facts, "rater": rater, "order": list(order), "blind": blind, "time": time.time()}
    jsonl.append(RunLayout(run).labels, [record])


def newest(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The labels that count, oldest first."""
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        # Whichever answer was shown first, the pair is the same.
        pair = tuple(sorted((str(row.get("first")), str(row.get("second")))))
        kept[row.get("question"), row.get("variant"), pair, row.get("rater")] = dict(row)
    return list(kept.values())


def labels(run: Path) -> list[dict[str, Any]]:
    """The run's labels that count."""
    return newest(jsonl.stream(RunLayout(run).labels))


def rate(
    run: Path, question: str, first: str, second: str, choice: str, grades: Mapping[str, int],
    rater: str,
) -> None:  # fmt: skip
    """Record what a rater said of two answers: which is better, and a grade for each, if given.

    The choice is first, second, same or skip.
    """
    facts = {"question": question, "first": first, "second": second, "label": choice}
    if grades:
        facts["grades"] = dict(grades)  # type: ignore[assignment]
    append(run, facts, rater, (first, second), True)


def raters(run: Path) -> dict[str, str]:
    """The names of who may rate, each with the hash of its key."""
    path = RunLayout(run).raters
    return dict(read_json(path)) if path.exists() else {}


def invite(run: Path, name: str) -> str:
    """A new key for the rater of that name, told this once; an earlier key ends.

    Raises WorkbenchError for a name that is none.
    """
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise WorkbenchError(
            f"{name!r} is no name of a rater.", f"Take one of 1 to {LONGEST_NAME} characters."
        )
    key = secrets.token_urlsafe(18)
    write_json(RunLayout(run).raters, {**raters(run), tidy: _hash(key)})
    return key


def rater_of(run: Path, key: str) -> str | None:
    """Whose key that is; None for nobody's."""
    found = None
    for name, known in raters(run).items():
        # All are compared, so that the time tells nothing.
        if hmac.compare_digest(known, _hash(key)):
            found = name
    return found


def enrol(run: Path, name: str) -> None:
    """Take up a rater who sits at this machine and needs no key, unless known already."""
    if " ".join(name.split()) not in raters(run):
        invite(run, name)


def mark(text: str) -> str:
    """A text as a hash that tells nothing of it."""
    return _hash(text)[:24]


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
