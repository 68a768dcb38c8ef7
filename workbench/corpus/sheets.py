"""Spreadsheets and tables of values -> text: small tables of a few rows, each below the head.

A row far below its head does not say what its values are, so the head comes again every few rows:
a passage holds rows with their headings. Rows whose cells are texts become "Name: value; …".
Values read as they are shown: formulas by their result, dates as they are written, percentages
and money with their sign. Excel by openpyxl in its read-only mode, which holds one row at a time;
CSV by the standard library.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.corpus.archives import check_size
from workbench.corpus.decoding import decode
from workbench.corpus.tables import table_text
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from openpyxl import Workbook

#: Cells that are looked at in a file, the empty ones to the left of a filled one included.
MOST_CELLS = 2_000_000
#: Lines of a CSV file by which its separator is told.
LOOKED_AT = 200
#: Words of a table with its head, which a passage holds whole; words of a cell that is a text.
TABLE_WORDS, LONG_CELL = 30, 25
_MONEY = re.compile(r"\[\$([^\]-]+)[^\]]*\]|([$€£¥₹₩])|\"([^\"]{1,4})\"")
_NUMBER = re.compile(
    r"[-+(]?[$€£¥]?\s?\d[\d.,\s]*[%)]?$|\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}$"
)
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_IS_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a cell shows, and whether it is words (a head is) rather than a value."""

    text: str
    words: bool


def read_csv(path: Path, encoding: str) -> tuple[str, str, list[str]]:
    """The rows of a CSV or TSV file, its separator found by its look, and notes."""
    check_size(path)
    raw, note = decode(path.read_bytes(), path.name, encoding)
    csv.field_size_limit(10_000_000)
    lines = raw.splitlines(keepends=True)
    # Excel's own way to name the separator.
    named = re.match(r"sep=(.)\s*$", lines[0]) if lines else None
    try:
        mark = named[1] if named else _separator(lines, path)
        rows = [
            [_Cell(" ".join(text.split()), not _NUMBER.match(text.strip())) for text in row]
            for row in csv.reader(lines[bool(named) :], delimiter=mark)
        ]
    except csv.Error as error:
        raise WorkbenchError(
            f"{path.name} cannot be read as a table ({error}).",
            "Open it in a spreadsheet program and save it anew as .csv in UTF-8.",
        ) from error
    _bounded(path, sum(map(len, rows)))
    return rows_text(rows), "", [note]


def _separator(lines: Sequence[str], path: Path) -> str:
    """The mark with which most rows have the same number of cells, more than one.

    Own, since the library's sniffer takes a mark within quotes, or a letter, for one.
    """
    if path.suffix.lower() == ".tsv":
        return "\t"

    def alike(mark: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in csv.reader(lines[:LOOKED_AT], delimiter=mark) if row)
        width, rows = max(widths.items(), key=itemgetter(1), default=(1, 0))
        return (rows / widths.total(), width) if width > 1 else (0.0, 0)

    return max(",;\t|", key=alike)


def read_workbook(path: Path) -> tuple[str, str, list[str]]:
    """The text of the sheets that are shown, each below its name, the title, and notes.

    Raises what openpyxl raises where the file is damaged.
    """
    import openpyxl

    shown = openpyxl.load_workbook(path, read_only=True, data_only=True)
    formulas = openpyxl.load_workbook(path, read_only=True)
    try:
        sheets = [s for s in shown.worksheets if s.sheet_state == "visible"]
        told = _Told(hidden_sheets=[s.title for s in shown.worksheets if s not in sheets])
        blocks, looked = [], 0
        for sheet in sheets:
            rows: list[list[_Cell]] = []
            for row in _rows(shown, formulas, sheet, told):
                looked += max(1, len(row))
                _bounded(path, looked)
                rows.append(row)
            text = rows_text(rows)
            if text:
                blocks.append(f"## {' '.join(sheet.title.split())}\n\n{text}")
        title = " ".join((shown.properties.title or "").split())
    finally:
        shown.close()
        formulas.close()
    return "\n\n".join(blocks), title, told.notes()


