"""Walked as a person would, in a real headless Chromium: the short way and the long one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.browser import ROOT, Walker, chromium, dashboard, walk
from tests.support.small_run import CHAPTERS

PAGES = (
    "", "verdict", "what_if", "questions", "questions?question=q000001", "latency_cost",
    "training", "exam", "ask", "report", "new_run",
)  # fmt: skip


def test_the_short_way_start_verdict_questions(address: str, finished: Path) -> None:
    verdict = json.loads((finished / "results.json").read_text())["verdict"]
    with walk(address) as walker:
        walker.go()
        walker.sees("1 run: 1 done.")
        walker.page.get_by_role("link", name="Verdict").last.click()
        walker.page.get_by_role("heading", name="Verdict").wait_for()
        walker.sees(verdict["sentence"][:50])
        assert f"run={finished.name}" in walker.page.url
        walker.page.locator("[data-testid=stVegaLiteChart]").nth(6).wait_for()
        walker.page.get_by_role("link", name="Questions").first.click()
        walker.page.get_by_role("heading", name="Questions").wait_for()
        walker.sees("72 of 72 questions.")
        walker.page.get_by_label("Search questions and answers").fill("rope walk")
        walker.page.keyboard.press("Enter")
        walker.page.get_by_text(re.compile(r"of 72 questions \(")).wait_for()
        walker.page.get_by_label("Open a question").click()
        walker.page.keyboard.press("ArrowDown")
        walker.page.get_by_role("option").first.wait_for()
        walker.page.keyboard.press("Enter")
        walker.sees("Reference:")
        assert "question=" in walker.page.url
        walker.page.get_by_text(re.compile("Evidence found at rank")).first.click()
        walker.page.locator("mark").first.wait_for()
        walker.page.get_by_role("link", name="All questions").click()
        walker.page.get_by_text(re.compile(r"of 72 questions \(")).wait_for()
        assert walker.strangers == [], "nothing is fetched from elsewhere"
        assert walker.errors == []


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_every_page_fits_its_window(address: str, width: int, scheme: str, tmp_path: Path) -> None:
    with walk(address, width, scheme=scheme) as walker:
        for path in PAGES:
            walker.go(path)
            assert walker.wide() <= 0, path
            assert "Traceback" not in walker.text()
            assert walker.page.locator("[data-testid=stException]").count() == 0, path
        if scheme == "dark":
            background = walker.page.evaluate(
                "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
            )
            assert all(int(part) < 80 for part in re.findall(r"\d+", background)[:3])
        assert walker.strangers == []
        assert walker.errors == []


@pytest.mark.slow
def test_sliders_move_the_verdict_and_the_address(address: str) -> None:
    with walk(address) as walker:
        walker.go("what_if")
        walker.sees("This is the run's own setting")
        walker.page.get_by_text("Answers must cite").click()
        walker.sees("Out: Prompt only (must cite).")
        assert "cite=true" in walker.page.url
        shared = walker.page.url
        walker.page.goto(shared)
        walker.sees("Out: Prompt only (must cite).")


@pytest.mark.slow
def test_the_report_and_its_files_download(address: str, finished: Path) -> None:
    with walk(address) as walker:
        walker.go("report")
        for label, name in (
            ("Report as one HTML file", "report.html"),
            ("Every figure as JSON", "results.json"),
        ):
            with walker.page.expect_download() as waiting:
                walker.page.get_by_role("button", name=label).click()
            assert Path(waiting.value.path()).read_bytes() == (finished / name).read_bytes()


@pytest.mark.slow
def test_a_chart_downloads_as_picture_and_a_table_as_csv(address: str) -> None:
    with walk(address) as walker:
        walker.go("verdict")
        chart = walker.page.locator("[data-testid=stVegaLiteChart]").first
        chart.hover()
        with walker.page.expect_download() as waiting:
            walker.page.get_by_role("button", name=re.compile("Download as PNG")).first.click()
        assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")
        with walker.page.expect_download() as waiting:
            walker.page.get_by_role("button", name="CSV").first.click()
        assert Path(waiting.value.path()).read_text("utf-8-sig").count("\n") > 4


@pytest.mark.slow
def test_the_demo_starts_in_one_click_and_can_be_stopped(tmp_path: Path) -> None:
    chromium()
    with dashboard(tmp_path / "runs", tmp_path) as address, walk(address) as walker:
        walker.go()
        walker.page.get_by_role("button", name="Run the demo").click()
        walker.sees("1 at work now", 60)
        walker.page.get_by_text(re.compile("Questions.* kept")).first.wait_for(timeout=120_000)
        walker.page.get_by_role("button", name="Stop").click()
        walker.sees("Resume", 60)
        (run,) = (tmp_path / "runs").iterdir()
        assert json.loads((run / "manifest.json").read_text())["state"] != "done"


@pytest.mark.slow
def test_a_run_of_ones_own_from_upload_to_live_answers(tmp_path: Path) -> None:
    """Upload, check, start, watch, stop, resume, verdict, blind label, ask: all real."""
    chromium()
    whole = (ROOT / "corpora/salt_ledger/the_salt_ledger.txt").read_text("utf-8")
    text = tmp_path / "my tale.txt"
    text.write_text(whole[: whole.index(f"\nChapter {CHAPTERS + 1}")], "utf-8")
    runs = tmp_path / "runs"
    with dashboard(runs, tmp_path) as address, walk(address) as walker:
        walker.go()
        walker.sees("Give it a text.")
        walker.go("new_run")
        walker.page.locator("input[type=file]").set_input_files(str(text))
        walker.sees("my tale.txt")
        purpose = walker.page.get_by_label("What is the assistant for?")
        purpose.fill("Answer readers' questions about the tale.")
        purpose.press("Enter")
        walker.page.get_by_text("Quick look").click()
        walker.settle()
        walker.page.get_by_role("button", name="Check and estimate").click()
        walker.sees("words in", 60)
        walker.page.get_by_role("button", name="Start").click()
        walker.sees("At work. You can close this page", 30)
        walker.page.locator("[data-testid=stProgress]").nth(1).wait_for(timeout=120_000)
        walker.page.get_by_role("button", name="Stop").click()
        walker.sees("It stopped before it finished", 40)
        walker.page.get_by_role("button", name="Resume").click()
        walker.sees("At work. You can close this page", 30)
        walker.go()  # the page that started it is left
        walker.sees("1 at work now", 30)
        walker.page.get_by_text("1 run: 1 done.").wait_for(timeout=600_000)
        (run,) = runs.iterdir()
        _label_and_ask(walker, run)
        assert walker.strangers == []


def _label_and_ask(walker: Walker, run: Path) -> None:
    """On the finished run: a blind label, and a live question to all variants."""
    first = json.loads((run / "questions/test.jsonl").read_text().splitlines()[0])
    walker.go(f"questions?run={run.name}&question={first['id']}")
    walker.page.get_by_text("Judge blind").click()
    name = walker.page.get_by_role("textbox", name="Your name or initials")
    name.fill("kim")
    name.press("Enter")
    walker.sees("Answer A")
    assert "RAG" not in walker.text()
    walker.page.get_by_role("radio", name="wrong").first.click()
    walker.settle()
    label = json.loads((run / "labels/labels.jsonl").read_text().splitlines()[0])
    assert (label["label"], label["rater"], label["blind"]) == ("wrong", "kim", True)
    walker.go(f"ask?run={run.name}")
    walker.page.get_by_role("button", name="Load the models").click()
    question = walker.page.get_by_label("Question", exact=True)
    question.wait_for(timeout=120_000)
    question.fill(first["text"])
    question.press("Enter")
    walker.page.get_by_text(re.compile("in all")).nth(3).wait_for(timeout=120_000)
    assert walker.page.get_by_text("3 passages").count() == 2
    walker.page.get_by_role("button", name="Stop the server").click()
    walker.page.get_by_role("button", name="Load the models").wait_for(timeout=20_000)
