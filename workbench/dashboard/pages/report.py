"""Report: what a colleague gets by post, previewed and downloaded."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import streamlit as st

from workbench.dashboard import components
from workbench.dashboard.app import current_run, finished
from workbench.dashboard.queries import runs
from workbench.records.run import Run
from workbench.stages.reports import can_print, write_reports

FILES = (
    ("Report as one HTML file", "text/html", ":material/html:"),
    ("Report as Markdown", "text/markdown", ":material/notes:"),
    ("Every figure as JSON", "application/json", ":material/data_object:"),
    ("The experiment, to run again", "text/yaml", ":material/settings:"),
)
#: Made when they are asked for.
MADE = {
    "pdf": ("Report as PDF", "application/pdf", ":material/picture_as_pdf:"),
    "zip": ("With the records it links to", "application/zip", ":material/folder_zip:"),
}
LARGEST = 20 << 20


def page() -> None:
    """Draw the report page."""
    run = current_run()
    st.title("Report")
    if not finished(run):
        return
    components.say(
        "The report stands on its own: send the one HTML file, no server or network needed."
    )
    with st.container(horizontal=True):
        files, page = run.files, run.files.report("html")
        listed = (page, files.report("md"), files.results, files.specification)
        for path, (title, mime, icon) in zip(listed, FILES, strict=True):
            content = _content(path)
            if content is not None:
                st.download_button(
                    title, content, file_name=f"{run.id}-{path.name}", mime=mime, icon=icon,
                    key=f"download_{path.name}", on_click="ignore",
                    type="primary" if path == page else "secondary",
                )  # fmt: skip
        for kind, (title, mime, icon) in MADE.items():
            if kind != "pdf" or can_print():
                st.download_button(
                    title, made(run, kind), file_name=f"{run.id}-report.{kind}", mime=mime,
                    icon=icon, key=f"download_{kind}", on_click="ignore",
                )  # fmt: skip
    again = run.results.run.reproduce
    if again:
        components.quiet("The same result again, from a terminal:")
        st.code(again, language=None, wrap_lines=True)
    html = _content(page)
    if html is None:
        components.problems(["report.html is missing or too large to preview."])
        return
    st.header("Preview")
    # The outer frame holds nothing but an inner one that may run no script at all.
    inner = escape(html.decode("utf-8", errors="replace"), quote=True)
    st.iframe(
        "<!doctype html><html><body style='margin:0'><iframe title='Report' sandbox='' "
        f'srcdoc="{inner}" style="width:100%;height:1090px;border:0;background:#fff"></iframe>'
        "</body></html>",
        height=1100,
        alt="Preview of the report",
    )


def made(run: runs.Snapshot, kind: str) -> Callable[[], bytes]:
    """What writes the report in that form and gives its content."""

    def make() -> bytes:
        (path,) = write_reports(Run(run.path), [kind]).values()
        return path.read_bytes()

    return make


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError:
        return None
