"""A table of a page or a Word file -> Markdown, a line per row, as the question writer reads it."""

from __future__ import annotations

from collections.abc import Sequence

#: Words of a cell beyond which a table is taken for a way to lay a page out.
LONGEST_CELL = 60


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """The rows as a Markdown table, its first row the head; cells as paragraphs where it is none.

    A table of one column, or with a cell as long as a paragraph, lays text out and holds no rows.
    """
    filled = [[" ".join(cell.split()) for cell in row] for row in rows if any(map(str.strip, row))]
    width = max(map(len, filled), default=0)
    longest = max((len(cell.split()) for row in filled for cell in row), default=0)
    if width < 2 or len(filled) < 2 or longest > LONGEST_CELL:
        return "\n\n".join(cell.strip() for row in rows for cell in row if cell.strip())
    lines = [_line([*row, *[""] * (width - len(row))]) for row in filled]
    return "\n".join([lines[0], _line(["---"] * width), *lines[1:]])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
