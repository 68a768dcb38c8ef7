"""The dashboard's frame: which pages there are, the chosen run, and deep links.

``?run=…`` chooses the run on any page, ``?page=…`` jumps to a page, ``?question=…`` opens one
question. Each page's module is imported when it is first drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from threading import Thread
from typing import Any

import streamlit as st

from workbench.dashboard import access, components
from workbench.dashboard.navigation import PAGES, PLAN, UNLISTED
from workbench.dashboard.queries import runs
from workbench.records.manifest import Failure

DRAWING = (
    "altair", "duckdb", "pandas", "pyarrow.parquet", "scipy.optimize", "workbench.decision.verdict",
)  # fmt: skip
#: The page that is drawn without any of them.
FIRST = "start"
ABOUT = "Should your assistant be prompted, given retrieval, fine-tuned, or both?"


def _drawer(name: str) -> Callable[[], None]:
    def draw() -> None:
        if name != FIRST:
            # Altair takes pandas as it finds it, be it half imported by another viewer's page.
            warmed().join()
        import_module(f"workbench.dashboard.pages.{name}").page()

    return draw


def _icon() -> Any:
    """Four cells, two by two, in the variants' colours; drawn here, so nothing is fetched."""
    from PIL import Image

    icon = Image.new("RGB", (2, 2))
    icon.putdata([(127, 127, 127), (0, 114, 178), (213, 94, 0), (0, 158, 115)])
    return icon.resize((32, 32), Image.Resampling.NEAREST)


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config(
        page_title="RAG versus fine-tuning",
        page_icon=_icon(),
        layout="wide",
        menu_items={"About": ABOUT},
    )
    access.admit()
    sections: dict[str, list[Any]] = {}
    for name, (title, icon, section) in PLAN.items():
        result = st.Page(
            _drawer(name), title=title, icon=icon, url_path=name, default=name == FIRST,
            visibility="hidden" if name in UNLISTED else "visible",
        )  # fmt: skip
        PAGES[name] = result
        sections.setdefault(section, []).append(result)
    # All of them: Streamlit would fold away what comes after the first ten.
    chosen = st.navigation(sections, expanded=True)
    wanted = st.query_params.get("page")
    if wanted in PLAN and wanted != FIRST:
        # switch_page clears the address but for what it is given; ``page`` would jump again.
        left = {k: v for k, v in st.query_params.to_dict().items() if k != "page"}
        st.switch_page(PAGES[wanted], query_params=left)
    components.style()
    chosen.run()
    warmed()


@cache
def warmed() -> Thread:
    """Import what pages draw, read and decide with, while the first is looked at; once a process.

    Else the first chart and the first query would wait for it, longer than for their own work.
    """
    thread = Thread(target=lambda: [import_module(name) for name in DRAWING], daemon=True)
    thread.start()
    return thread


def current_run() -> runs.Snapshot:
    """The run that the page shows, by address or sidebar; the page ends where there is none."""
    from workbench.records.layout import runs_root

    matches = runs.find(runs_root())
    if not matches:
        st.info("There is no run yet. Start one first: it takes a text and a few minutes.")
        components.page_link("start", "Go to the start page")
        st.stop()
    ids = [run.id for run in matches]
    named = st.query_params.get("run") or st.session_state.get("chosen_run")
    if st.query_params.get("run") not in (None, *ids):
        components.problems([f"There is no run {st.query_params['run']}; the newest is shown."])
    chosen = named if named in ids else ids[0]
    titles = {run.id: f"{run.name} · {run.created} · {run.id[-8:]}" for run in matches}
    picked = st.sidebar.selectbox(
        "Run",
        ids,
        index=ids.index(chosen),
        format_func=lambda name: titles[name],
        # Under one fixed key Streamlit would keep the old pick over the run in the address.
        key=f"run_picker_{chosen}",
    )
    if picked != chosen:
        st.session_state["chosen_run"] = picked
        # They belong to the run that is left. Not all of the address: what a control keeps there
        # may not be cleared.
        for key in {"question", "cause", "of", "tried"} & set(st.query_params):
            del st.query_params[key]
        st.query_params["run"] = picked
        st.rerun()
    st.session_state["chosen_run"] = chosen
    # Written back, so that a copied address names the run.
    if st.query_params.get("run") != chosen:
        st.query_params["run"] = chosen
    run = matches[ids.index(chosen)]
    components.problems(run.problems)
    return run


def finished(run: runs.Snapshot) -> bool:
    """Whether the run has results to show; without any, its state is shown."""
    if run.variants:
        return True
    if run.state == "running":
        st.info("This run is still at work; its results appear here when it is done.")
    elif run.state == "failed":
        error = run.manifest.error or Failure()
        components.problems([f"This run failed: {error.message} {error.hint}"])
    else:
        st.info("This run has no results yet: it was stopped before it finished.")
    components.page_link("start", "See its progress on the start page", run.id)
    return False


# ``mark`` is part of the key only, and not ``_mark``: Streamlit would leave that out of it.
# cache_resource, since cache_data copies its values, and a database can't be copied.
@st.cache_resource(max_entries=3, show_spinner=False)
def _records(path: str, mark: tuple[Any, ...]) -> Any:
    from pathlib import Path

    from workbench.dashboard.queries.records import Records

    return Records(Path(path))


def records(run: runs.Snapshot) -> Any:
    """The run's records, opened once per state of its files and shared by all viewers."""
    from workbench.dashboard.queries.records import signature

    opened = _records(str(run.path), signature(run.path))
    components.problems(opened.problems)
    return opened
