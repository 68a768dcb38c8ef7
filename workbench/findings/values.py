"""What a result says, as plain values that the terminal, Markdown, HTML and the dashboard render.

A figure is what :func:`workbench.wording.figure` makes: a number, its unit, and the JSON pointer
into results.json that it is read from. A renderer chooses how things look, never what they say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from workbench import wording
from workbench.findings.pictures import Picture
from workbench.records.record import Number

Figure: TypeAlias = Mapping[str, Any]
#: ``caution``: to be read before the result is relied on.
Level = Literal["info", "caution"]
#: ``records`` names files of the run, for the page that links to them; ``aside`` is a figure that
#: the page has a table of its own for; ``part`` one whose interval only the page has room for;
#: ``words`` is running text.
Kind = Literal["figure", "part", "words", "records", "aside"]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence: a statement of :mod:`workbench.wording`, or an older run's plain words."""

    words: Figure | str
    level: Level = "info"
    #: Plain text that follows, and the id by which the page links to the sentence.
    after: str = ""
    anchor: str = ""

    def text(self, language: str = "en") -> str:
        """The sentence as every renderer shows it."""
        told = self.words
        return (told if isinstance(told, str) else wording.text(told, language)) + self.after


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure with the ends of its interval, or words; ``variant`` is whose mark stands before."""

    value: Figure | str
    low: Number | None = None
    high: Number | None = None
    note: str = ""
    variant: str = ""
    #: Words and the file of the run that they lead to.
    links: tuple[tuple[str, str], ...] = ()
    anchor: str = ""

    @property
    def shown(self) -> str:
        """The figure as it is displayed."""
        return wording.show_value(self.value)

    @property
    def span(self) -> str:
        """The interval as it is displayed, and the note; empty where there is neither."""
        told = [self.note] if self.note else []
        if self.low is not None and self.high is not None:
            unit = self.value["unit"] if isinstance(self.value, Mapping) else "points"
            show = wording.FORMATS["points" if unit == "loss" else unit]
            told.insert(0, f"[{show(self.low)}, {show(self.high)}]")
        return " ".join(told)

    @property
    def text(self) -> str:
        """All of it on one line."""
        return f"{self.shown} {self.span}".strip()


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; ``variant`` is whose figures stand below it."""

    title: str
    kind: Kind = "figure"
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells, one per column; ``variant`` is whose they are, ``anchor`` the row's id on the page."""

    cells: tuple[Cell, ...]
    variant: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; ``bold`` is the variant whose row stands out."""

    key: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    bold: str = ""

    def plain(self) -> tuple[list[str], list[list[str]]]:
        """Headings and rows as text, without the files."""
        kept = self.without("records")
        rows = [
            [cell.shown if column.kind == "part" else cell.text
             for cell, column in zip(row.cells, kept.columns, strict=True)]
            for row in kept.rows
        ]  # fmt: skip
        return [column.title for column in kept.columns], rows

    def records(self) -> list[dict[str, Any]]:
        """Every row with all its digits, by the headings; intervals in columns of their own."""
        result = []
        kept = self.without("records")
        for row in kept.rows:
            record: dict[str, Any] = {"variant": row.variant} if row.variant else {}
            for column, cell in zip(kept.columns, row.cells, strict=True):
                name = column.title or "name"
                record[name] = (
                    cell.value["value"] if isinstance(cell.value, Mapping) else cell.value
                )
                if cell.low is not None and cell.high is not None:
                    record |= {f"{name}, low": cell.low, f"{name}, high": cell.high}
            result.append(record)
        return result

    def without(self, *kinds: Kind) -> Table:
        """The table without the columns of these kinds."""
        kept = [at for at, column in enumerate(self.columns) if column.kind not in kinds]
        rows = tuple(
            Row(tuple(row.cells[at] for at in kept), row.variant, row.anchor) for row in self.rows
        )
        return Table(self.key, tuple(self.columns[at] for at in kept), rows, self.bold)


@dataclass(frozen=True, slots=True)
class Section:
    """One subject: how to read it (``notes``), what it says, pictures, tables, and its parts.

    Every renderer tells the statements of a ``chief`` section; the others are details for those
    who read the report or the page on the subject.
    """

    id: str
    title: str
    notes: tuple[Statement, ...] = ()
    statements: tuple[Statement, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    parts: tuple[Section, ...] = ()
    chief: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.statements or self.pictures or self.tables or any(self.parts))

    def every_statement(self) -> Iterator[Statement]:
        """Its statements and those of its parts, without the notes."""
        yield from self.statements
        for part in self.parts:
            yield from part.every_statement()


def key(name: str) -> str:
    """A name as part of a JSON pointer, whatever it holds (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
