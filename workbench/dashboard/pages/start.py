"""Start: every run with its verdict, corpus, date and state; how to begin where there is none."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.jobs import run_processes
from workbench.dashboard.queries import runs, settings
from workbench.dashboard.views import run_card, run_progress
from workbench.engine import processes

PER_PAGE = 10
WORDS = {"done": "done", "stopped": "stopped", "failed": "failed", "unknown": "unreadable",
         "running": "at work now"}  # fmt: skip


def page() -> None:
    """Draw the start page."""
    from workbench.records.layout import runs_root

    st.title("Prompt, retrieve, fine-tune, or both?")
    matches = runs.find(runs_root())
    if not matches:
        _welcome()
        _started(open_first=True)
        return
    busy = [run for run in matches if run.state == "running"]
    if any(job.alive for job in processes.jobs() if not job.what.startswith("serve")):
        st.fragment(_watch, run_every=2)({run.id: run.state for run in matches})
    components.say(_counted(matches))
    if busy:
        # Ids, not snapshots: a fragment is redrawn with the values it was first given.
        st.fragment(_busy, run_every=2)([run.id for run in busy])
    if sum(bool(run.variants) for run in matches) > 1:
        components.page_link("compare", "Compare runs")
    quiet = _found([run for run in matches if run.state != "running"])
    distinct = settings.apart(matches)
    for run in components.paged(quiet, PER_PAGE, "page_runs"):
        run_card.card(run, distinct.get(run.id))
    with st.expander("Start another", icon=":material/add_circle:"):
        _welcome(brief=True)
    _started(open_first=False)


def _counted(matches: list[runs.Snapshot]) -> str:
    """``5 runs: 3 done, 1 failed, 1 at work now.``"""
    states = [run.state for run in matches]
    parts = [f"{states.count(key)} {word}" for key, word in WORDS.items() if key in states]
    return f"{wording.counted(len(matches), 'run')}: {', '.join(parts)}."


def _found(quiet: list[runs.Snapshot]) -> list[runs.Snapshot]:
    """The runs that the search, the chosen states and tags leave."""
    tags = sorted({tag for run in quiet for tag in run.notes.tags})
    if len(quiet) < 2:
        return quiet
    states = Counter(run.state for run in quiet)
    picked: list[str] = []
    if len(states) > 1:
        picked = st.pills(
            "State", [name for name in WORDS if name in states], selection_mode="multi",
            format_func=lambda name: f"{WORDS[name]} ({states[name]})", key="states_runs",
        )  # fmt: skip
    left, right = st.columns([2, 1])
    search = left.text_input("Search runs", icon=":material/search:", key="search_runs",
                             placeholder="name, note, text, verdict, id")  # fmt: skip
    chosen = right.multiselect("Tags", tags, placeholder="all", key="tags_runs") if tags else []
    kept = [
        run for run in runs.matching(quiet, search, chosen) if not picked or run.state in picked
    ]
    if len(kept) < len(quiet):
        components.quiet(f"{len(kept)} of {len(quiet)} runs hold this.")
    return kept


def _watch(states: dict[str, str]) -> None:
    """Redraw the page once a run begins or ends: a process takes a moment to start."""
    from workbench.records.layout import runs_root

    if {run.id: run.state for run in runs.find(runs_root())} != states:
        st.rerun()


def _welcome(brief: bool = False) -> None:
    """What this is, the demo in one click, and the way to one's own text."""
    if not brief:
        components.say(
            "Give it a text. It writes an exam from that text, lets a prompted, a retrieving, a "
            "fine-tuned and a combined assistant sit the same exam, and tells you which to adopt, "
            "with what certainty, at what cost, and what would change the answer."
        )
    left, right = st.columns(2, gap="large")
    with left, st.container(border=True):
        st.header("See it on a novella")
        st.write("No network, no key, no GPU: a few minutes on two cores.")
        if st.button("Run the demo", type="primary", icon=":material/play_arrow:", key="demo"):
            run_processes.start_demo()
            st.rerun()
    with right, st.container(border=True):
        st.header("Use your own text")
        st.write(
            "A text, web page, EPUB, PDF, Word, PowerPoint or Excel file, a table, JSON or e-mail, "
            "or a folder of them. About 5,000 words are enough for a first look; an exam that "
            "settles small differences needs more."
        )
        components.page_link("new_run", "Set up a run")


def _started(open_first: bool) -> None:
    """What the dashboard started lately, with its output: a failure is never silent."""
    recent = [job for job in processes.jobs() if not job.what.startswith("serve")][:3]
    if not recent:
        return
    st.fragment(_output, run_every=2 if any(job.alive for job in recent) else None)(
        recent, open_first
    )


def _output(recent: list[processes.Job], open_first: bool) -> None:
    for place, job in enumerate(recent):
        alive = job.alive
        state = "at work" if alive else "ended"
        if not alive and run_processes.made_nothing(job):
            components.problems([
                f"“{components.clip(job.what, 60)}” ended before there was a run. "
                f"{run_processes.own_words(job.output())}".strip()
            ])  # fmt: skip
        with st.expander(
            components.markdown(f"Output of “{components.clip(job.what, 60)}” ({state})"),
            expanded=open_first and place == 0,
        ):
            st.code(job.output() or "nothing printed yet", language=None, wrap_lines=True)
    if open_first:
        from workbench.records.layout import runs_root

        if runs.find(runs_root()):
            st.rerun()


def _busy(ids: list[str]) -> None:
    """The running ones, redrawn while they work."""
    from workbench.records.layout import runs_root

    for name in ids:
        run = runs.open_run(runs_root() / name)
        if run.state != "running":
            st.rerun()
        with st.container(border=True):
            run_card.head(run)
            run_progress.draw(run)
            if st.button("Stop", key=f"stop_{name}", icon=":material/stop:"):
                run_processes.stop(run.path)
                st.rerun()
            components.quiet(
                "It works on by itself if you close this page. Stopping keeps what is done; "
                "resuming goes on from there."
            )
