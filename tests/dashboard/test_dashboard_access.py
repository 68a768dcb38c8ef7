"""For all readers: axe-core finds no fault of ours, and what is drawn can be taken away."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import ROOT, Walker, walk

pytestmark = pytest.mark.slow

PAGES = (
    "", "verdict", "what_if", "what_if?per_money=1", "questions", "question?question=q000001",
    "latency_cost", "retrieval", "training", "exam", "data", "ask", "playground", "report",
    "new_run",
)  # fmt: skip
TABS = ("Certificate", "Coverage", "Thrown away", "The text", "Accept or reject")
# Streamlit's own: its sidebar wraps list items in divisions, its uploader's drop zone has a role
# beside a label, and its table is a canvas.
STREAMLITS = ("stSidebarNav", "stFileUploader", "stDataFrame", "stHeader", "stToolbar")


def axe() -> str:
    """axe-core's script: AXE_CORE, or node_modules of the clone; else the test is skipped."""
    named = os.environ.get("AXE_CORE")
    path = Path(named) if named else ROOT / "node_modules/axe-core/axe.min.js"
    if not path.is_file():
        pytest.skip(
            f"no axe-core at {path}: `npm install axe-core` somewhere and name its axe.min.js in "
            "the environment variable AXE_CORE"
        )
    return path.read_text(encoding="utf-8")


def faults(walker: Walker, script: str) -> list[str]:
    """What axe finds on the page as it stands, Streamlit's own parts left out."""
    walker.page.evaluate(script)
    options = {"exclude": [[f"[data-testid^={name}]"] for name in STREAMLITS]}
    matches = walker.page.evaluate(
        "options => axe.run(options, {resultTypes: ['violations']}).then(r => r.violations)",
        options,
    )
    return [f"{item['id']}: {node['html'][:160]}" for item in matches for node in item["nodes"]]


def unfold(walker: Walker) -> None:
    """Open every expander that can be seen."""
    closed = walker.page.locator("[data-testid=stExpander] details:not([open]) > summary")
    closed = closed.locator("visible=true")
    for _ in range(30):
        walker.settle()
        before = closed.count()
        if before == 0:
            break
        walker.click(closed.first, lambda: closed.count() < before)  # noqa: B023
    walker.settle()


def views(walker: Walker) -> Any:
    """Every page, and every tab of the page that has them, unfolded."""
    for path in PAGES:
        walker.go(path)
        for tab in TABS if path == "exam" else ("",):
            if tab:
                there = walker.page.get_by_role("tab", name=tab, selected=True)
                walker.click(walker.page.get_by_role("tab", name=tab), there)
            unfold(walker)
            yield f"{path} {tab}".strip()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_axe_finds_no_fault_of_ours(address: str, width: int, scheme: str) -> None:
    script = axe()
    with walk(address, width, scheme=scheme) as walker:
        matches = {view: item for view in views(walker) if (item := faults(walker, script))}
    assert matches == {}


LISTED = """() => [...document.querySelectorAll(
    'table.wb-table, [data-testid=stDownloadButton] button')].filter(e => e.offsetParent).map(
    e => e.tagName === 'TABLE' ? e.caption.innerText : '> ' + e.innerText.split('\\n').pop())"""


def test_every_table_has_its_csv_and_every_chart_its_picture(address: str) -> None:
    with walk(address) as walker:
        tables = charts = 0
        for view in views(walker):
            listed = walker.page.evaluate(LISTED)
            named = [part for part in listed if not part.startswith(">")]
            if named:
                last = max(listed.index(part) for part in named)
                assert "> CSV" in listed[last:], (view, listed)
            tables += len(named)
            for chart in walker.page.locator("[data-testid=stVegaLiteChart]").all():
                if not chart.is_visible():
                    continue
                chart.hover()
                holder = chart.locator("xpath=ancestor::*[.//button][1]")
                button = holder.get_by_role("button", name=re.compile("Download as PNG: ")).first
                assert len(button.get_attribute("aria-label") or "") > 30, view
                assert walker.download(button).startswith(b"\x89PNG"), view
                charts += 1
    assert tables >= 12
    assert charts >= 12
