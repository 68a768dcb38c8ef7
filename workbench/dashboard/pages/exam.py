"""Exam and corpus: can the exam be trusted, what of the text it covers, and the text itself."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import Any

import altair as alt
import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.app import current_run, records
from workbench.dashboard.queries import review, runs
from workbench.dashboard.queries.filters import Filter
from workbench.dashboard.queries.records import Records
from workbench.dashboard.views import certificate, charts

PASSAGES_PER_PAGE = 8
DROPS_SHOWN = 200


def page() -> None:
    """Draw the exam's papers and the corpus."""
    run = current_run()
    st.title("Exam and corpus")
    opened = records(run)
    data, coverage, drops, corpus, judge = st.tabs(
        ["Certificate", "Coverage", "Thrown away", "The text", "Accept or reject"]
    )
    with data:
        _counts(run, opened)
        certificate.draw(run)
        certificate.looks(run)
    with coverage:
        _coverage(run, opened)
    with drops:
        _drops(run)
    with corpus:
        _corpus(run, opened)
    with judge:
        _review(run, opened)


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


def _coverage(run: runs.Snapshot, opened: Records) -> None:
    """Every section as a cell, by how many questions ask about it."""
    asked = {
        r["cluster"]: r["n"]
        for r in opened.rows("SELECT cluster, count(*) AS n FROM questions GROUP BY cluster")
    }
    trained = Counter(str(r.get("cluster")) for r in runs.lines(run.files.questions("train")))
    sections = opened.rows(
        "SELECT id, title, length(text) AS characters FROM sections ORDER BY document, number"
    )
    if not sections:
        components.quiet("This run holds no sections.")
        return
    bare = [s for s in sections if not asked.get(s["id"])]
    components.say(
        f"The exam asks about {len(sections) - len(bare)} of {len(sections)} sections; "
        f"{sum(1 for s in sections if not trained[s['id']])} were left untrained on purpose or for "
        "want of facts."
    )
    wide = min(20, max(4, len(sections)))
    cells = [
        {
            "x": place % wide, "y": place // wide, "n": asked.get(s["id"], 0),
            "trained": trained[s["id"]], "title": s["title"] or s["id"],
            "side": "trained" if trained[s["id"]] else "not trained",
        }
        for place, s in enumerate(sections)
    ]  # fmt: skip
    base = alt.Chart(charts.frame(cells)).encode(
        x=alt.X("x:O", axis=None), y=alt.Y("y:O", axis=None),
        tooltip=[alt.Tooltip("title:N", title="Section"),
                 alt.Tooltip("n:Q", title="Exam questions"),
                 alt.Tooltip("trained:Q", title="Train questions")],
    )  # fmt: skip
    square = base.mark_rect(cornerRadius=3, strokeWidth=2).encode(
        color=alt.Color("n:Q", title="Exam questions",
            scale=alt.Scale(scheme="purples", domainMin=0),
        ),
        stroke=alt.Stroke(
            "side:N", title="Train",
            scale=alt.Scale(domain=["trained", "not trained"], range=["#8c5a2b", "#b4b4b4"]),
        ),
    )  # fmt: skip
    rows_of_cells = -(-len(sections) // wide)
    picture = square.properties(height=max(120, 30 * rows_of_cells + 90))
    components.chart(picture, "Sections in reading order, coloured by the number of exam questions")
    components.quiet(
        "One cell per section, in reading order. Darker: more exam questions. Brown frame: trained."
    )
    listed = [
        {"section": s["id"], "title": s["title"], "characters": s["characters"],
         "test_questions": asked.get(s["id"], 0), "train_questions": trained[s["id"]]}
        for s in sections
    ]  # fmt: skip
    components.csv_button(f"{run.id}-coverage", listed, "csv_coverage")


def _drops(run: runs.Snapshot) -> None:
    """What was written and thrown away, by reason, and how much each way of writing gave."""
    _yield(run)
    reasons: Counter[str] = Counter()
    shown: list[dict[str, Any]] = []
    # Its selectbox stands below the chart; its choice is known before it is drawn.
    chosen = st.session_state.get("drop_reason")
    for row in runs.lines(run.files.dropped):
        reason = str(row.get("reason") or "no reason recorded")
        reasons[reason] += 1
        if len(shown) < DROPS_SHOWN and chosen in (None, reason):
            shown.append(row)
    if not reasons:
        components.quiet("Nothing was thrown away, or this run does not say.")
        return
    worst, number = reasons.most_common(1)[0]
    components.say(
        f"{sum(reasons.values()):,} drafts were thrown away. The most frequent reason: "
        f"{worst} ({number:,})."
    )
    rows = [
        {"label": r, "part": "drafts", "value": n, "place": 0, "tip": f"{n:,}"}
        for r, n in reasons.most_common(15)
    ]
    picture = charts.bars(
        rows, "Drafts", [("drafts", components.CAUSES[0])], [r for r, _ in reasons.most_common(15)]
    )
    components.chart(picture, "Drafts thrown away by reason")
    st.selectbox("Reason", [None, *reasons], key="drop_reason", format_func=lambda r: r or "all")
    table = [
        [escape(components.clip(r.get("question") or r.get("text") or "", 160)),
         escape(components.clip(
             r.get("answer") or ", ".join(map(str, r.get("answers") or ())), 80)),
         escape(str(r.get("reason") or "")), escape(components.clip(r.get("detail") or "", 80)),
         escape(str(r.get("way") or "")), escape(wording.KIND_LABELS.get(str(r.get("kind")), ""))]
        for r in shown
    ]  # fmt: skip
    components.table(
        f"The first {len(shown)}",
        ["Draft", "Answer", "Reason", "Detail", "Way", "Kind"],
        table,
        words=(0, 1, 2, 3, 4, 5),
    )
    components.csv_button(f"{run.id}-thrown-away", lambda: _every_drop(run, chosen), "csv_drops")


def _yield(run: runs.Snapshot) -> None:
    """How much the text gave by way of writing, kind and document; nothing for an older run."""
    from workbench.questions.dataset.yields import found_sentences, yield_rows
    from workbench.records.load import read_object

    record, _ = read_object(run.files.yields)
    if not record:
        return
    components.say(found_sentences(record))
    rows = yield_rows(record)
    heads = ["By", "", "Candidates", "Kept", "Dropped", "Most often because"]
    table = [[escape(str(value)) for value in row.values()] for row in rows]
    components.table("What the text gave", heads, table, words=(0, 1, 5))
    components.csv_button(f"{run.id}-yield", list(rows), "csv_yield")


def _every_drop(run: runs.Snapshot, reason: str | None) -> list[dict[str, Any]]:
    """All drafts that were thrown away, for that reason or for any."""
    columns = (
        "question",
        "text",
        "answer",
        "answers",
        "reason",
        "detail",
        "section",
        "way",
        "kind",
    )
    return [
        {key: row[key] for key in columns if key in row}
        for row in runs.lines(run.files.dropped)
        if reason in (None, str(row.get("reason") or "no reason recorded"))
    ]


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
    pages = max(1, -(-total // PASSAGES_PER_PAGE))
    number = 1
    if pages > 1:
        number = int(
            # A key per section: another's page number may lie beyond the last page of this one.
            st.number_input(f"Page (of {pages:,})", 1, pages, 1, key=f"passages_{section}")
        )
    _, rows = opened.passage_page(section, number - 1, PASSAGES_PER_PAGE)
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
