"""Files that are either whole or absent: written under a temporary name, flushed, renamed."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError

# The umask can only be read by setting it, which no thread may see: once, before there are any.
_UMASK = os.umask(0o022)
os.umask(_UMASK)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn a full or read-only disk into one sentence that names the place."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise WorkbenchError(
                f"No space is left on the disk that holds {path}.",
                "Free some space and run again; what was done before is kept.",
            ) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise WorkbenchError(
                f"{path} cannot be written.",
                "Check its permissions, or run from a folder that you may write to.",
            ) from error
        raise


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary path to write to; it becomes ``path`` at the end, and is gone after a fault."""
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target: a rename is atomic only within one file system.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        partial = Path(name)
        try:
            yield partial
            _flush(partial)
            # mkstemp makes a file that only its owner may read, whatever the umask allows.
            partial.chmod(0o666 & ~_UMASK)
            partial.replace(path)
        finally:
            # After the rename there is nothing left to remove.
            partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """An empty folder to fill; it takes the place of ``path`` at the end."""
    with disk_errors(path):
        partial = path.with_name(f"{path.name}.partial")
        # What a killed attempt left must not mix with what comes now.
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        for member in partial.rglob("*"):
            if member.is_file():
                _flush(member)
        # A rename onto a folder that holds files fails, so the old one goes first.
        shutil.rmtree(path, ignore_errors=True)
        partial.rename(path)


def new_folder(path: Path) -> Path:
    """The path made absolute; WorkbenchError where anything lies there."""
    path = path.expanduser().absolute()
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise WorkbenchError(
            f"{path} is there already, and nothing is written over.",
            "Name a new folder, or remove it.",
        )
    return path


def _flush(path: Path) -> None:
    """Onto the disk, before a rename makes it count."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def write_text(path: Path, text: str) -> None:
    """Put ``text`` at ``path`` in UTF-8, whole or not at all."""
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def copy(source: Path, target: Path) -> None:
    """Put a file's contents at ``target``, whole or not at all."""
    with whole_file(target) as partial:
        shutil.copyfile(source, partial)


def write_json(path: Path, value: Any) -> None:
    """Put ``value`` at ``path`` as JSON, whole or not at all. NaN is refused."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def read_text(path: Path, what: str = "file") -> str:
    """The text of a file that somebody wrote by hand; one that cannot be read is one sentence."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkbenchError(
            f"The {what} {path} cannot be read: {error}.", "Save it as UTF-8, where it can be read."
        ) from error


def read_json(path: Path) -> Any:
    """The value in a JSON file; a broken one is a WorkbenchError that names it."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise WorkbenchError(
            f"{path} is damaged: {error}.", "Delete the run that it belongs to and run again."
        ) from error


def file_hash(path: Path) -> str:
    """SHA-256 of one file, or of a folder's relative names and contents, in hex."""
    digest = hashlib.sha256()
    if path.is_dir():
        for member in sorted(item for item in path.rglob("*") if item.is_file()):
            # NUL ends a name and every file's hash is of one length: no two folders spell the same.
            digest.update(member.relative_to(path).as_posix().encode() + b"\0")
            digest.update(file_hash(member).encode())
        return digest.hexdigest()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
