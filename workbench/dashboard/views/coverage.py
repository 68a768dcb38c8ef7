"""What of the text the exam asks about, by name: sections, chapters, documents, people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import altair as alt
import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.app import records
from workbench.dashboard.queries import coverage, runs
from workbench.dashboard.queries.coverage import Part
from workbench.dashboard.queries.records import signature
from workbench.dashboard.views import charts

PER_PAGE = 50
#: Cells of the map in one row, at most; what is not asked about stays hollow.
WIDE = 20
SECTIONS, CHAPTERS, DOCUMENTS, NAMES = "Sections", "Chapters", "Documents", "People and other names"
WHAT = {SECTIONS: "sections", CHAPTERS: "chapters", DOCUMENTS: "documents", NAMES: "names"}


def draw(run: runs.Snapshot) -> None:
    """The map of the sections, and a table by what the reader chooses."""
    placed = _sections(str(run.path), signature(run.path))
    if not placed:
        components.quiet("This run holds no sections.")
        return
    sections = [part for _, part in placed]
    _sentence(sections)
    _map(sections)
    chapters, documents = coverage.chapters(sections), coverage.documents(placed)
    views: dict[str, Sequence[Part] | None] = {}
    if len(chapters) < len(sections):
        views[CHAPTERS] = chapters
    views[SECTIONS] = sections
    if len(documents) > 1:
        views[DOCUMENTS] = documents
    if (run.manifest.corpus.language or "en").startswith("en"):
        views[NAMES] = None
    chosen = st.segmented_control("By", list(views), default=next(iter(views)), required=True,
                                  key=f"coverage_{run.id}")  # fmt: skip
    parts = views[chosen]
    if parts is None:
        parts = _names(str(run.path), signature(run.path))
        components.quiet(
            f"What the text writes as a name {coverage.FEWEST_MENTIONS} times or more, the most "
            "frequent first. A question counts for every name in it or in its answers. Capital "
            "letters tell a name, so that a few are none."
        )
    _table(run, chosen, parts)


# ``mark`` is part of the key only: the files are read once per state of them, for all viewers.
@st.cache_data(max_entries=8, show_spinner=False)
def _sections(path: str, mark: tuple[Any, ...]) -> list[tuple[str, Part]]:
    run = runs.open_run(Path(path))
    return coverage.by_section(run, records(run))


@st.cache_data(max_entries=8, show_spinner="Looking for the names in the text…")
def _names(path: str, mark: tuple[Any, ...]) -> list[Part]:
    run = runs.open_run(Path(path))
    return coverage.by_name(run, records(run))


def _sentence(sections: Sequence[Part]) -> None:
    silent = [part for part in sections if not part.asked]
    untrained = sum(part.trained == 0 for part in sections)
    components.say(
        f"The exam asks about {len(sections) - len(silent):,} of {len(sections):,} sections; "
        f"{untrained:,} were left untrained on purpose or for want of facts."
    )


def _map(sections: Sequence[Part]) -> None:
    """Every section as a cell, by how many questions ask about it."""
    wide = min(WIDE, max(4, len(sections)))
    cells = [
        {
            "x": place % wide, "y": place // wide, "n": part.exam + part.gold,
            "trained": part.trained, "title": part.title,
            "side": "trained" if part.trained else "not trained",
        }
        for place, part in enumerate(sections)
    ]  # fmt: skip
    base = alt.Chart(charts.frame(cells)).encode(
        x=alt.X("x:O", axis=None), y=alt.Y("y:O", axis=None),
        tooltip=[alt.Tooltip("title:N", title="Section"),
                 alt.Tooltip("n:Q", title="Exam questions"),
                 alt.Tooltip("trained:Q", title="Train questions")],
    )  # fmt: skip
    square = base.mark_rect(cornerRadius=3, strokeWidth=2).encode(
        color=alt.Color("n:Q", title="Exam questions",
            scale=alt.Scale(scheme="purples", domainMin=0), legend=alt.Legend(orient="bottom"),
        ),
        stroke=alt.Stroke(
            "side:N", title="Train",
            scale=alt.Scale(domain=["trained", "not trained"], range=["#8c5a2b", "#b4b4b4"]),
            legend=None,
        ),
    )  # fmt: skip
    rows_of_cells = -(-len(sections) // wide)
    picture = square.properties(height=max(150, 30 * rows_of_cells + 110))
    components.chart(picture, "Sections in reading order, coloured by the number of exam questions")
    components.quiet(
        "One cell per section, in reading order. Darker: more exam questions. Brown frame: trained."
    )


def _table(run: runs.Snapshot, chosen: str, parts: Sequence[Part]) -> None:
    """Facts and questions of each part, or of those alone that no exam question asks about."""
    what = WHAT[chosen]
    silent = [part for part in parts if not part.asked]
    asked = len(parts) - len(silent)
    components.say(
        f"The exam asks about {asked:,} of {len(parts):,} {what}; {len(silent):,} "
        f"{'has' if len(silent) == 1 else 'have'} no question."
        if silent else f"The exam asks about all {len(parts):,} {what}."
    )  # fmt: skip
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    search = left.text_input(f"Search {what}", icon=":material/search:", key=f"search_{what}")
    only = right.toggle("Only without an exam question", key=f"silent_{what}")
    words = search.casefold().split()
    found = [
        part for part in (silent if only else parts)
        if all(word in part.title.casefold() for word in words)
    ]  # fmt: skip
    several = chosen in (CHAPTERS, DOCUMENTS)
    heads = [chosen.rstrip("s"), "Exam facts", "Exam questions", "By hand", "Train facts",
             "Train wordings", *(["Sections without"] if several else []),
             "Mentions" if chosen == NAMES else "Characters"]  # fmt: skip
    if chosen == NAMES:
        heads[0] = "Name"
    rows = [
        [
            escape(part.title), *(f"{number:,}" for number in (
                part.exam_facts, part.exam, part.gold, part.trained_facts, part.trained)),
            *([f"{part.silent:,} of {part.sections:,}"] if several else []),
            f"{part.size:,}",
        ]
        for part in components.paged(found, PER_PAGE, f"page_{what}")
    ]  # fmt: skip
    many = what if len(found) != 1 else what.removesuffix("s")
    components.table(f"{wording.count(len(found))} {many}", heads, rows, words=(0,),
                     cards=True)  # fmt: skip
    components.csv_button(f"{run.id}-coverage-{what.split()[0]}", [asdict(p) for p in parts],
                          "csv_coverage")  # fmt: skip
