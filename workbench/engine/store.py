"""Finished artifacts behind an address, for machines that share no folder.

pyarrow speaks to S3 and Google Cloud by itself, fsspec to all that its packages know. An artifact
is sent whole, into a folder of its own beside those of others that made the same, and a marker that
names that folder is written last: what has no marker is not there. No file is written twice but the
marker, so that nobody needs a lock.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from workbench.errors import WorkbenchError
from workbench.io.address import is_this_machine

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

log = logging.getLogger(__name__)
R = TypeVar("R")

MARKER = "complete"
#: Protocols whose files lie in this machine, and where S3's own libraries look for its address.
HERE = ("file", "local", "memory")
S3_ADDRESSES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


class Store:
    """Artifacts below an address such as ``s3://bucket/prefix``.

    It is opened when it is first wanted. A store that fails is told of once and then left alone:
    the run has what it needs without it, or makes it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._opened: tuple[FileSystem, str] | None = None
        self._lost = False

    def __str__(self) -> str:
        """The address without what may be a secret in it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def leaves_machine(self) -> bool:
        """Whether what is kept there lies on another machine."""
        scheme = urlsplit(self.url).scheme
        if scheme in HERE:
            return False
        named = next((os.environ[key] for key in S3_ADDRESSES if os.environ.get(key)), None)
        return scheme != "s3" or named is None or not is_this_machine(named)

    def fetch(self, artifact_id: str, folder: Path) -> bool:
        """Put a finished artifact into a new folder of that path; False where there is none."""
        return self._tried(lambda fs, root: _fetch(fs, f"{root}/{artifact_id}", folder), False)

    def put(self, artifact_id: str, folder: Path) -> None:
        """Send an artifact, unless another machine was faster."""
        self._tried(lambda fs, root: _put(fs, f"{root}/{artifact_id}", folder), None)

    def forget(self, artifact_id: str) -> None:
        """Have an artifact found no more: it is damaged, and will be sent anew."""
        self._tried(lambda fs, root: _forget(fs, f"{root}/{artifact_id}"), None)

    def _tried(self, work: Callable[[FileSystem, str], R], otherwise: R) -> R:
        """What that comes to; ``otherwise`` where the store cannot be used."""
        if self._lost:
            return otherwise
        try:
            if self._opened is None:
                self._opened = _opened(self.url, str(self))
            return work(*self._opened)
        except WorkbenchError:
            raise
        except Exception as error:  # noqa: BLE001 - each protocol's library raises its own
            self._lost = True
            log.warning(
                "The shared cache %s cannot be used (%s); this process goes on without it.",
                self, _reason(error),
            )  # fmt: skip
            return otherwise


def _opened(url: str, shown: str) -> tuple[FileSystem, str]:
    """The file system of an address, and the path in it."""
    from pyarrow import ArrowInvalid
    from pyarrow.fs import FileSystem, FSSpecHandler, PyFileSystem

    try:
        try:
            found, path = FileSystem.from_uri(url)
        except ArrowInvalid:
            # None of its own.
            from fsspec.core import url_to_fs

            known, path = url_to_fs(url)
            found = PyFileSystem(FSSpecHandler(known))
    except (ValueError, ImportError) as error:
        raise WorkbenchError(
            f"WORKBENCH_SHARED_CACHE is {shown}, which cannot be opened: {_reason(error)}.",
            "Name a folder, s3://bucket/prefix, or another address that fsspec knows, with its "
            "package installed.",
        ) from error
    return found, path.rstrip("/")


def _fetch(fs: FileSystem, place: str, folder: Path) -> bool:
    from pyarrow.fs import LocalFileSystem, copy_files

    try:
        with fs.open_input_stream(f"{place}/{MARKER}") as file:
            name = file.read().decode("utf-8")
    except FileNotFoundError:
        return False
    folder.mkdir(parents=True)
    copy_files(
        f"{place}/{name}", str(folder),
        source_filesystem=fs, destination_filesystem=LocalFileSystem(),
    )  # fmt: skip
    return True


def _put(fs: FileSystem, place: str, folder: Path) -> None:
    from pyarrow.fs import FileType, LocalFileSystem, copy_files

    def is_there() -> bool:
        return bool(fs.get_file_info(f"{place}/{MARKER}").type == FileType.File)

    if is_there():
        return
    name = uuid.uuid4().hex
    fs.create_dir(f"{place}/{name}", recursive=True)
    copy_files(
        str(folder), f"{place}/{name}",
        source_filesystem=LocalFileSystem(), destination_filesystem=fs,
    )  # fmt: skip
    # Sending takes a while, in which another machine may have been faster.
    if is_there():
        fs.delete_dir(f"{place}/{name}")
        return
    with fs.open_output_stream(f"{place}/{MARKER}") as file:
        file.write(name.encode("utf-8"))


def _forget(fs: FileSystem, place: str) -> None:
    with suppress(FileNotFoundError):
        fs.delete_file(f"{place}/{MARKER}")


def _reason(error: BaseException) -> str:
    """What a library says, in a line and without what follows its first sentence."""
    said = " ".join(str(error).split()) or type(error).__name__
    return said[:200].rstrip(". ")
