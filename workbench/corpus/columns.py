"""A page of two columns -> its text, the left column before the right one.

Told by where its pieces of text begin; of use wherever these have a place: in a PDF, or on a scan.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

#: Lines that a page must have in both columns, the share of its lines, and letters in each half.
COLUMN_LINES, COLUMN_SHARE, COLUMN_LETTERS = 8, 0.5, 15
#: Of a letter's size, the width that letters have on average.
LETTER_WIDTH = 0.45


@dataclass(frozen=True, slots=True)
class Piece:
    """Text as it was drawn: where it begins in points, from the left and from below."""

    x: float
    y: float
    size: float
    text: str


def by_column(pieces: list[Piece], left: float, width: float) -> str | None:
    """The text with the left column before the right one; None where that is not to be done."""
    lines: dict[int, list[Piece]] = {}
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


def _halves(line: list[Piece], edge: float) -> tuple[str, str]:
    """A line's text left and right of where the right column begins."""
    ordered = sorted(line, key=lambda piece: piece.x)
    return (
        " ".join(piece.text for piece in ordered if piece.x < edge),
        " ".join(piece.text for piece in ordered if piece.x >= edge),
    )
