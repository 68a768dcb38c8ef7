"""One file -> its text, by the llama-index reader of its type.

llama-index's own readers assume UTF-8, drop paragraph ends, headings and rows of tables, or read
chapters in the order of the archive rather than of the book. The readers here keep its interface
(``BaseReader``), so that any of them can be handed to ``SimpleDirectoryReader`` and any reader of
LlamaHub can take their place; the text is pypdf's, python-docx', EbookLib's and Beautiful Soup's.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document as LlamaDocument

from workbench.corpus.decoding import decode
from workbench.corpus.pages import chapter_text, read_page
from workbench.errors import WorkbenchError


class TextReader(BaseReader):  # type: ignore[misc]
    """Plain text and Markdown in any common encoding, or in the one that is stated."""

    def __init__(self, encoding: str = "auto") -> None:
        self._encoding = encoding

    def load_data(
        self, file: Path, extra_info: dict[str, Any] | None = None
    ) -> list[LlamaDocument]:
        """The file as one llama-index document."""
        text, note = decode(file.read_bytes(), file.name, self._encoding)
        return [_document(text, extra_info, notes=[note])]


class HtmlReader(BaseReader):  # type: ignore[misc]
    """HTML, its headings as Markdown headings, its tables as rows, its blocks as paragraphs."""

    def __init__(self, encoding: str = "auto") -> None:
        self._encoding = encoding

    def load_data(
        self, file: Path, extra_info: dict[str, Any] | None = None
    ) -> list[LlamaDocument]:
        """The page as one llama-index document, with its title."""
        text, title, note = read_page(file.read_bytes(), file.name, self._encoding)
        return [_document(text, extra_info, title, [note])]


class EpubReader(BaseReader):  # type: ignore[misc]
    """An EPUB's chapters in the order of its spine, without its navigation pages."""

    def load_data(
        self, file: Path, extra_info: dict[str, Any] | None = None
    ) -> list[LlamaDocument]:
        """The book as one llama-index document."""
        from ebooklib import epub

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = epub.read_epub(str(file), options={"ignore_ncx": True})
        pages = []
        for name, *_ in book.spine:
            item = book.get_item_with_id(name)
            if item is not None and not isinstance(item, epub.EpubNav | epub.EpubCoverHtml):
                pages.append(chapter_text(item.get_content()))
        titles = book.get_metadata("DC", "title")
        text = "\n\n".join(p for p in pages if p)
        return [_document(text, extra_info, titles[0][0] if titles else "")]


class PdfReader(BaseReader):  # type: ignore[misc]
    """A PDF, page by page, with notes on what of it could not be read."""

    def load_data(
        self, file: Path, extra_info: dict[str, Any] | None = None
    ) -> list[LlamaDocument]:
        """The file as one llama-index document."""
        from workbench.corpus.pdf import read_pdf

        text, notes = read_pdf(file)
        return [_document(text, extra_info, notes=notes)]


class WordReader(BaseReader):  # type: ignore[misc]
    """A Word file, its headings as Markdown headings and its tables as rows."""

    def load_data(
        self, file: Path, extra_info: dict[str, Any] | None = None
    ) -> list[LlamaDocument]:
        """The file as one llama-index document, with its title."""
        from workbench.corpus.word import read_word

        text, title = read_word(file)
        return [_document(text, extra_info, title)]


def _document(
    text: str, extra_info: dict[str, Any] | None, title: str = "", notes: list[str] | None = None
) -> LlamaDocument:
    """A llama-index document that carries title and notes beside what the caller knows of it."""
    own = {"title": title, "notes": [note for note in notes or [] if note]}
    return LlamaDocument(text=text, metadata=dict(extra_info or {}) | own)


#: Members of an archive that hold text; pictures and fonts are not unpacked.
_TEXT_MEMBERS = (".xml", ".xhtml", ".html", ".htm", ".rels", ".opf", ".ncx", ".txt", ".css")
#: Bytes of text that an archive may unpack to: some 60 novels.
LARGEST_ARCHIVE = 64 * 1024 * 1024


