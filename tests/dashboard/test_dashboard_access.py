"""For all readers: axe-core finds no fault of ours, pages fit their window, and what is drawn can
be taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.support.browser import Walker, walk

PAGES = (
    "", "verdict", "what_if", "what_if?per_money=1", "questions", "question?question=q000001",
    "latency_cost", "retrieval", "training", "exam", "data", "ask", "playground", "report",
    "new_run", "compare",
)  # fmt: skip
TABS = ("Certificate", "Coverage", "Thrown away", "The text", "Accept or reject")
WIDTHS, SCHEMES = (1440, 1024, 390), ("light", "dark")
# Streamlit's own: its sidebar wraps list items in divisions, its uploader's drop zone has a role
# beside a label, and its table is a canvas.
STREAMLITS = ("stSidebarNav", "stFileUploader", "stDataFrame", "stHeader", "stToolbar")


def faults(walker: Walker) -> list[str]:
    """What axe finds on the page as it stands, Streamlit's own parts left out; and what else is
    wrong: a page wider than its window, an error, a light page for who wants it dark."""
    exclude = [[f"[data-testid^={name}]"] for name in STREAMLITS]
    matches = Axe().run(walker.page, context={"exclude": exclude}).response["violations"]
    found = [f"{item['id']}: {node['html'][:160]}" for item in matches for node in item["nodes"]]
    if walker.wide() > 0:
        found.append(f"{walker.wide()} pixels wider than the window")
    if "Traceback" in walker.text() or walker.page.locator("[data-testid=stException]").count():
        found.append("an exception")
    if walker.dark != walker.is_dark():
        found.append("not in the scheme that was asked for")
    return found


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


def views(walker: Walker) -> Iterator[str]:
    """Every page, and every tab of the page that has them, unfolded."""
    for path in PAGES:
        walker.go(path)
        for tab in TABS if path == "exam" else ("",):
            if tab:
                there = walker.page.get_by_role("tab", name=tab, selected=True)
                walker.click(walker.page.get_by_role("tab", name=tab), there)
            unfold(walker)
            yield f"{path} {tab}".strip()


def test_every_page_is_without_fault_at_a_width_and_scheme_of_its_own(address: str) -> None:
    """The widths and schemes by turns; the slow test has all of them on every page."""
    with walk(address) as walker:
        found = {}
        for place, path in enumerate(PAGES):
            width, scheme = WIDTHS[place % 3], SCHEMES[place % 2]
            walker.look(width, scheme)
            walker.go(path)
            if item := faults(walker):
                found[path, width, scheme] = item
        assert found == {}
        assert (walker.strangers, walker.errors) == ([], [])


@pytest.mark.slow
def test_every_view_is_without_fault_at_every_width_and_scheme(address: str) -> None:
    with walk(address) as walker:
        found = {}
        for scheme in SCHEMES:
            for width in WIDTHS:
                walker.look(width, scheme)
                for view in views(walker):
                    if item := faults(walker):
                        found[view, width, scheme] = item
        assert found == {}
        assert (walker.strangers, walker.errors) == ([], [])


LISTED = """() => [...document.querySelectorAll(
    'table.wb-table, [data-testid=stDownloadButton] button')].filter(e => e.offsetParent).map(
    e => e.tagName === 'TABLE' ? e.caption.innerText : '> ' + e.innerText.split('\\n').pop())"""


@pytest.mark.slow
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
