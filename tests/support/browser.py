"""A headless Chromium and a dashboard of its own, for walks through the pages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

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
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
                break
            except OSError:
                if process.poll() is not None:
                    raise AssertionError(log.read_text()) from None
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)


@dataclass
class Walker:
    """One browser page on a dashboard; ``strangers`` are addresses asked beyond this machine."""

    page: Any
    address: str
    strangers: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def go(self, path: str = "") -> None:
        """Open a page of the dashboard and wait until it is drawn."""
        self.page.goto(f"{self.address}/{path}")
        self.settle()

    def settle(self) -> None:
        """Wait until the page has a heading and nothing is being drawn."""
        self.page.wait_for_selector('[data-testid="stMainBlockContainer"] h1', timeout=30_000)
        self.page.wait_for_timeout(250)
        status = '[data-testid="stStatusWidget"]'
        self.page.wait_for_selector(status, state="hidden", timeout=30_000)

    def sees(self, text: str, timeout_s: float = 15) -> None:
        """Wait for a text on the page."""
        main = self.page.locator('[data-testid="stMainBlockContainer"]')
        main.get_by_text(text).first.wait_for(timeout=1000 * timeout_s)

    def text(self) -> str:
        """All text of the page's main part."""
        return str(self.page.inner_text('[data-testid="stMainBlockContainer"]'))

    def wide(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def whole(self, path: Path) -> None:
        """A picture of the whole page."""
        main = self.page.locator('[data-testid="stMainBlockContainer"]')
        size = self.page.viewport_size
        height = int(main.evaluate("part => part.scrollHeight")) + 90
        self.page.set_viewport_size({"width": size["width"], "height": min(max(height, 600), 6000)})
        self.page.wait_for_timeout(800)
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
        walker = Walker(context.new_page(), address)

        def asked(request: Any) -> None:
            if not request.url.startswith((address, "data:", "blob:")):
                walker.strangers.append(request.url)

        walker.page.on("request", asked)
        walker.page.on("pageerror", lambda error: walker.errors.append(str(error)))
        yield walker
        browser.close()