def _check_archive(path: Path) -> None:
    """WorkbenchError where an archive would unpack to more than any book: a bomb, or a mistake."""
    with zipfile.ZipFile(path) as archive:
        size = sum(
            member.file_size
            for member in archive.infolist()
            if member.filename.lower().endswith(_TEXT_MEMBERS)
        )
    if size > LARGEST_ARCHIVE:
        raise WorkbenchError(
            f"{path.name} unpacks to {size / 2**20:,.0f} MB of text, more than the "
            f"{LARGEST_ARCHIVE / 2**20:,.0f} MB that are read.",
            "Split it, or give its text as .txt.",
        )


def _pdf(path: Path) -> LlamaDocument:
    from pypdf.errors import PyPdfError

    try:
        return PdfReader().load_data(path)[0]
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise _damaged(path, "a PDF") from error


def _docx(path: Path) -> LlamaDocument:
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    damage = (zipfile.BadZipFile, OpcError, PythonDocxError, LxmlError, KeyError, ValueError)
    try:
        _check_archive(path)
        return WordReader().load_data(path)[0]
    except (*damage, AttributeError) as error:
        raise _damaged(path, "a Word document (.docx)") from error


def _epub(path: Path) -> LlamaDocument:
    from ebooklib.epub import EpubException
    from lxml.etree import LxmlError

    try:
        _check_archive(path)
        return EpubReader().load_data(path)[0]
    except (EpubException, zipfile.BadZipFile, LxmlError, KeyError, AttributeError) as error:
        raise _damaged(path, "an EPUB") from error


def _damaged(path: Path, kind: str) -> WorkbenchError:
    return WorkbenchError(
        f"{path.name} cannot be read as {kind}: the file is damaged or of another type.",
        "Open it in the program that made it, save it anew, or give its text as .txt.",
    )


def _text(path: Path, encoding: str) -> LlamaDocument:
    return TextReader(encoding).load_data(path)[0]


def _html(path: Path, encoding: str) -> LlamaDocument:
    return HtmlReader(encoding).load_data(path)[0]


#: A suffix's reader of a path and an encoding; types that say their encoding ignore the latter.
READERS: dict[str, Callable[[Path, str], LlamaDocument]] = {
    ".txt": _text,
    ".md": _text,
    ".markdown": _text,
    ".html": _html,
    ".htm": _html,
    ".xhtml": _html,
    ".epub": lambda path, _: _epub(path),
    ".pdf": lambda path, _: _pdf(path),
    ".docx": lambda path, _: _docx(path),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A file's text, the title its metadata states (may be empty), and what to tell of it."""

    text: str
    title: str = ""
    notes: tuple[str, ...] = ()


def read(path: Path, encoding: str = "auto") -> Reading:
    """One file read. ``encoding`` is that of text files and pages; "auto" finds out.

    Raises WorkbenchError that names the file where it is missing, empty, locked, damaged, of
    another type, or holds no text.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise WorkbenchError(
            f"{path.name} is of a type that is not read ({path.suffix or 'no suffix'}).",
            f"Readable are {', '.join(READERS)}.",
        )
    try:
        if path.stat().st_size == 0:
            raise WorkbenchError(f"{path.name} is empty.", "Give a file with text in it.")
        document = reader(path, encoding)
    except PermissionError as error:
        raise WorkbenchError(
            f"{path} may not be read by this user.", "Change its permissions and try again."
        ) from error
    except IsADirectoryError as error:
        raise WorkbenchError(f"{path} is a folder, not a file.", "Give a file.") from error
    if not document.text.strip():
        scan = " (pages that are pictures need text recognition first)"
        raise WorkbenchError(
            f"{path.name} holds no text{scan if path.suffix.lower() == '.pdf' else ''}.",
            "Give a file with text in it.",
        )
    metadata = document.metadata
    return Reading(document.text, str(metadata.get("title", "")), tuple(metadata.get("notes", ())))
