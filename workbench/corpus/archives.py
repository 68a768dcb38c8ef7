"""What is looked at before a file is opened: that it, and what it unpacks to, can be held."""

from __future__ import annotations

import zipfile
from pathlib import Path

from workbench.errors import WorkbenchError

#: Members of an archive that hold text.
_TEXT_MEMBERS = (".xml", ".xhtml", ".html", ".htm", ".rels", ".opf", ".ncx", ".txt", ".css")
#: Bytes of text that a file may hold or an archive may unpack to: some 60 novels.
LARGEST_ARCHIVE = 64 * 1024 * 1024
#: The same of pictures and films, which the Office formats' libraries hold in memory too.
LARGEST_MEDIA = 512 * 1024 * 1024
_DOCTYPE, _HEAD = b"<!DOCTYPE", 2048
#: How a file begins that Office has locked with a password, and one of its formats before 2007.
_COMPOUND = b"\xd0\xcf\x11\xe0"


def check_size(path: Path) -> None:
    """WorkbenchError where a text file is larger than anything that is read as one document."""
    size = path.stat().st_size
    if size > LARGEST_ARCHIVE:
        raise WorkbenchError(
            f"{path.name} has {size / 2**20:,.0f} MB, more than the "
            f"{LARGEST_ARCHIVE / 2**20:,.0f} MB that are read as one file.",
            "Split it, or leave out what no question will be on.",
        )


def check_archive(path: Path, media: bool = False) -> None:
    """WorkbenchError where an archive would unpack to more than any book: a bomb, or a mistake.

    ``media`` counts its pictures and films too, where they will be unpacked.
    """
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    text = sum(m.file_size for m in members if m.filename.lower().endswith(_TEXT_MEMBERS))
    if text > LARGEST_ARCHIVE:
        raise WorkbenchError(
            f"{path.name} unpacks to {text / 2**20:,.0f} MB of text, more than the "
            f"{LARGEST_ARCHIVE / 2**20:,.0f} MB that are read.",
            "Split it, or give its text as .txt.",
        )
    rest = sum(m.file_size for m in members) - text
    if media and rest > LARGEST_MEDIA:
        raise WorkbenchError(
            f"{path.name} unpacks to {rest / 2**20:,.0f} MB of pictures and films, more than the "
            f"{LARGEST_MEDIA / 2**20:,.0f} MB that are opened.",
            "Save it with its media compressed or left out.",
        )


def check_office(path: Path) -> None:
    """The same for Word, PowerPoint and Excel, and that no part of it defines entities.

    Office writes no document type, and one that does is made to swell in memory.
    """
    with path.open("rb") as stream:
        if stream.read(4) == _COMPOUND:
            raise WorkbenchError(
                f"{path.name} is locked with a password, or in the format of Office before 2007.",
                "Open it and save it anew, without a password, as .docx, .pptx or .xlsx.",
            )
    check_archive(path, media=True)
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.filename.lower().endswith((".xml", ".rels")):
                continue
            with archive.open(member) as part:
                if _DOCTYPE in part.read(_HEAD).replace(b"\0", b""):
                    raise WorkbenchError(
                        f"{path.name} defines its own entities, which no Office program does.",
                        "Open it in such a program and save it anew.",
                    )
