"""One file -> its text, by the llama-index reader of its type.

llama-index's own readers take PDF and Word. Its text, HTML and EPUB readers assume UTF-8, drop
paragraph ends, or read chapters in the order of the archive rather than of the book; for these
types the readers here keep its interface (``BaseReader``), so that any of them can be handed to
``SimpleDirectoryReader`` and any reader of LlamaHub can take their place.
"""

from __future__ import annotations

import logging
import re
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document as LlamaDocument

from workbench.corpus.decoding import decode
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

BLOCKS = re.compile(
    r"p|div|section|article|li|[uod]l|d[td]|table|tr|blockquote|pre|h[1-6]|hr|figure|figcaption|"
    r"main|body|aside|header|footer"
)
DROPPED = ("script", "style", "nav", "head", "noscript", "template", "svg")
HEADINGS = {f"h{depth}": "#" * depth for depth in range(1, 7)}


class TextReader(BaseReader):  # type: ignore[misc]
    """Plain text and Markdown in any common encoding."""

    def load_data(
        self, file: Path, extra_info: dict[str, Any] | None = None
    ) -> list[LlamaDocument]:
        """The file as one llama-index document."""
        return [LlamaDocument(text=decode(file.read_bytes(), file.name), metadata=extra_info or {})]


class HtmlReader(BaseReader):  # type: ignore[misc]
    """HTML, its headings as Markdown headings and its blocks as paragraphs."""

    def load_data(
        self, file: Path, extra_info: dict[str, Any] | None = None
    ) -> list[LlamaDocument]:
        """The page as one llama-index document."""
        return [LlamaDocument(text=_page_text(file.read_bytes()), metadata=extra_info or {})]


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
                pages.append(_page_text(item.get_content()))
        titles = book.get_metadata("DC", "title")
        metadata = dict(extra_info or {}) | ({"title": titles[0][0]} if titles else {})
        return [LlamaDocument(text="\n\n".join(p for p in pages if p), metadata=metadata)]


def _page_text(raw: bytes) -> str:
    """The visible text of an HTML page; the encoding is the page's own or detected."""
    from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        soup: BeautifulSoup = BeautifulSoup(raw, "html.parser")
    for tag in soup(DROPPED):
        tag.decompose()
    pieces: list[str] = []
    _walk(soup, pieces)
    paragraphs = (" ".join(p.split(" ")).strip() for p in "".join(pieces).split("\n\n"))
    return "\n\n".join(p for p in paragraphs if p)


def _walk(root: BeautifulSoup | Tag, pieces: list[str]) -> None:
    """Append the text of ``root`` in order, ``\\n\\n`` around blocks; no recursion, any depth."""
    from bs4.element import Comment, NavigableString, PreformattedString, Tag

    # Whether a node stands in <pre> goes down with it: looked up for each, it would take quadratic
    # time in deep pages.
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, pre = stack.pop()
        if isinstance(node, str) and not isinstance(node, NavigableString):
            pieces.append(node)
        elif isinstance(node, Comment | PreformattedString):
            continue
        elif isinstance(node, NavigableString):
            text = str(node)
            if pre:
                pieces.append(text)
            else:
                blank_before = text[:1].isspace()
                blank_after = text[-1:].isspace()
                core = " ".join(text.split())
                pieces.append(
                    (" " if blank_before and core else "")
                    + core
                    + (" " if blank_after or (blank_before and not core) else "")
                )
        elif isinstance(node, Tag):
            if node.name == "br":
                pieces.append("\n")
                continue
            edge = "\n\n" if BLOCKS.fullmatch(node.name) else ""
            opening = f"{edge}{HEADINGS[node.name]} " if node.name in HEADINGS else edge
            within = pre or node.name == "pre"
            stack.append((edge, within))
            stack.extend((child, within) for child in reversed(list(node.children)))
            stack.append((opening, within))


def _pdf(path: Path) -> LlamaDocument:
    from llama_index.readers.file import PDFReader
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError
    from tenacity import RetryError

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        with path.open("rb") as stream:
            pdf = PdfReader(stream)
            if pdf.is_encrypted and not pdf.decrypt(""):
                raise WorkbenchError(
                    f"{path.name} is locked with a password.",
                    "Save an unlocked copy (print it to PDF, say) and give that.",
                )
        documents = PDFReader(return_full_document=True).load_data(path)
    except (PyPdfError, RetryError, ValueError, KeyError, TypeError, OSError) as error:
        raise _damaged(path, "a PDF") from error
    return documents[0]


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


def _docx(path: Path) -> LlamaDocument:
    from xml.etree.ElementTree import ParseError

    from llama_index.readers.file import DocxReader

    try:
        _check_archive(path)
        return DocxReader().load_data(path)[0]
    except (zipfile.BadZipFile, KeyError, ParseError, OSError) as error:
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


READERS = {
    ".txt": lambda path: TextReader().load_data(path)[0],
    ".md": lambda path: TextReader().load_data(path)[0],
    ".markdown": lambda path: TextReader().load_data(path)[0],
    ".html": lambda path: HtmlReader().load_data(path)[0],
    ".htm": lambda path: HtmlReader().load_data(path)[0],
    ".xhtml": lambda path: HtmlReader().load_data(path)[0],
    ".epub": _epub,
    ".pdf": _pdf,
    ".docx": _docx,
}


def read(path: Path) -> tuple[str, str]:
    """The text of one file and the title its metadata states (may be empty).

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
        document = reader(path)
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
    return document.text, str(document.metadata.get("title", ""))
