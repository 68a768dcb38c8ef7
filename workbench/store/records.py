"""Append-only JSONL records that survive a kill at any moment.

One call of :func:`append` is one write and one fsync, so a killed process loses at most the batch
it was writing. A torn last line is dropped when the file is next read or appended to.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.store.files import disk_errors


def append(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Add ``records`` to the file as one durable write."""
    lines = "".join(
        json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records
    )
    if not lines:
        return
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            _drop_torn_line(file)
            file.write(lines.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())


def _drop_torn_line(file: Any) -> None:
    """Cut what follows the last line end: the rest of a write that never finished."""
    end = file.seek(0, os.SEEK_END)
    if end == 0:
        return
    file.seek(end - 1)
    if file.read(1) == b"\n":
        return
    position = end
    while position > 0:
        step = min(1 << 16, position)
        position -= step
        file.seek(position)
        matches = file.read(step).rfind(b"\n")
        if matches >= 0:
            file.truncate(position + matches + 1)
            file.seek(0, os.SEEK_END)
            return
    file.truncate(0)
    file.seek(0)


def stream(path: Path) -> Iterator[dict[str, Any]]:
    """Each whole record in turn; nothing for a missing file. A torn last line is passed over.

    Raises WorkbenchError where a line in the middle is no JSON: the file was edited or damaged.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except (UnicodeDecodeError, json.JSONDecodeError) as error:
                raise WorkbenchError(
                    f"{path}, line {number} is damaged: {error}.",
                    "Remove that line, or delete the run and run again.",
                ) from error


def read(path: Path) -> list[dict[str, Any]]:
    """All whole records of the file, oldest first; an empty list for a missing file."""
    return list(stream(path))
