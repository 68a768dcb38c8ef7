"""One file -> its text, by the reader of its kind.

llama-index's own readers assume UTF-8, drop paragraph ends, headings and rows of tables, or read
chapters in the order of the archive rather than of the book. ``FileReader`` keeps its interface
(``BaseReader``), so that it can be handed to ``SimpleDirectoryReader``; the text is pypdf's,
python-docx', python-pptx', openpyxl's, EbookLib's and Beautiful Soup's.

A reader is a function from a path to (text, title, notes). Headings come out as ``#`` lines, tables
as a line per row; a note is a clause without the file's name.
"""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document as LlamaDocument

from workbench.corpus import archives, kinds
from workbench.corpus.decoding import decode
from workbench.corpus.kinds import Settings
from workbench.corpus.pages import chapter_text, read_page
from workbench.errors import WorkbenchError

Found = tuple[str, str, list[str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its name in an error, its reader, and what that raises on a damaged file."""

    name: str
    read: Callable[[Path, Settings], Found]
    damage: Callable[[], tuple[type[BaseException], ...]] = tuple


def _text(path: Path, settings: Settings) -> Found:
    text, note = decode(path.read_bytes(), path.name, settings.encoding)
    return text, "", [note]


def _page(path: Path, settings: Settings) -> Found:
    text, title, note = read_page(path.read_bytes(), path.name, settings.encoding)
    return text, title, [note]


def _epub(path: Path, settings: Settings) -> Found:
    """A book's chapters in the order of its spine, without its navigation pages."""
    from ebooklib import epub

    archives.check_archive(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = epub.read_epub(str(path), options={"ignore_ncx": True})
    pages = []
    for name, *_ in book.spine:
        item = book.get_item_with_id(name)
        if item is not None and not isinstance(item, epub.EpubNav | epub.EpubCoverHtml):
            pages.append(chapter_text(item.get_content()))
    titles = book.get_metadata("DC", "title")
    return "\n\n".join(p for p in pages if p), titles[0][0] if titles else "", []


def _pdf(path: Path, settings: Settings) -> Found:
    from workbench.corpus.pdf import read_pdf

    text, notes = read_pdf(path)
    return text, "", notes


def _word(path: Path, settings: Settings) -> Found:
    from workbench.corpus.word import read_word

    archives.check_office(path)
    return (*read_word(path), [])


def _slides(path: Path, settings: Settings) -> Found:
    from workbench.corpus.slides import read_slides

    archives.check_office(path)
    return read_slides(path)


def _workbook(path: Path, settings: Settings) -> Found:
    from workbench.corpus.sheets import read_workbook

    archives.check_office(path)
    return read_workbook(path)


def _csv(path: Path, settings: Settings) -> Found:
    from workbench.corpus.sheets import read_csv

    return read_csv(path, settings.encoding)


def _json(path: Path, settings: Settings) -> Found:
    from workbench.corpus.json_records import read_json

    return read_json(path, settings.encoding)


def _mail(path: Path, settings: Settings) -> Found:
    from workbench.corpus.mail import read_mail

    return read_mail(path)


def _picture(path: Path, settings: Settings) -> Found:
    from workbench.corpus.recognition import read_picture

    return read_picture(path)


def _speech(path: Path, settings: Settings) -> Found:
    from workbench.corpus.speech import read_speech

    return read_speech(path, settings.transcriber)


# What the libraries raise on damaged files; they are imported only where one failed.

_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_SHAPE = (KeyError, ValueError, AttributeError, TypeError, IndexError)


def _pdf_damage() -> tuple[type[BaseException], ...]:
    from pypdf.errors import PyPdfError

    return (PyPdfError, *_SHAPE)


def _epub_damage() -> tuple[type[BaseException], ...]:
    from ebooklib.epub import EpubException
    from lxml.etree import LxmlError

    return (EpubException, LxmlError, KeyError, AttributeError, *_ARCHIVE)


def _word_damage() -> tuple[type[BaseException], ...]:
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    return (OpcError, PythonDocxError, LxmlError, *_ARCHIVE, *_SHAPE)


def _slides_damage() -> tuple[type[BaseException], ...]:
    from lxml.etree import LxmlError
    from pptx.exc import PythonPptxError

    return (PythonPptxError, LxmlError, *_ARCHIVE, *_SHAPE)


def _workbook_damage() -> tuple[type[BaseException], ...]:
    from xml.etree.ElementTree import ParseError

    from lxml.etree import LxmlError
    from openpyxl.utils.exceptions import InvalidFileException

    return (InvalidFileException, LxmlError, ParseError, *_ARCHIVE, *_SHAPE)


def _picture_damage() -> tuple[type[BaseException], ...]:
    from PIL import Image, UnidentifiedImageError

    return (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError)


_PICTURE = Kind("a picture", _picture, _picture_damage)
_SOUND = Kind("a recording", _speech)
#: A suffix's kind.
READERS: dict[str, Kind] = {
    **dict.fromkeys(kinds.TEXTS, Kind("a text", _text)),
    **dict.fromkeys(kinds.PAGES, Kind("a page", _page)),
    ".epub": Kind("an EPUB", _epub, _epub_damage),
    ".pdf": Kind("a PDF", _pdf, _pdf_damage),
    ".docx": Kind("a Word document (.docx)", _word, _word_damage),
    ".pptx": Kind("a PowerPoint file (.pptx)", _slides, _slides_damage),
    ".xlsx": Kind("an Excel file (.xlsx)", _workbook, _workbook_damage),
    **dict.fromkeys((".csv", ".tsv"), Kind("a table", _csv)),
    **dict.fromkeys(kinds.RECORDS, Kind("JSON", _json, lambda: (RecursionError, ValueError))),
    **dict.fromkeys(kinds.MAILS, Kind("an e-mail", _mail, lambda: (RecursionError, *_SHAPE))),
    **dict.fromkeys(kinds.PICTURES, _PICTURE),
    **dict.fromkeys(kinds.SOUNDS, _SOUND),
}


class FileReader(BaseReader):  # type: ignore[misc]
    """Any file that the workbench reads, as a llama-index reader."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()

    def load_data(
        self, file: Path, extra_info: dict[str, Any] | None = None
    ) -> list[LlamaDocument]:
        """The file as one llama-index document, with its title and notes."""
        found = read(Path(file), self._settings)
        own = {"title": found.title, "notes": list(found.notes)}
        return [LlamaDocument(text=found.text, metadata=dict(extra_info or {}) | own)]


@dataclass(frozen=True, slots=True)
class Reading:
    """A file's text, the title its metadata states (may be empty), and what to tell of it."""

    text: str
    title: str = ""
    notes: tuple[str, ...] = ()


def read(path: Path, settings: Settings | None = None) -> Reading:
    """One file read.

    Raises WorkbenchError that names the file where it is missing, empty, locked, damaged, of
    another type, or holds no text, and where what would read it is not set up.
    """
    kind = READERS.get(path.suffix.lower())
    if kind is None:
        raise WorkbenchError(
            f"{path.name} is of a type that is not read ({path.suffix or 'no suffix'}).",
            f"Readable are {kinds.READABLE}.",
        )
    try:
        if path.stat().st_size == 0:
            raise WorkbenchError(f"{path.name} is empty.", "Give a file with text in it.")
        text, title, notes = _whole(path, kind, settings or Settings())
    except PermissionError as error:
        raise WorkbenchError(
            f"{path} may not be read by this user.", "Change its permissions and try again."
        ) from error
    except IsADirectoryError as error:
        raise WorkbenchError(f"{path} is a folder, not a file.", "Give a file.") from error
    notes = [note for note in notes if note]
    if not text.strip():
        told = f" ({'; '.join(notes)})" if notes else ""
        raise WorkbenchError(f"{path.name} holds no text{told}.", "Give a file with text in it.")
    return Reading(text, title, tuple(notes))


def _whole(path: Path, kind: Kind, settings: Settings) -> Found:
    """The file by its kind's reader; a WorkbenchError where the file is damaged."""
    try:
        return kind.read(path, settings)
    except (WorkbenchError, PermissionError, IsADirectoryError):
        raise
    # Looked up only where something was raised, since it imports what raises it.
    except kind.damage() as error:
        raise WorkbenchError(
            f"{path.name} cannot be read as {kind.name}: the file is damaged or of another type.",
            "Open it in the program that made it, save it anew, or give its text as .txt.",
        ) from error
