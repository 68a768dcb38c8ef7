"""The passages of a run: what its index holds, and what systems of another make read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from workbench.io import jsonl


def add_passages(target: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Put passages behind those that a run's file holds, each once."""
    known = {_place(record) for record in jsonl.stream(target)}
    more = {_place(record): record for record in records if _place(record) not in known}
    if more:
        jsonl.write(target, [*jsonl.stream(target), *more.values()])


def _place(record: Mapping[str, Any]) -> tuple[Any, ...]:
    return record["document"], record["start"], record["end"]
