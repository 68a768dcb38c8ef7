"""Retrieval: how deep the search must look, which part of it finds what, and what was missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from workbench import findings, wording
from workbench.dashboard import components
from workbench.dashboard.app import current_run, finished, records
from workbench.dashboard.queries import runs
from workbench.dashboard.queries.records import Records
from workbench.dashboard.views import charts, graph, passage_sizes, passages
from workbench.dashboard.views.findings import draw, notes, say
from workbench.findings import searched
from workbench.records.search import SearchRecall

COLOURS = {
    "bm25": "#b3742b", "dense": "#3b78b8", "fused": "#2c8a57", "reranked": "#8b5bb0",
    "refined": "#a34d6a", "graph": "#b04a6f", "with_graph": "#3f8f9c",
    "sparse": "#7a8a2e", "with_sparse": "#5b6abf",
}  # fmt: skip
SHOWN = 10


def page() -> None:
    """Draw the search of the chosen run."""
    run = current_run()
    st.title("Retrieval")
    if not finished(run):
        return
    found = run.results.search
    if found is None or not found.parts:
        st.info(
            "No variant of this run retrieves, or it was made before searches were recorded: "
            "run its experiment again to see them."
        )
        return
    st.header("How deep must it look?")
    view = findings.View(run.results)
    section = searched.search(view)
    say(section.statements)
    _curve(found)
    notes(section.notes)
    _table(found)
    draw(view, findings.section(run.results, "retrieval_search"), run.id)
    passage_sizes.draw(run)
    graph.draw(run)
    st.header("What it missed")
    _missed(run, records(run), found)


def _curve(found: SearchRecall) -> None:
    names = {part.part: wording.search_part(part.part) for part in found.parts}
    rows = [
        {"x": item.count, "y": 100 * item.recall.value, "curve": names[part.part]}
        for part in found.parts
        for item in part.at
        if item.recall.value is not None
    ]
    colours = {names[key]: COLOURS.get(key, "#8f8f8f") for key in names}
    others = [names[key] for key in names if key != found.used]
    components.legend(colours.items(), others)
    picture = charts.lines(
        rows, "Passages looked at", "Questions with evidence among them (%)", colours,
        dashed=others, marks_at=[{"x": found.top_k, "note": "shown"}], notes_below=True,
    )  # fmt: skip
    components.chart(picture, "Share of questions whose evidence is among the first passages")


def _table(found: SearchRecall) -> None:
    counts = [item.count for item in found.parts[0].at]
    rows = [
        [
            wording.search_part(part.part),
            *(components.figure(part.recall(count)) for count in counts),
        ]
        for part in found.parts
    ]
    classes = ["best" if part.part == found.used else "" for part in found.parts]
    components.table(
        "Questions with evidence among the first passages, % with 95% interval",
        ["Part", *(f"first {count}" for count in counts)],
        rows,
        classes,
    )
    flat = [
        {"part": part.part, "passages": item.count, **item.recall.record()}
        for part in found.parts
        for item in part.at
    ]
    components.csv_button("retrieval", flat, "csv_retrieval")


def _missed(run: runs.Snapshot, opened: Records, found: SearchRecall) -> None:
    """Questions whose evidence no shown passage holds: where it is, and what was shown instead."""
    ranks = {str(line.get("question")): runs.mapping(line.get("ranks")) for line in _lines(run)}
    missed = [
        name
        for name, by_part in ranks.items()
        if not (by_part.get(found.used) and by_part[found.used] <= found.top_k)
    ]
    # Runs of before recorded no count of them: it is that of the lines read here.
    told = found if found.missed is not None else found.model_copy(update={"missed": len(missed)})
    say(searched.misses(findings.View(run.results.model_copy(update={"search": told}))).statements)
    if not missed:
        return
    pages = -(-len(missed) // SHOWN)
    number = 1
    if pages > 1:
        number = int(st.number_input(f"Page of {pages}", 1, pages, key="missed_page"))
    for name in missed[SHOWN * (number - 1) : SHOWN * number]:
        _one(run, opened, found, name, ranks[name])


def _lines(run: runs.Snapshot) -> list[dict[str, Any]]:
    return list(runs.lines(run.files.search))


def _one(
    run: runs.Snapshot,
    opened: Records,
    found: SearchRecall,
    name: str,
    by_part: Mapping[str, int | None],
) -> None:
    question = opened.question(name)
    if question is None:
        return
    with st.container(border=True):
        components.page_link("question", components.clip(question["text"], 160), run.id,
                             question=name)  # fmt: skip
        places = ", ".join(
            f"{wording.search_part(part)} {f'at rank {rank}' if rank else 'not in reach'}"
            for part, rank in by_part.items()
        )
        quotes = " … ".join(item.get("quote", "") for item in question["evidence"])
        components.quiet(f"Its evidence: {places} (of the first {found.parts[0].at[-1].count}).")
        components.text(quotes)
        seen = {
            row["variant"]: row["passages"]
            for row in opened.answers(name)
            if row["passages"] and row["variant"] in _retrieving(run)
        }
        ids = sorted({item for listed in seen.values() for item in listed})
        shown = components.labels(run.variants)
        passages.draw(seen, opened.passages(ids), question, shown)


def _retrieving(run: runs.Snapshot) -> set[str]:
    return {variant.name for variant in run.factors if variant.retrieves}
