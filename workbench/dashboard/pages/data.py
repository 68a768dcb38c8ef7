"""Data: all questions of a run as a table to accept, reject, edit and tag, and gold to bring in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from workbench import findings, wording
from workbench.dashboard import components
from workbench.dashboard.app import current_run, records
from workbench.dashboard.jobs import playground as job
from workbench.dashboard.queries import dataset, review, runs
from workbench.dashboard.views import gold_upload
from workbench.dashboard.views.findings import draw
from workbench.errors import WorkbenchError
from workbench.io import jsonl

PER_PAGE = 100


def page() -> None:
    """Draw the questions of a role, what deciding does to them, and the ways in and out."""
    run = current_run()
    st.title("Data")
    components.quiet(
        "The files of this run stay as they are, so that its answers stay comparable. What you "
        "decide here lies beside them and goes into the next run."
    )
    present = [name for name in dataset.ROLES if run.files.questions(name).is_file()]
    if not present:
        components.quiet("This run holds no questions.")
        return
    role = st.segmented_control(
        "Questions", present, default=present[0], required=True, key="data_role",
        format_func=dataset.ROLES.__getitem__,
    )  # fmt: skip
    every = dataset.rows(run, role)
    _table(run, every)
    _effect(run, every, role)
    _made_of(run)
    _out(run, every, role)
    _bring(run)


def _table(run: runs.Snapshot, every: Sequence[dataset.Row]) -> None:
    """The rows that pass the filters, to be edited in place."""
    role = every[0]["role"] if every else ""
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    search = left.text_input("Search", key="data_search").casefold()
    kinds = middle.multiselect("Kinds", sorted({row["kind"] for row in every}), key="data_kinds",
                               format_func=lambda k: wording.KIND_LABELS.get(k, k))  # fmt: skip
    open_only = right.toggle("Undecided", key="data_open")
    found = [
        row for row in every
        if all(word in f"{row['question']} {row['answers']} {row['tags']}".casefold()
               for word in search.split())
        and (not kinds or row["kind"] in kinds) and not (open_only and row["decision"])
    ]  # fmt: skip
    shown = components.paged(found, PER_PAGE, "data_page")
    drafts = _drafts(run, role)
    between = "“|” between several."
    edited = st.data_editor(
        _as_left(run, shown, drafts), key=_view(run, shown), hide_index=True, width="stretch",
        placeholder="–", alt="Questions with answers, to be decided on",
        column_order=["decision", "question", "answers", "tags", "kind", "stratum", "section"],
        disabled=["kind", "stratum", "section"],
        column_config={
            "decision": st.column_config.SelectboxColumn(
                "Decision", options=["", "accept", "reject"]),
            "question": st.column_config.TextColumn("Question", width="large"),
            "answers": st.column_config.TextColumn("Answers", width="medium", help=between),
            "tags": st.column_config.TextColumn("Tags", help=between),
            "kind": "Kind", "stratum": "Stratum", "section": "Section",
        },
    )  # fmt: skip
    for row in edited:
        drafts[row["id"]] = row
    unsaved = dict(dataset.changed(every, drafts.values()))
    for name in drafts.keys() - unsaved.keys():
        del drafts[name]
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Save", type="primary", icon=":material/save:"):
            _save(run, every, drafts)
        for word, title in (("accept", "Accept"), ("reject", "Reject")):
            if shown and st.button(f"{title} the {len(shown)} shown", key=f"data_all_{word}"):
                decided = {row["id"]: {**row, "decision": word} for row in edited}
                _save(run, every, {**drafts, **decided})
        if unsaved:
            several = len(unsaved) > 1
            components.quiet(f"{len(unsaved)} change{'s are' if several else ' is'} not saved yet.")
    components.quiet("Arrows move, Enter edits, and cells copy and paste as in a spreadsheet.")


def _drafts(run: runs.Snapshot, role: str) -> dict[str, Any]:
    """Rows with edits that are not saved yet, by question; another page or filter keeps them."""
    drafts: dict[str, Any] = st.session_state.setdefault(f"data_drafts_{run.id}_{role}", {})
    return drafts


def _view(run: runs.Snapshot, shown: Sequence[dataset.Row]) -> str:
    """The editor's key: another for other rows, and after each saving.

    An editor keeps its edits by the row's place, and would put them on whatever stands there.
    """
    ids = hashlib.sha256("\n".join(row["id"] for row in shown).encode()).hexdigest()[:16]
    return f"data_{run.id}_{ids}_{st.session_state.get('data_version', 0)}"


def _as_left(
    run: runs.Snapshot, shown: Sequence[dataset.Row], drafts: Mapping[str, dataset.Row]
) -> list[dataset.Row]:
    """The rows with the edits that were made before this editor was there."""
    # An editor that is drawn anew, be it after another page, has no edits of its own yet.
    if _view(run, shown) not in st.session_state:
        st.session_state["data_before"] = {row["id"]: drafts.get(row["id"], row) for row in shown}
    before = st.session_state["data_before"]
    return [dict(before[row["id"]]) for row in shown]


def _save(
    run: runs.Snapshot, every: Sequence[dataset.Row], rows: Mapping[str, Mapping[str, Any]]
) -> None:
    try:
        changed = dataset.save(run, every, rows.values())
    except WorkbenchError as error:
        components.problems([str(error)])
        return
    # The last edit reaches the server a moment late: with a new editor it would be lost.
    if changed:
        for role in {row["role"] for row in every}:
            _drafts(run, role).clear()
        st.session_state["data_version"] = st.session_state.get("data_version", 0) + 1
        st.rerun()


def _effect(run: runs.Snapshot, every: Sequence[dataset.Row], role: str) -> None:
    """What is left by stratum and kind; for the exam, the figures without what was rejected."""
    rejected = sum(row["decision"] == "reject" for row in every)
    accepted = sum(row["decision"] == "accept" for row in every)
    components.say(
        f"{len(every):,} questions: {accepted:,} accepted, {rejected:,} rejected, "
        f"{len(every) - accepted - rejected:,} undecided."
    )
    names = {**wording.STRATUM_LABELS, **wording.KIND_LABELS}
    table = [
        [escape(names.get(name, name)), str(all_), str(yes), str(no), str(all_ - no)]
        for name, all_, yes, no in dataset.counts(every)
    ]
    components.table("By stratum and kind", ["", "All", "Accepted", "Rejected", "Left"], table)
    figures = dataset.without_rejected(run, records(run)) if role == "test" else None
    if figures is None:
        return
    labels = components.labels(run.variants)
    components.say("Without the rejected questions, the exam would have read:")
    components.table(
        f"{wording.metric_label(run.metric)}, as sat and without what was rejected",
        ["Variant", "As sat", "Without them"],
        [
            [escape(labels.get(name, name)), _figure(whole, run.metric), _figure(left, run.metric)]
            for name, whole, left in figures
        ],
    )
    components.quiet(
        "This is no verdict: the questions were judged after the answers were known. The verdict "
        "stays the one on the locked exam."
    )


def _made_of(run: runs.Snapshot) -> None:
    """Balance of all questions, and what in the text should not be learned."""
    try:
        known = findings.View(dataset.with_data(run))
    except WorkbenchError as error:
        components.problems([str(error)])
        return
    with st.expander("What the data is made of: chapters, kinds, names, groups, personal data"):
        draw(known, findings.EVIDENCE["data"](known), run.id, head=False)


def _figure(value: Any, metric: str) -> str:
    span = wording.interval(value.low, value.high, metric)
    return f"{wording.points(value.value)} <small>{span}</small>"


def _out(run: runs.Snapshot, every: Sequence[dataset.Row], role: str) -> None:
    """Annotations as CSV, out and in; accepted questions as a file."""
    st.header("Out and in")
    with st.container(horizontal=True):
        components.csv_button(f"{run.id}-{role}-annotations", list(every), "csv_data")
        kept = sum(row["decision"] == "accept" for row in every)
        if kept:
            st.download_button(
                f"{kept} accepted question{'s' * (kept != 1)} (JSONL)",
                lambda: review.reviewed(
                    runs.lines(run.files.questions(role)), review.read(run.path)
                ).encode(),
                file_name=f"{run.id}-{role}-accepted.jsonl", icon=":material/download:",
                type="tertiary", on_click="ignore",
            )  # fmt: skip
    given = st.file_uploader("Annotations as this page's CSV", ["csv"], key="data_annotations")
    if given is not None and st.button("Take them over", icon=":material/upload:"):
        try:
            changed, strange = dataset.take(run, given.getvalue())
        except WorkbenchError as error:
            components.problems([str(error)])
            return
        st.session_state["data_version"] = st.session_state.get("data_version", 0) + 1
        st.session_state["data_taken"] = (
            f"Rows changed: {changed:,}. Of no question here: {strange:,}."
        )
        st.rerun()
    if taken := st.session_state.get("data_taken"):
        components.quiet(taken)


def _bring(run: runs.Snapshot) -> None:
    """Gold questions from a file, with its columns as the person says."""
    st.header("Gold questions of your own")
    found = gold_upload.draw("CSV, JSONL, JSON or Parquet", "data_gold")
    if found is None or not found.questions:
        return
    if not st.button("Add to the gold file", icon=":material/star:"):
        return
    target = job.gold_file(str(run.specification.get("name") or run.id))
    known = {(row.get("text") or row.get("question")) for row in jsonl.stream(target)}
    new = [q.to_record() for q in found.questions if q.text not in known]
    jsonl.append(target, new)
    components.quiet(f"{len(new):,} added. A run sits them with this line in its experiment:")
    st.code(f"questions: {{gold: {target}}}", language="yaml", wrap_lines=True)
