"""A PDF -> text by pypdf, columns told apart, pages without text counted.

pypdf gives the text of a page in the order in which it was drawn. A page in two columns that was
drawn line by line across both reads as nonsense that way; it is told by where its pieces begin and
is read column by column instead.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from pypdf import PageObject

#: Fewer words than this on a page with a picture are a stamp or a page's number on a scan.
FEW_WORDS = 5
#: Lines that a page must have in both columns, the share of its lines, and letters in each half.
COLUMN_LINES, COLUMN_SHARE, COLUMN_LETTERS = 8, 0.5, 15
#: Of a letter's size, the width that letters have on average.
LETTER_WIDTH = 0.45


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text as it was drawn: where it begins in points, from the left and from below."""

    x: float
    y: float
    size: float
    text: str


def read_pdf(path: Path) -> tuple[str, list[str]]:
    """The text of all pages, and notes: pages that are pictures, pages in two columns.

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
        pages, pictures, columns = [], 0, 0
        for page in pdf.pages:
            text, in_columns = _page(page)
            pages.append(text)
            columns += in_columns
            pictures += len(text.split()) < FEW_WORDS and _has_picture(page)
    notes = []
    if pictures:
        notes.append(
            f"{pictures} of {len(pages)} pages hold no text; they are pictures, which need text "
            "recognition first"
        )
    if columns:
        notes.append(f"{columns} of {len(pages)} pages were read as two columns, left before right")
    return "\n".join(pages), notes


def _has_picture(page: PageObject) -> bool:
    """Whether a page draws an image or a form, without decoding it."""
    resources = page.get("/Resources")
    drawn = resources.get_object().get("/XObject") if resources is not None else None
    return bool(drawn is not None and drawn.get_object())


def _page(page: PageObject) -> tuple[str, bool]:
    """The text of a page, and whether it was put into the order of two columns."""
    pieces: list[_Piece] = []

    def keep(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        if text.strip():
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            pieces.append(_Piece(x, y, abs(size * tm[0] * cm[0]) or 10.0, text.strip()))

    text = page.extract_text(visitor_text=keep)
    ordered = _by_column(pieces, float(page.mediabox.left), float(page.mediabox.width))
    return (text, False) if ordered is None else (ordered, True)


def _by_column(pieces: list[_Piece], left: float, width: float) -> str | None:
    """The text with the left column before the right one; None where that is not to be done."""
    lines: dict[int, list[_Piece]] = {}
    for piece in pieces:
        lines.setdefault(round(piece.y), []).append(piece)
    middle = [round(p.x) for p in pieces if 0.35 < (p.x - left) / width < 0.65]
    if not middle:
        return None
    edge = Counter(middle).most_common(1)[0][0] - 2
    halves = {y: _halves(line, edge) for y, line in lines.items()}
    both = [(a, b) for a, b in halves.values() if min(len(a), len(b)) >= COLUMN_LETTERS]
    crossings = sum((a.x < edge) != (b.x < edge) for a, b in pairwise(pieces))
    if (
        len(both) < max(COLUMN_LINES, COLUMN_SHARE * len(lines))
        # Drawn column by column: the order is right as it is.
        or crossings < len(both)
    ):
        return None
    result: list[str] = []
    columns: tuple[list[str], list[str]] = ([], [])
    for y in sorted(lines, reverse=True):
        first, second = halves[y]
        line = sorted(lines[y], key=lambda piece: piece.x)
        reach = line[-1].x + len(line[-1].text) * line[-1].size * LETTER_WIDTH
        if not second and reach > edge + 10:
            # A heading or a line across both columns: what stands above it comes before it.
            result += [*columns[0], *columns[1], first]
            columns = ([], [])
            continue
        columns[0].extend([first] if first else [])
        columns[1].extend([second] if second else [])
    return "\n".join([*result, *columns[0], *columns[1]])


def _halves(line: list[_Piece], edge: float) -> tuple[str, str]:
    """A line's text left and right of where the right column begins."""
    ordered = sorted(line, key=lambda piece: piece.x)
    return (
        " ".join(piece.text for piece in ordered if piece.x < edge),
        " ".join(piece.text for piece in ordered if piece.x >= edge),
    )
