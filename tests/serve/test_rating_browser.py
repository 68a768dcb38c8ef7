"""A rater in a real browser, on a phone: in by key, one comparison, no variant named."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support.browser import chromium
from tests.support.made_run import write_run
from tests.support.waiting import until
from workbench.records import ratings
from workbench.records.run import Run


@pytest.mark.slow
def test_rating_on_a_phone(tmp_path: Path) -> None:
    browser = chromium()
    from playwright.sync_api import sync_playwright

    folder = write_run(tmp_path / "runs")
    key = ratings.invite(folder, "Ada")
    log = tmp_path / "log"
    command = [sys.executable, "-m", "workbench.cli", "rate", str(folder), "--serve", "--port", "0"]
    with log.open("wb") as sink:
        server = subprocess.Popen(command, stdout=sink, stderr=sink, env={**os.environ})

    address: list[str] = []

    def there() -> bool:
        said = log.read_text()
        if "Raters come to " not in said:
            return False
        address[:] = [said.split("Raters come to ")[1].split()[0]]
        try:
            urllib.request.urlopen(f"{address[0]}health", timeout=10)
        except OSError:
            return False
        return True

    try:
        until(there, "the site", server)
        with sync_playwright() as play:
            opened = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            page = opened.new_page(viewport={"width": 390, "height": 800})
            page.goto(address[0])
            page.get_by_label("Your key").fill(key)
            page.get_by_role("button", name="Begin").click()
            page.get_by_text("0 of").first.wait_for()
            assert key not in page.url
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 390, "nothing runs out of the screen"
            page.get_by_role("group", name="Grade of A").get_by_text("5", exact=True).click()
            page.get_by_role("group", name="Which is better?").get_by_text("A", exact=True).click()
            page.get_by_role("button", name="Save and go on").click()
            page.get_by_text("1 of").first.wait_for()
            page.get_by_role("button", name="I cannot judge this").click()
            page.get_by_text("2 of").first.wait_for()
            text = page.content()
            opened.close()
        assert not any(name in text for name in Run(folder).results().names())
        first, second = ratings.labels(folder)
        assert (first["label"], second["label"]) == ("first", "skip")
        assert first["grades"] == {first["first"]: 5}
    finally:
        server.terminate()
        server.wait(60)
