"""JSONL: append-only records that survive a kill at any moment, and files written whole.

One call of :func:`append` is one write and one fsync, so a killed process loses at most the batch
it was writing. A torn last line is dropped when the file is next read or appended to.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any, TypeVar

from workbench.errors import WorkbenchError
from workbench.io.files import disk_errors, whole_file

T = TypeVar("T")
#: json.dumps makes an encoder for each call that asks for anything of its own.
_ENCODERS = {
    ordered: json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=ordered).encode
    for ordered in (False, True)
}


def line(record: Mapping[str, Any], sort_keys: bool = False) -> str:
    """One record as a line of a file. NaN is refused."""
    return _ENCODERS[sort_keys](record) + "\n"


def write(path: Path, records: Iterable[Mapping[str, Any]], sort_keys: bool = False) -> None:
    """Put ``records`` at ``path``, whole or not at all; sorted keys give equal bytes for equals."""
    with whole_file(path) as partial, partial.open("w", encoding="utf-8", newline="\n") as sink:
        sink.writelines(line(record, sort_keys) for record in records)


def write_columns(
    path: Path, first: Mapping[str, Any], columns: Mapping[str, Iterable[Any]]
) -> None:
    """Put records at ``path`` as :func:`write` does, each the ``first`` but for the ``columns``.

    A million records are lines without having been a million dictionaries.
    """
    parts = [
        f'"{name}": ' + ("%s" if name in columns else _ENCODERS[False](value).replace("%", "%%"))
        for name, value in first.items()
    ]
    form = "{" + ", ".join(parts) + "}\n"
    texts = (_texts(columns[name]) for name in first if name in columns)
    with whole_file(path) as partial, partial.open("w", encoding="utf-8", newline="\n") as sink:
        sink.writelines(form % row for row in zip(*texts, strict=True))


def _texts(column: Iterable[Any]) -> Iterator[str]:
    """Values as JSON; text and numbers without the encoder, which takes ten times as long."""
    kinds = set(map(type, column)) if isinstance(column, list) else set()
    if kinds == {str}:
        return map(encode_basestring, column)
    if kinds and kinds <= {int, float} and all(map(math.isfinite, column)):
        return map(repr, column)
    return map(_ENCODERS[False], column)


def append(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Add ``records`` to the file as one durable write."""
    text = "".join(map(line, records))
    if not text:
        return
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Readable too, for finding a torn line; writes still go to the end.
        with path.open("ab+") as file:
            _drop_torn_line(file)
            file.write(text.encode("utf-8"))
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
    # From the end, block by block: the file may be far longer than its torn line.
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
    # No line end anywhere: the file is one torn line.
    file.truncate(0)
    file.seek(0)


def stream(path: Path) -> Iterator[dict[str, Any]]:
    """Each whole record in turn; nothing for a missing file. A torn last line is skipped.

    Raises WorkbenchError where a line in the middle is not JSON: the file was edited or damaged.
    """
    if not path.exists():
        return
    # Bytes: a line torn within a character is skipped before anything decodes it.
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            # Only the last line can lack its end: its write is under way, or was killed.
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


def load(
    path: Path, make: Callable[[Any], T], what: str = "a record", way_out: str = "Mend the line."
) -> Iterator[T]:
    """What ``make`` makes of each line of a file that was written whole, or by hand.

    Raises OSError for a missing file, and WorkbenchError naming the line that is not ``what``.
    """
    # Bytes: what is no UTF-8 is the fault of its line.
    with path.open("rb") as file:
        for number, text in enumerate(file, 1):
            if not text.strip():
                continue
            try:
                yield make(json.loads(text))
            # Faults of JSON and of UTF-8 are ValueErrors; the others are what ``make`` raises.
            except (ValueError, KeyError, TypeError) as error:
                raise WorkbenchError(
                    f"{path}, line {number}, is not {what} ({error}).", way_out
                ) from error
