"""Compare: runs side by side, and one experiment over time. The address says which runs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.dashboard import components
from workbench.dashboard.app import records
from workbench.dashboard.queries import between, runs
from workbench.dashboard.queries.evidence import margin
from workbench.dashboard.queries.records import signature
from workbench.dashboard.views import comparing
from workbench.errors import WorkbenchError

MOST = 4


def page() -> None:
    """Draw the chosen runs side by side."""
    from workbench.records.layout import runs_root

    st.title("Compare runs")
    done = [run for run in runs.find(runs_root()) if run.variants]
    if len(done) < 2:
        st.info("There is nothing to compare yet: it takes two runs that are done.")
        components.page_link("start", "Go to the start page")
        return
    chosen = _chosen(done)
    if len(chosen) < 2:
        components.say("Choose two runs or more.")
        return
    st.header("What they concluded")
    comparing.verdicts(chosen)
    st.header("What was set differently")
    comparing.differing(chosen)
    st.header("What changed, question by question")
    for later in chosen[1:]:
        _change(chosen[0], later)
    st.header("Quality, time and cost")
    comparing.figures(chosen)
    family = between.family(chosen[-1], done)
    if len(family) > 1:
        st.header("This experiment over time")
        comparing.history(family)


def _chosen(done: list[runs.Snapshot]) -> list[runs.Snapshot]:
    """The runs to compare, by address or list, the earliest first; the address is kept in step."""
    known = {run.id: run for run in done}
    named = [name for name in st.query_params.get("runs", "").split(",") if name in known][:MOST]
    # An address that somebody opened wins over what was chosen before.
    if named and named != st.session_state.get("compared_last"):
        st.session_state["compared"] = named
    if "compared" not in st.session_state:
        st.session_state["compared"] = [run.id for run in between.family(done[0], done)[-2:]]
        if len(st.session_state["compared"]) < 2:
            st.session_state["compared"] = [run.id for run in done[:2]]
    picked = st.multiselect(
        "Runs", list(known), key="compared", max_selections=MOST,
        format_func=lambda name: f"{known[name].name} · {known[name].created} · {name[-8:]}",
        help="The earliest is held against each of the others.",
    )  # fmt: skip
    st.session_state["compared_last"] = picked
    st.query_params["runs"] = ",".join(picked)
    return sorted((known[name] for name in picked), key=lambda run: run.created)


def _change(first: runs.Snapshot, later: runs.Snapshot) -> None:
    """One later run against the first."""
    title = f"{later.name}, {later.created} ({later.id[-8:]}), against {first.created}"
    components.text(title, "wb-head")
    try:
        marks = signature(first.path), signature(later.path)
        found = _compared(str(first.path), str(later.path), marks, first, later)
    except WorkbenchError as error:
        components.quiet(str(error))
        return
    comparing.changes(found, later, float(margin(first)))


# The snapshots are no part of the key: paths and marks say which they are.
@st.cache_data(max_entries=12, show_spinner="Comparing…")
def _compared(
    before: str, after: str, marks: Any, _first: runs.Snapshot, _later: runs.Snapshot
) -> dict[str, Any]:
    return between.compared(_first, _later, (records(_first), records(_later)))
