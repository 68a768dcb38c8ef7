"""The findings on a page: sentences, pictures by Altair, tables with all their digits as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from html import escape
from typing import Any

import streamlit as st

from workbench.dashboard import components
from workbench.dashboard.views.pictures import DRAWN, SEEN, keys
from workbench.findings import Cell, Section, Statement, Table, View
from workbench.findings.pictures import Picture

BESIDE = 3
Rows = Sequence[Mapping[str, Any]]


def draw(
    view: View, section: Section, run: str, fold: str = "", head: bool = True, csv: Rows = ()
) -> None:
    """A section: what it says, its pictures, its tables, how to read them, and its parts.

    Nothing for one without anything to say. ``run`` begins the names of CSV files; the tables are
    folded away under ``fold``, where that is given; ``csv`` is as for :func:`table`.
    """
    if not section:
        return
    if head and section.title:
        st.header(section.title)
    say(section.statements)
    pictures(view, section.pictures)
    with st.expander(fold) if fold and section.tables else nullcontext():
        for item in section.tables:
            table(view, item, section.title, run, csv)
    notes(section.notes)
    for part in section.parts:
        if part.title and part:
            components.text(part.title, "wb-head")
        draw(view, part, run, head=False)


def say(statements: Iterable[Statement]) -> None:
    """Sentences: the first as a conclusion, the others as its points, cautions set apart."""
    told = list(statements)
    calm = [item for item in told if item.level != "caution"]
    for place, item in enumerate(calm):
        if place == 0:
            components.say(item.text())
        else:
            components.text(f"• {item.text()}", "")
    cautions(item for item in told if item.level == "caution")


def cautions(statements: Iterable[Statement]) -> None:
    """What is to be read before the result is relied on."""
    for item in statements:
        st.warning(components.markdown(item.text()), icon=":material/warning:")


def notes(statements: Iterable[Statement]) -> None:
    """How to read what stands above, in small type."""
    told = " ".join(item.text() for item in statements)
    if told:
        components.quiet(told)


def pictures(view: View, drawn: Iterable[Picture]) -> None:
    """Charts, several of them side by side under titles of their own."""
    shown = [picture for picture in drawn if type(picture) in DRAWN]
    for start in range(0, len(shown), BESIDE):
        row = shown[start : start + BESIDE]
        alone = len(shown) == 1 or len({type(picture) for picture in shown}) > 1
        # Not strict: the last row may have fewer pictures than columns.
        places: list[AbstractContextManager[Any]] = (
            [nullcontext() for _ in row] if alone else list(st.columns(BESIDE))
        )
        for place, picture in zip(places, row, strict=False):
            with place:
                if not alone:
                    components.text(picture.title, "wb-head")
                if parts := keys(picture, view.names):
                    components.legend(parts)
                chart = DRAWN[type(picture)](picture, view.names)
                components.chart(chart, f"{picture.title}: {SEEN[type(picture)]}")
                if caption := getattr(picture, "caption", ""):
                    components.quiet(caption)


def table(view: View, item: Table, caption: str, run: str, csv: Rows = ()) -> None:
    """A table in the page's style; ``csv``, or its own figures, to be downloaded."""
    kept = item.without("records")
    colours = components.colours(view.names)
    ceilings = {row.name for row in view.rows if row.is_ceiling}

    def cell(place: int, value: Cell) -> str:
        span = "" if kept.columns[place].kind == "part" else value.span
        shown = escape(value.shown) + (f" <small>{escape(span)}</small>" if span else "")
        mark = components.dot(colours[value.variant], "") if value.variant in colours else ""
        return mark + shown

    heads = [
        (components.dot(colours[column.variant], "") if column.variant in colours else "")
        + escape(column.title)
        for column in kept.columns
    ]
    rows = [[cell(place, value) for place, value in enumerate(row.cells)] for row in kept.rows]
    classes = [
        "apart" if row.variant in ceilings
        else "best" if row.variant and row.variant == item.bold else ""
        for row in kept.rows
    ]  # fmt: skip
    words = [place for place, column in enumerate(kept.columns) if column.kind == "words"]
    components.table(caption, heads, rows, classes, words)
    components.csv_button(f"{run}-{item.key}", csv or item.records(), f"csv_{item.key}")
