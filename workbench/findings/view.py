"""What every finding asks of results.json: names, figures with their places, words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from workbench import wording
from workbench.findings.values import Cell, Column, Figure, Level, Row, Statement, Table
from workbench.records.record import Number
from workbench.records.results import Results
from workbench.records.variants import VariantRow


class Estimated(Protocol):
    """Whatever has a value with two ends."""

    @property
    def value(self) -> Number | None: ...
    @property
    def low(self) -> Number | None: ...
    @property
    def high(self) -> Number | None: ...


class Differing(Protocol):
    """Whatever has a difference with two ends."""

    @property
    def difference(self) -> Number | None: ...
    @property
    def low(self) -> Number | None: ...
    @property
    def high(self) -> Number | None: ...


class View:
    """results.json with its words."""

    def __init__(self, results: Results, language: str = "en") -> None:
        self.results = results
        self.language = language
        self.words = wording.LANGUAGES[language]
        self.verdict = results.verdict
        self.metric = results.metric
        self.rows = results.variants
        self.names = results.names()
        self.colours = wording.colours(list(self.names))
        self.currency = results.prices.currency if results.prices else "USD"
        #: Whether the exam is of labelled messages, not of questions on a text.
        self.labelled = results.classes is not None
        #: The variant to adopt, or the one in front; empty where there is none.
        self.front = self.verdict.variant or self.verdict.leader or ""

    def say(self, key: str, **values: Any) -> str:
        """The words of that key with the values filled in."""
        return wording.say(key, self.language, **values)

    def name(self, variant: str) -> str:
        """A variant's short display name."""
        return self.names.get(variant, variant)

    def figure(self, value: Number | None, unit: str, at: str) -> Figure:
        """A number that is recorded at ``at``."""
        return wording.figure(value, unit, at, self.currency)

    def state(self, key: str, level: Level = "info", /, **values: Any) -> Statement:
        """A sentence; values made by :meth:`figure` keep their places."""
        return Statement(wording.statement(key, **values), level)

    def recorded(self, statements: Sequence[Any], plain: str = "") -> tuple[Statement, ...]:
        """Recorded sentences; as plain words where a version words them that is not this one."""
        found = tuple(Statement(item) for item in statements)
        try:
            for item in found:
                item.text(self.language)
        except (KeyError, TypeError):
            found = ()
        return found or ((Statement(plain),) if plain else ())

    # --- tables -----------------------------------------------------------------------------

    def head(self, *keys: str) -> tuple[Column, ...]:
        """Columns of figures under the words of these keys; an empty key has no words."""
        return tuple(Column(self.words[key] if key else "") for key in keys)

    def of_variants(self) -> tuple[Column, ...]:
        """A column for each variant."""
        return tuple(Column(row.short, variant=row.name) for row in self.rows)

    def who(self, variant: str) -> Cell:
        """A variant's mark and name."""
        return Cell(self.name(variant), variant=variant)

    def number(self, value: Number | None, unit: str, at: str) -> Cell:
        """A figure alone."""
        return Cell(self.figure(value, unit, at)) if value is not None else Cell(wording.NONE)

    def estimate(self, item: Estimated | None, at: str, unit: str = "points") -> Cell:
        """An estimate with its interval; a dash where there is none."""
        if item is None or item.value is None:
            return Cell(wording.NONE)
        missing = getattr(item, "missing", 0)
        note = self.say("missing_n", n=missing) if missing else ""
        return Cell(self.figure(item.value, unit, f"{at}/value"), item.low, item.high, note)

    def gap(self, item: Differing, at: str) -> Cell:
        """A difference with its interval."""
        if item.difference is None:
            return Cell(wording.NONE)
        figure = self.figure(item.difference, "difference", f"{at}/difference")
        return Cell(figure, item.low, item.high)

    def gap_beside(self, item: Differing, at: str) -> tuple[Cell, Cell]:
        """A difference and its interval in cells of their own, for long tables."""
        span = wording.interval(item.low, item.high, signed=True)
        return self.number(item.difference, "difference", f"{at}/difference"), Cell(span)

    def table(self, key: str, columns: Sequence[Column], rows: Sequence[Row]) -> Table:
        """A table in which the adopted variant stands out."""
        return Table(key, tuple(columns), tuple(rows), self.verdict.variant or "")

    def row(self, row: VariantRow, cells: Sequence[Cell], anchor: str = "") -> Row:
        """A row of a variant, its name before the cells."""
        return Row((self.who(row.name), *cells), row.name, f"{anchor}-{row.name}" if anchor else "")

    def money(self, row: VariantRow, part: str) -> Cell:
        """A part of a variant's cost; what is never paid is none."""
        value = getattr(row.cost, part) if row.cost else None
        if part in ("fixed", "per_update") and value == 0:
            return Cell(self.say("none"))
        return self.number(value, "money", f"{row.at}/cost/{part}")
