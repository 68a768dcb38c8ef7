"""Files locked by one process at a time. A killed process's lock ends with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from workbench.errors import WorkbenchError
from workbench.io.files import disk_errors


@contextmanager
def waiting(path: Path) -> Iterator[None]:
    """Hold ``path`` once no other process does; a full disk meanwhile is a WorkbenchError."""
    with disk_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path):
            yield


@contextmanager
def refusing(path: Path, what: str) -> Iterator[None]:
    """As :func:`waiting`, but a WorkbenchError names the process that holds ``path`` already."""
    with disk_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Only the acquiring is tried: a Timeout of the work below is not about this lock.
        try:
            held = FileLock(path, blocking=False).acquire()
        except Timeout as error:
            raise WorkbenchError(
                f"{what} is already being worked on by {holder(path)}.",
                "Wait for it or stop that process; two processes never share a run.",
            ) from error
        with held:
            # Names the holder only while the lock is held: the text outlives its writer.
            path.write_text(f"process {os.getpid()}", encoding="utf-8")
            yield


def is_held(path: Path) -> bool:
    """Whether some process holds ``path`` at this moment; creates nothing."""
    # Trying the lock would create its file.
    if not path.exists():
        return False
    try:
        # Its file stays after the holder's end, so only trying shows whether it is held.
        with FileLock(path, blocking=False):
            return False
    except Timeout:
        return True


def holder(path: Path) -> str:
    """Who holds ``path``, or did last: ``process`` and its number."""
    # Empty between the holder's taking the lock and its writing this.
    return path.read_text(encoding="utf-8").strip() or "another process"
