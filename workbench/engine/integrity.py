"""Whether a folder still holds what was put into it: sizes and hashes, taken when it was made."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.io.files import file_hash

#: A file's size in bytes and its SHA-256, by its place in the folder.
Inventory = dict[str, tuple[int, str]]


def inventory(folder: Path) -> Inventory:
    """All files below a folder; each is on the disk before its hash counts."""
    found: Inventory = {}
    for member in sorted(folder.rglob("*")):
        if member.is_file():
            with member.open("rb") as file:
                os.fsync(file.fileno())
            place = member.relative_to(folder).as_posix()
            found[place] = (member.stat().st_size, file_hash(member))
    return found


def damage(folder: Path, expected: Mapping[str, Any], hashes: bool) -> str:
    """The first file that is missing or not as it was made; "" where all are.

    Sizes are compared always, contents only with ``hashes``.
    """
    for place, (size, digest) in expected.items():
        path = folder / place
        try:
            if path.stat().st_size != size or (hashes and file_hash(path) != digest):
                return place
        except OSError:
            return place
    return ""


def seal(record: Mapping[str, Any]) -> str:
    """A hash of a record's content, to be kept beside it."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
