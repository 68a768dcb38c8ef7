"""Exam and corpus: can the exam be trusted, what of the text it covers, and the text itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.app import current_run, records
from workbench.dashboard.queries import review, runs
from workbench.dashboard.queries.filters import Filter
from workbench.dashboard.queries.records import Records
from workbench.dashboard.views import asked, certificate, coverage, thrown_away

PASSAGES_PER_PAGE = 8


def page() -> None:
    """Draw the exam's papers and the corpus."""
    run = current_run()
    st.title("Exam and corpus")
    opened = records(run)
    draws: dict[str, Callable[[], None]] = {
        "Certificate": lambda: _certificate(run, opened),
        "Coverage": lambda: coverage.draw(run),
        "What people ask": lambda: asked.draw(run),
        "Thrown away": lambda: thrown_away.draw(run, opened),
        "The text": lambda: _corpus(run, opened),
        "Accept or reject": lambda: _review(run, opened),
    }
    # Only the open one is drawn; its name is kept in the address.
    tabs = st.tabs(list(draws), key="tab", bind="query-params")
    for tab, draw in zip(tabs, draws.values(), strict=True):
        if tab.open:
            with tab:
                draw()


def _certificate(run: runs.Snapshot, opened: Records) -> None:
    _counts(run, opened)
    certificate.draw(run)
    certificate.looks(run)


def _counts(run: runs.Snapshot, opened: Records) -> None:
    """How many questions of each stratum and kind."""
    matches = opened.rows(
        "SELECT origin, stratum, kind, count(*) AS n FROM questions GROUP BY ALL ORDER BY ALL"
    )
    if not matches:
        components.quiet("No exam has been written yet.")
        return
    written = sum(r["n"] for r in matches if r["origin"] != "gold")
    gold = sum(r["n"] for r in matches if r["origin"] == "gold")
    sizes = {
        name: sum(1 for _ in runs.lines(run.files.questions(name))) for name in ("train", "dev")
    }
    components.say(
        f"{written:,} written exam questions, {gold:,} by hand; {sizes['train']:,} wordings were "
        f"trained and {sizes['dev']:,} questions kept for choices."
    )
    strata = [s for s in wording.STRATUM_LABELS if any(r["stratum"] == s for r in matches)]
    kinds = [k for k in wording.KIND_LABELS if any(r["kind"] == k for r in matches)]

    def number(kind: str, stratum: str) -> int:
        return sum(
            r["n"] for r in matches
            if r["kind"] == kind and r["stratum"] == stratum and r["origin"] != "gold"
        )  # fmt: skip

    rows = [
        [wording.KIND_LABELS[k], *(str(number(k, s)) for s in strata),
         str(sum(r["n"] for r in matches if r["kind"] == k and r["origin"] == "gold"))]
        for k in kinds
    ]  # fmt: skip
    heads = ["Kind", *(wording.STRATUM_LABELS[s] for s in strata), "By hand"]
    components.table("Exam questions by kind and stratum", heads, rows)
    components.csv_button(f"{run.id}-counts", matches, "csv_counts")


def _corpus(run: runs.Snapshot, opened: Records) -> None:
    """The passages themselves, by section."""
    titles = opened.section_titles()
    facts = run.manifest.corpus
    sizes = {"documents": facts.documents, "words": facts.words, "sections": facts.sections}
    parts = [f"{wording.count(number)} {name}" for name, number in sizes.items() if number]
    total, _ = opened.passage_page(None, 0, 1)
    components.say(f"{run.title}: {', '.join([*parts, f'{total:,} passages'])}.")
    for note in facts.notes:
        components.quiet(note)
    section = st.selectbox(
        "Section", [None, *titles], format_func=lambda s: "all" if s is None else titles[s]
    )
    total, _ = opened.passage_page(section, 0, 1)
    # A key per section: another's page number may lie beyond the last page of this one.
    number = components.page_number(total, PASSAGES_PER_PAGE, f"passages_{section}")
    _, rows = opened.passage_page(section, number, PASSAGES_PER_PAGE)
    for row in rows:
        with st.container(border=True):
            components.quiet(f"{row['id']} · {titles.get(row['section'], row['section'] or '')}")
            components.text(row["text"])


def _review(run: runs.Snapshot, opened: Records) -> None:
    """Questions one at a time, to keep, drop or edit for the next run."""
    decisions = review.judged(run.path)
    total, _ = opened.page(Filter(metric=run.metric), 0, 1)
    if not total:
        components.quiet("No exam has been written yet.")
        return
    counts = Counter(str(d.get("decision")) for d in decisions.values())
    components.say(
        f"{len(decisions):,} of {total:,} questions judged: {counts['accept']} accepted, "
        f"{counts['edit']} edited, {counts['reject']} rejected."
    )
    components.quiet(
        "The exam of this run stays as it is, so that its answers stay comparable. What you accept "
        "or mend here is exported as a question file that the next run can sit "
        "(questions: gold: …)."
    )
    place = int(st.number_input(f"Question (of {total:,})", 1, total, 1, key="review_place")) - 1
    _, rows = opened.page(Filter(metric=run.metric), place, 1)
    question = opened.question(rows[0]["id"]) if rows else None
    if question is None:
        return
    name = question["id"]
    result = decisions.get(name, {})
    with st.form(f"review_{name}", border=True):
        text = st.text_area("Question", result.get("text") or question["text"], key=f"text_{name}")
        listed = (
            result["answers"] if result.get("decision") == "edit" else question["answers"] or []
        )
        answers = st.text_area(
            "Reference answers, one a line (none: unanswerable)",
            "\n".join(listed),
            key=f"answers_{name}",
        )
        for item in question["evidence"]:
            components.quiet(f"Evidence: “{components.clip(item.get('quote', ''), 300)}”")
        # An edit is shown as accepted: it was, with changes.
        choice = st.segmented_control(
            "Decision",
            ["accept", "reject"],
            key=f"decision_{name}",
            default="reject"
            if result.get("decision") == "reject"
            else "accept"
            if result
            else None,
        )
        if st.form_submit_button("Save", type="primary"):
            wanted = [line.strip() for line in answers.splitlines() if line.strip()]
            changed = text.strip() != question["text"] or wanted != list(question["answers"] or ())
            if choice is None:
                st.warning("Accept or reject it first.")
            else:
                kind = "edit" if choice == "accept" and changed else choice
                review.decide(run.path, name, kind, text.strip(), wanted)
                st.rerun()
    if counts["accept"] + counts["edit"]:
        st.download_button(
            f"{counts['accept'] + counts['edit']} reviewed questions (JSONL)",
            lambda: _reviewed(run, decisions),
            file_name=f"{run.id}-reviewed.jsonl",
            icon=":material/download:",
            on_click="ignore",
        )


def _reviewed(run: runs.Snapshot, decisions: dict[str, dict[str, Any]]) -> bytes:
    sources = [run.files.questions(name) for name in ("test", "gold")]
    return review.reviewed((r for s in sources for r in runs.lines(s)), decisions).encode()