def rows_text(rows: Sequence[Sequence[_Cell]]) -> str:
    """Small tables, each with the head. The first row of words is the head; one cell is a line."""
    blocks: list[str] = []
    head: list[str] = []
    for filled, group in groupby(rows, key=lambda row: any(cell.text for cell in row)):
        if not filled:
            continue
        part = list(group)
        place = _head(part, bool(head))
        under: list[list[str]] = []
        for number, row in enumerate(part):
            texts = [cell.text for cell in row]
            if number == place:
                head = texts
            elif sum(map(bool, texts)) == 1 and (number < (place or 0) or not head):
                blocks += filter(None, texts)
            elif not any(head) or any(len(text.split()) > LONG_CELL for text in texts):
                blocks += [*_tables(head, under), _sentence(texts, head)]
                under = []
            else:
                under.append(texts)
        blocks += _tables(head, under)
    return "\n\n".join(blocks)


def _tables(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows in tables of some ``TABLE_WORDS`` words, each below the head."""
    used = [at for at in range(max(map(len, rows), default=0)) if any(_at(r, at) for r in rows)]
    if len(used) == 1:
        yield from (_sentence(row, head) for row in rows)
        return
    shown = [[_at(row, at) for at in used] for row in [head, *rows]]
    words = [sum(len(cell.split()) for cell in row) for row in shown]
    first = 1
    while first < len(shown):
        last, size = first + 1, words[0] + words[first]
        while last < len(shown) and size + words[last] <= TABLE_WORDS:
            size += words[last]
            last += 1
        yield table_text([shown[0], *shown[first:last]])
        first = last


def _at(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _head(part: Sequence[Sequence[_Cell]], one_above: bool) -> int | None:
    """Where in a block of rows its head stands: the first row of several cells, all of words.

    Below another table that is a new head only where a value stands under its words: it may be
    one more row of words.
    """
    for number, row in enumerate(part):
        filled = [cell for cell in row if cell.text]
        if len(filled) < 2:
            continue
        below = part[number + 1 :]
        values = any(not cell.words and cell.text for line in below for cell in line)
        if all(cell.words for cell in filled) and below and (values or not one_above):
            return number
        return None
    return None


def _sentence(row: Sequence[str], head: Sequence[str]) -> str:
    """A row whose cells are texts: "Name: value; …"."""
    parts = [
        f"{_at(head, place)}: {text}" if _at(head, place) else text
        for place, text in enumerate(row)
        if text
    ]
    text = "; ".join(parts)
    return text if text.endswith((".", "!", "?", "。")) else f"{text}."


def _bounded(path: Path, cells: int) -> None:
    if cells > MOST_CELLS:
        raise WorkbenchError(
            f"{path.name} holds more than the {MOST_CELLS:,} cells that are read.",
            "Save the sheets and columns that matter as a file of their own.",
        )


# --- Excel -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Told:
    """What of a workbook is to be told."""

    hidden_sheets: list[str]
    hidden_rows: int = 0
    hidden_columns: int = 0
    unknown: int = 0
    errors: int = 0

    def notes(self) -> list[str]:
        notes = []
        if self.hidden_sheets:
            notes.append(f"hidden sheets were left out ({', '.join(self.hidden_sheets[:5])})")
        if self.hidden_rows or self.hidden_columns:
            notes.append(
                f"{self.hidden_rows} hidden rows and {self.hidden_columns} hidden columns were "
                "left out"
            )
        if self.unknown:
            notes.append(
                f"{self.unknown} formulas have no stored result and were left out; open the file "
                "in a spreadsheet program and save it"
            )
        if self.errors:
            notes.append(f"{self.errors} cells that show an error were left out")
        return notes


def _rows(shown: Workbook, formulas: Workbook, sheet: Any, told: _Told) -> Iterator[list[_Cell]]:
    """The rows of a sheet without what is hidden, an empty one for each gap."""
    hidden_rows, hidden_columns = _hidden(sheet)
    other: Any = formulas[sheet.title]
    # A sheet may claim a million columns; without its claim rows end at their last cell.
    for one in (sheet, other):
        one.reset_dimensions()
    told.hidden_columns += len(hidden_columns)
    for number, (row, sources) in enumerate(
        zip(sheet.iter_rows(), other.iter_rows(), strict=False), 1
    ):
        if number in hidden_rows:
            told.hidden_rows += 1
            continue
        cells: list[_Cell] = []
        for place, (cell, source) in enumerate(zip(row, sources, strict=False), 1):
            if place in hidden_columns:
                continue
            told.unknown += cell.value is None and getattr(source, "data_type", "") == "f"
            told.errors += getattr(cell, "data_type", "") == "e"
            cells.append(_shown(cell))
        yield cells


def _hidden(sheet: Any) -> tuple[set[int], set[int]]:
    """The numbers of hidden rows and columns, which openpyxl's read-only mode does not tell."""
    raw = sheet.parent._archive.read(sheet._worksheet_path)
    rows: set[int] = set()
    columns: set[int] = set()
    for marks in _marked(_ROW, raw):
        rows.update(_numbers(marks, rb'\br="(\d+)"'))
    for marks in _marked(_COLUMN, raw):
        low, high = _numbers(marks, rb'\bmin="(\d+)"'), _numbers(marks, rb'\bmax="(\d+)"')
        if low and high:
            # Excel has 16,384 columns; a file may hide all that follow its own.
            columns.update(range(low[0], min(high[0], 16_384) + 1))
    return rows, columns


def _marked(pattern: re.Pattern[bytes], raw: bytes) -> Iterable[bytes]:
    return (m[1] for m in pattern.finditer(raw) if _IS_HIDDEN.search(m[1]))


def _numbers(marks: bytes, pattern: bytes) -> list[int]:
    return [int(match) for match in re.findall(pattern, marks)]


def _shown(cell: Any) -> _Cell:
    """A cell as a reader of the sheet sees it."""
    value, form = cell.value, str(getattr(cell, "number_format", "") or "")
    if value is None or getattr(cell, "data_type", "") == "e":
        return _Cell("", False)
    if isinstance(value, str):
        text = " ".join(value.split())
        return _Cell(text, not _NUMBER.match(text))
    if isinstance(value, bool):
        return _Cell("yes" if value else "no", False)
    if isinstance(value, int | float):
        return _Cell(_figure(value, form), False)
    return _Cell(_date(value), False)


def _figure(value: float, form: str) -> str:
    """A number with the sign its format gives it, without the noise of binary fractions.

    >>> _figure(0.125, "0.0%"), _figure(1250, '"£"#,##0.00'), _figure(0.1 + 0.2, "General")
    ('12.5%', '£1,250.00', '0.3')
    """
    if "%" in form:
        return f"{value * 100:.10g}%"
    money = _MONEY.search(form)
    sign = next(filter(None, money.groups()), "").strip() if money else ""
    if sign:
        places = 2 if "0.00" in form or value != int(value) else 0
        shown = f"{abs(value):,.{places}f}"
        shown = f"{sign}{shown}" if len(sign) == 1 else f"{shown} {sign}"
        return f"-{shown}" if value < 0 else shown
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _date(value: Any) -> str:
    """A date, a time or a span of time as it is written in a text."""
    if isinstance(value, dt.datetime):
        day = f"{value.day} {value:%B} {value.year}"
        return day if value.time() == dt.time() else f"{day}, {value:%H:%M}"
    if isinstance(value, dt.date):
        return f"{value.day} {value:%B} {value.year}"
    return f"{value:%H:%M}" if isinstance(value, dt.time) else str(value)
