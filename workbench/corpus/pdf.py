"""A PDF -> text by pypdf, columns told apart, scanned pages recognised or counted.

pypdf gives the text of a page in the order in which it was drawn. A page in two columns that was
drawn line by line across both reads as nonsense that way; it is told by where its pieces begin and
is read column by column instead.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.corpus import recognition
from workbench.corpus.columns import Piece, by_column
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from pypdf import PageObject

#: Fewer words than this on a page with a picture are a stamp or a page's number on a scan.
FEW_WORDS = 5


def read_pdf(path: Path) -> tuple[str, list[str]]:
    """The text of all pages, and notes: pages that are pictures, pages in two columns.

    Pages that are pictures are recognised where the extra ``ocr`` is installed.

    A PDF whose password is empty, as many are that may be read and not changed, is opened. Raises
    WorkbenchError where it asks for a password, and what pypdf raises where it is damaged.
    """
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    with path.open("rb") as stream:
        pdf = PdfReader(stream)
        if pdf.is_encrypted and not pdf.decrypt(""):
            raise WorkbenchError(
                f"{path.name} is locked with a password.",
                "Save an unlocked copy (print it to PDF, say) and give that.",
            )
        pages: list[str] = []
        pictures: list[int] = []
        columns = 0
        for number, page in enumerate(pdf.pages):
            text, in_columns = _page(page)
            pages.append(text)
            columns += in_columns
            if len(text.split()) < FEW_WORDS and _has_picture(page):
                pictures.append(number)
    notes = _recognized(path, pages, pictures) if pictures else []
    if columns:
        notes.append(f"{columns} of {len(pages)} pages were read as two columns, left before right")
    return "\n".join(pages), notes


def _recognized(path: Path, pages: list[str], pictures: list[int]) -> list[str]:
    """Put the recognised text of the pages that are pictures in their place; what to tell."""
    told = f"{len(pictures)} of {len(pages)} pages hold no text; they are pictures"
    if not recognition.is_installed():
        return [f"{told}, which need text recognition first ({recognition.EXTRA})"]
    texts, note = recognition.read_pages(path, pictures)
    for number, text in texts.items():
        pages[number] = text or pages[number]
    return [f"{told}, and their {note}"]


def _has_picture(page: PageObject) -> bool:
    """Whether a page draws an image or a form, without decoding it."""
    resources = page.get("/Resources")
    drawn = resources.get_object().get("/XObject") if resources is not None else None
    return bool(drawn is not None and drawn.get_object())


def _page(page: PageObject) -> tuple[str, bool]:
    """The text of a page, and whether it was put into the order of two columns."""
    pieces: list[Piece] = []

    def keep(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        if text.strip():
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            pieces.append(Piece(x, y, abs(size * tm[0] * cm[0]) or 10.0, text.strip()))

    text = page.extract_text(visitor_text=keep)
    ordered = by_column(pieces, float(page.mediabox.left), float(page.mediabox.width))
    return (text, False) if ordered is None else (ordered, True)
