"""Files held by one process at a time. A killed process's hold is gone with it."""

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
    """Hold ``path``, after whoever holds it now; a full disk meanwhile is a WorkbenchError."""
    with disk_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path):
            yield


@contextmanager
def refusing(path: Path, what: str) -> Iterator[None]:
    """As :func:`waiting`, but a WorkbenchError names the process that holds ``path`` already."""
    with disk_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            held = FileLock(path, blocking=False).acquire()
        except Timeout as error:
            raise WorkbenchError(
                f"{what} is already being worked on by {holder(path)}.",
                "Wait for it or stop that process; two processes never share a run.",
            ) from error
        with held:
            path.write_text(f"process {os.getpid()}", encoding="utf-8")
            yield


def is_held(path: Path) -> bool:
    """Whether some process holds ``path`` at this moment; creates nothing."""
    if not path.exists():
        return False
    try:
        with FileLock(path, blocking=False):
            return False
    except Timeout:
        return True


def holder(path: Path) -> str:
    """Who holds ``path``, or did last: ``process`` and its number."""
    return path.read_text(encoding="utf-8").strip() or "another process"
