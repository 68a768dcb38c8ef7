"""A headless Chromium and a dashboard of its own, for walks through the pages.

A page is redrawn by a script on the server, and a busy machine does so late: what was found a
moment ago may be replaced before it is clicked. So a :class:`Walker` acts only on a settled page,
finds anew on each try, and tries until what the act should bring about is there.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def chromium() -> str:
    """The browser's path; the test is skipped, saying what is missing, where there is none."""
    result = next((path for name in NAMES if (path := shutil.which(name))), None)
    if result is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on PATH (install `chromium`)")
    return result


@contextmanager
def dashboard(runs: Path, state: Path) -> Iterator[str]:
    """Run the dashboard on a free port; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {
        **os.environ,
        "WORKBENCH_RUNS": str(runs),
        "WORKBENCH_CACHE": str(state / "cache"),
        "HF_HUB_OFFLINE": "1",
    }
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(ROOT / "streamlit_app.py")),
        *("--server.port", str(port), "--server.headless", "true"),
        *("--browser.gatherUsageStats", "false"),
    ]
    log = state / "dashboard.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=sink, stderr=sink)
    address = f"http://localhost:{port}"

    def answers() -> bool:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=10)
        except OSError:
            assert process.poll() is None, log.read_text()
            return False
        return True

    try:
        until(answers, "the dashboard")
        yield address
    finally:
        process.terminate()
        process.wait(60)


#: Longer than any redrawing, upload or start on a machine that is busy with other things.
PATIENT_S = 120.0
#: How long one try may take before the element is found and acted on anew.
TRY_S = 10.0
#: Of 255: what a dark page's ground has less of, in each colour.
DARK = 80
SETTLED = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    return app !== null
        && app.dataset.testScriptState === "notRunning"
        && app.dataset.testConnectionState === "CONNECTED"
        && document.querySelector('[data-testid="stMainBlockContainer"] h1') !== null
        && document.querySelector('[data-stale="true"]') === null;
}"""
DRAWN = """() => [...document.querySelectorAll('[data-testid="stVegaLiteChart"]')].every(
    chart => chart.offsetParent === null || chart.querySelector("canvas, svg") !== null)"""


@dataclass
class Walker:
    """One browser page on a dashboard; ``strangers`` are addresses asked beyond this machine."""

    page: Any
    address: str
    strangers: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dark: bool = False

    @property
    def main(self) -> Any:
        """The page without its sidebar and header."""
        return self.page.locator('[data-testid="stMainBlockContainer"]')

    def go(self, path: str = "") -> None:
        """Open a page of the dashboard and wait until it is drawn."""
        self.page.goto(f"{self.address}/{path}", timeout=1000 * PATIENT_S)
        self.settle()

    def look(self, width: int, scheme: str) -> None:
        """Show the pages that are opened next in this width and colour scheme."""
        self.dark = scheme == "dark"
        self.page.set_viewport_size({"width": width, "height": self.page.viewport_size["height"]})
        self.page.emulate_media(color_scheme=scheme)

    def is_dark(self) -> bool:
        """Whether the page stands on a dark ground."""
        ground = self.page.evaluate(
            "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        )
        return all(int(part) < DARK for part in re.findall(r"\d+", ground)[:3])

    def settle(self) -> None:
        """Wait until the script rests, nothing stale is left and every chart is drawn."""
        for state in (SETTLED, DRAWN):
            self.page.wait_for_function(state, timeout=1000 * PATIENT_S)

    def sees(self, text: str | re.Pattern[str], timeout_s: float = PATIENT_S) -> None:
        """Wait for a text on the page."""
        self.awaits(self.main.get_by_text(text).first, timeout_s)

    def awaits(self, found: Any, timeout_s: float = PATIENT_S) -> None:
        """Wait until what a locator finds can be seen."""
        from playwright.sync_api import expect

        expect(found).to_be_visible(timeout=1000 * timeout_s)

    def act(self, act: Callable[[], object], then: Any, each_s: float = TRY_S) -> None:
        """Do something on the settled page until its effect, ``then``, can be seen.

        ``then`` is a locator, or a function that raises while the effect is not there. A try
        waits ``each_s`` for it: longer where doing the thing twice would undo it.
        """
        from playwright.sync_api import Error

        def effect(timeout_s: float) -> None:
            if callable(then):
                until(then, "the effect", seconds=timeout_s)
            else:
                self.awaits(then, timeout_s)

        end = time.monotonic() + max(PATIENT_S, 2 * each_s)
        while True:
            self.settle()
            try:
                act()
                self.settle()
                return effect(each_s)
            except (Error, AssertionError):
                with suppress(Error, AssertionError):
                    return effect(0.5)
                if time.monotonic() > end:
                    raise

    def click(self, target: Any, then: Any, each_s: float = TRY_S) -> None:
        """Click until the effect is there."""
        self.act(lambda: target.click(timeout=1000 * TRY_S), then, each_s)

    def enter(self, field: Any, text: str, then: Any, each_s: float = TRY_S) -> None:
        """Type a text into a field and send it off, until the effect is there."""

        def typing() -> None:
            field.fill(text, timeout=1000 * TRY_S)
            field.press("Enter", timeout=1000 * TRY_S)

        self.act(typing, then, each_s)

    def choose_first(self, label: str, then: Any) -> None:
        """Open a select box and take its first option, until the effect is there."""
        option = self.page.get_by_role("option").first

        def choosing() -> None:
            if not option.is_visible():
                self.page.get_by_label(label).click(timeout=1000 * TRY_S)
            option.click(timeout=1000 * TRY_S)

        self.act(choosing, then)

    def download(self, button: Any) -> bytes:
        """What a click on a button saves; one that is still being drawn saves nothing."""
        saved: list[Path] = []

        def saving() -> None:
            with self.page.expect_download(timeout=1000 * TRY_S) as waiting:
                button.dispatch_event("click", timeout=1000 * TRY_S)
            saved.append(Path(waiting.value.path()))

        self.act(saving, lambda: saved)
        return saved[-1].read_bytes()

    def text(self) -> str:
        """All text of the page's main part."""
        return str(self.main.inner_text())

    def wide(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def whole(self, path: Path) -> None:
        """A picture of the whole page."""
        size = self.page.viewport_size
        height = int(self.main.evaluate("part => part.scrollHeight")) + 90
        self.page.set_viewport_size({"width": size["width"], "height": min(max(height, 600), 6000)})
        self.settle()
        self.page.wait_for_timeout(800)  # charts glide to their new size
        self.page.screenshot(path=str(path))
        self.page.set_viewport_size(size)


@contextmanager
def walk(
    address: str, width: int = 1280, height: int = 900, scheme: str = "light"
) -> Iterator[Walker]:
    """A fresh browser window on the dashboard."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, accept_downloads=True
        )
        walker = Walker(context.new_page(), address, dark=scheme == "dark")

        def asked(request: Any) -> None:
            if not request.url.startswith((address, "data:", "blob:")):
                walker.strangers.append(request.url)

        walker.page.on("request", asked)
        walker.page.on("pageerror", lambda error: walker.errors.append(str(error)))
        yield walker
        browser.close()
