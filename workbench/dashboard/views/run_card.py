"""One run on the start page: its name, state, what came out, what to do next, and its notes."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from workbench import findings, wording
from workbench.dashboard import components
from workbench.dashboard.jobs import run_processes
from workbench.dashboard.queries import runs
from workbench.errors import WorkbenchError
from workbench.records.manifest import Failure
from workbench.records.notes import NAME, NOTE, write_notes
from workbench.records.run import Run

STATES = {
    "done": (":material/check_circle:", "green"),
    "running": (":material/autorenew:", "blue"),
    "stopped": (":material/pause_circle:", "orange"),
    "failed": (":material/error:", "red"),
    "unknown": (":material/help:", "gray"),
}
SETTINGS_SHOWN = 4


def head(run: runs.Snapshot) -> None:
    """State, name and tags; below them corpus, size, time and id."""
    icon, colour = STATES.get(run.state, STATES["unknown"])
    corpus = run.manifest.corpus
    sizes = {"words": corpus.words, "sections": corpus.sections}
    size = [f"{wording.count(number)} {key}" for key, number in sizes.items() if number]
    when = f"{run.created} UTC" if run.created else ""
    tags = "".join(f'<span class="chip">{escape(tag)}</span>' for tag in run.notes.tags)
    title = [run.title] if run.name != run.title else []
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(run.state, icon=icon, color=colour)  # type: ignore[arg-type]
        st.html(f'<div class="wb"><strong>{escape(run.name)}</strong> {tags}</div>')
    components.quiet(" · ".join(part for part in (*title, *size, when, run.id) if part))


def card(run: runs.Snapshot, settings: Mapping[str, str] | None) -> None:
    """A run that is not at work; ``settings`` tell it from others of its experiment, if any."""
    with st.container(border=True):
        head(run)
        if run.manifest.purpose:
            components.quiet(run.manifest.purpose)
        if settings:
            listed = [f"{key} {components.clip(value, 40)}" for key, value in settings.items()]
            more = len(listed) - SETTINGS_SHOWN
            rest = f", and {more} more" if more > 0 else ""
            components.quiet(f"Set apart by: {', '.join(listed[:SETTINGS_SHOWN])}{rest}.")
        elif settings is not None:
            components.quiet(
                "Set as other runs of this experiment are: another date, or another version of the "
                "workbench."
            )
        _outcome(run)
        if run.notes.note:
            components.text(run.notes.note)
        for problem in run.problems:
            components.quiet(problem)
        with st.container(horizontal=True, vertical_alignment="center"):
            _ways(run)
            _notes(run)
            if st.button("Delete", key=f"delete_{run.id}", icon=":material/delete:",
                         type="tertiary"):  # fmt: skip
                st.session_state["deleting"] = run.id
        if st.session_state.get("deleting") == run.id:
            _delete(run)


def _outcome(run: runs.Snapshot) -> None:
    """What came out, or why nothing did, and what to do about it."""
    if run.state == "failed":
        error = run.manifest.error or Failure(message="no reason recorded")
        components.text(f"It failed: {error.message}")
    elif run.state == "stopped":
        components.text(f"Stopped before it finished. {_kept(run)}")
    elif run.state == "unknown":
        components.text("What it is and how it ended can't be read.")
    if run.verdict.sentence:
        components.text(run.verdict.sentence, "wb-say")
    if told := _next(run):
        components.text(f"Next: {told}")


def _kept(run: runs.Snapshot) -> str:
    """How far a run came that was stopped."""
    over = [name for name, facts in run.manifest.stages.items() if facts.finished]
    return f"Done and kept: {', '.join(over)}." if over else "No stage was over yet."


def _next(run: runs.Snapshot) -> str:
    """What to do now, in a sentence or two."""
    if run.state == "failed":
        hint = (run.manifest.error or Failure()).hint
        if not _examined(run):
            hint += (
                " It failed before there was an exam. Unless something outside of it was the "
                "cause, the same text and settings fail again: change one of them in a new run."
            )
        return hint.strip() or "mend the cause and resume it."
    if run.state == "stopped":
        return "resume it; it goes on from there."
    if run.state == "unknown":
        return "bring its files back from a copy, or delete it."
    if not run.variants:
        return ""
    told = findings.FRONT["action"](findings.View(run.results)).statements
    return " ".join(item.text() for item in told[:1])


def _examined(run: runs.Snapshot) -> bool:
    """Whether the run got as far as an exam: what fails later may heal by itself."""
    return "questions" in run.manifest.stages


def _ways(run: runs.Snapshot) -> None:
    """Links and buttons to what can be done next."""
    if run.variants:
        components.page_link("verdict", "Verdict", run.id)
        components.page_link("questions", "Questions", run.id)
        components.page_link("report", "Report", run.id)
    elif run.files.yields.exists():
        components.page_link("exam", "What was found and dropped", run.id, tab="Thrown away")
    specification = run.files.specification
    if run.state not in ("stopped", "failed") or not specification.exists():
        return
    hopeful = run.state == "stopped" or _examined(run)
    if not hopeful:
        components.page_link("new_run", "Set up a changed run")
    if st.button("Resume" if hopeful else "Try the same again", key=f"resume_{run.id}",
                 icon=":material/play_arrow:"):  # fmt: skip
        run_processes.start_run(specification, run.id)
        st.rerun()


def _notes(run: runs.Snapshot) -> None:
    """The form for name, note and tags."""
    known = run.notes
    with (
        st.popover("Name, note, tags", icon=":material/edit:", type="tertiary"),
        st.form(f"notes_{run.id}", border=False),
    ):
        name = st.text_input("Name", known.name, NAME, key=f"name_{run.id}", placeholder=run.title)
        note = st.text_area("Note", known.note, max_chars=NOTE, key=f"note_{run.id}")
        tags = st.text_input("Tags, with commas between", ", ".join(known.tags),
                             key=f"tags_{run.id}")  # fmt: skip
        components.quiet("Kept in notes.json beside the results, which stay as they are.")
        if st.form_submit_button("Save"):
            try:
                write_notes(run.path, name, note, tags.split(","))
            except WorkbenchError as error:
                components.problems([str(error)])
                return
            st.rerun()


def _delete(run: runs.Snapshot) -> None:
    """Ask once more, then delete the run of this id."""
    st.warning(
        f"Delete {components.markdown(run.id)}? Its answers, labels, notes and report go for good; "
        "what it shares with other runs stays in the cache."
    )
    with st.container(horizontal=True):
        if st.button("Delete for good", key=f"really_{run.id}", type="primary"):
            st.session_state.pop("deleting", None)
            try:
                Run(run.path).delete()
            except WorkbenchError as error:
                components.problems([str(error)])
                return
            st.rerun()
        if st.button("Keep it", key=f"keep_{run.id}"):
            st.session_state.pop("deleting", None)
            st.rerun()
