"""Walked as a person would, in a real headless Chromium: the short way and the long one."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.support.browser import ROOT, Walker, chromium, dashboard, walk
from tests.support.small_run import CHAPTERS

#: Where models are loaded or a run is started or stopped: doing it twice would undo it.
SLOWLY_S = 300.0
AT_WORK = "At work. You can close this page"


@pytest.mark.slow
def test_the_short_way_start_verdict_questions(address: str, finished: Path) -> None:
    verdict = json.loads((finished / "results.json").read_text())["verdict"]
    with walk(address) as walker:
        page = walker.page
        walker.go()
        walker.sees("1 run: 1 done.")
        verdicts = page.get_by_role("heading", name="Verdict")
        walker.click(page.get_by_role("link", name="Verdict").last, verdicts)
        walker.sees(verdict["sentence"][:50])
        assert f"run={finished.name}" in page.url
        walker.awaits(page.locator("[data-testid=stVegaLiteChart]").nth(6))
        questions = page.get_by_role("heading", name="Questions")
        walker.click(page.get_by_role("link", name="Questions").first, questions)
        walker.sees("72 of 72 questions.")
        few = page.get_by_text(re.compile(r"of 72 questions \("))
        walker.enter(page.get_by_label("Search questions and answers"), "rope walk", few)
        walker.choose_first("Open a question", page.get_by_text("Reference:").first)
        assert "question=" in page.url
        found = page.get_by_text(re.compile("Evidence found at rank")).first
        walker.click(found, page.locator("mark").first)
        walker.click(page.get_by_role("link", name="All questions"), few)
        assert walker.strangers == [], "nothing is fetched from elsewhere"
        assert walker.errors == []


@pytest.mark.slow
def test_sliders_move_the_verdict_and_the_address(address: str) -> None:
    with walk(address) as walker:
        walker.go("what_if")
        walker.sees("This is the run's own setting")
        out = walker.page.get_by_text("Prompt only is out: it answers without").first
        walker.click(walker.page.get_by_text("Answers must cite"), out)
        assert "cite=true" in walker.page.url
        shared = walker.page.url
        walker.page.goto(shared)
        walker.awaits(out)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.slow
def test_the_verdict_of_what_if_stays_in_sight(address: str, width: int) -> None:
    with walk(address, width) as walker:
        walker.go("what_if")
        sight = walker.page.locator(".st-key-in_sight")
        walker.awaits(sight.get_by_text("This is the run's own setting"))
        walker.page.get_by_text("Text must stay on this machine").scroll_into_view_if_needed()
        other = sight.get_by_text("under the run's own setting").or_(
            sight.get_by_text("Another outcome")
        )
        walker.click(walker.page.get_by_text("Text must stay on this machine"), sight)
        walker.click(walker.page.get_by_text("Answers must cite"), other)
        box = sight.bounding_box()
        assert box and 0 <= box["y"] < 100
        walker.click(sight.get_by_role("button", name="Reset"),
                     sight.get_by_text("This is the run's own setting"))  # fmt: skip
        assert "cite=" not in walker.page.url and "local=" not in walker.page.url


@pytest.mark.slow
def test_a_click_on_the_matrix_opens_its_question_and_a_card_does_on_a_phone(
    address: str, finished: Path
) -> None:
    exam = [json.loads(line) for line in (finished / "questions/test.jsonl").open()]
    with walk(address, 1440) as walker:
        walker.go("questions")
        matrix = walker.page.locator(".st-key-question_matrix .stDataFrameGlideDataEditor").first
        card = walker.page.locator("a.wb-card").nth(1)
        assert not card.is_visible()
        # Below the heads, within the second row.
        spot = {"x": 500, "y": 36 + 88 + 44}
        opened = walker.page.get_by_role("heading", name="Question", exact=True)
        walker.act(lambda: matrix.click(position=spot, timeout=10_000), opened)
        assert f"question={exam[1]['id']}" in walker.page.url
    with walk(address, 390) as walker:
        walker.go("questions")
        card = walker.page.locator("a.wb-card").nth(1)
        walker.awaits(card)
        assert not walker.page.locator(".st-key-question_matrix").is_visible()
        walker.click(card, walker.page.get_by_text("Reference:").first)
        walker.sees(exam[1]["text"])
        assert f"question={exam[1]['id']}" in walker.page.url


@pytest.mark.slow
def test_the_report_and_its_files_download(address: str, finished: Path) -> None:
    with walk(address) as walker:
        walker.go("report")
        for label, name in (
            ("Report as one HTML file", "report.html"),
            ("Every figure as JSON", "results.json"),
        ):
            saved = walker.download(walker.page.get_by_role("button", name=label))
            assert saved == (finished / name).read_bytes()


@pytest.mark.slow
def test_a_pdf_and_a_zip_are_made_by_one_click(finished: Path, tmp_path: Path) -> None:
    chromium()
    shutil.copytree(finished, tmp_path / "runs" / finished.name)
    with dashboard(tmp_path / "runs", tmp_path) as address, walk(address) as walker:
        walker.go("report")
        for label, first in (("Report as PDF", b"%PDF"), ("With the records it links", b"PK")):
            saved = walker.download(walker.page.get_by_role("button", name=label))
            assert saved.startswith(first) and len(saved) > 10_000


@pytest.mark.slow
def test_a_chart_downloads_as_picture_and_a_table_as_csv(address: str) -> None:
    with walk(address) as walker:
        walker.go("verdict")
        chart = walker.page.locator("[data-testid=stVegaLiteChart]").first
        chart.hover()
        picture = walker.page.get_by_role("button", name=re.compile("Download as PNG")).first
        assert walker.download(picture).startswith(b"\x89PNG")
        table = walker.download(walker.page.get_by_role("button", name="CSV").first)
        assert table.decode("utf-8-sig").count("\n") > 4


@pytest.mark.slow
def test_the_demo_starts_in_one_click_and_can_be_stopped(tmp_path: Path) -> None:
    chromium()
    with dashboard(tmp_path / "runs", tmp_path) as address, walk(address) as walker:
        walker.go()
        page = walker.page
        at_work = page.get_by_text("1 at work now").first
        walker.click(page.get_by_role("button", name="Run the demo"), at_work, SLOWLY_S)
        walker.awaits(page.get_by_text(re.compile("Questions.* kept")).first, SLOWLY_S)
        resume = page.get_by_text("Resume").first
        walker.click(page.get_by_role("button", name="Stop"), resume, SLOWLY_S)
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
        page = walker.page
        stop, at_work = page.get_by_role("button", name="Stop"), page.get_by_text(AT_WORK).first
        walker.go()
        walker.sees("Give it a text.")
        walker.go("new_run")
        upload = page.locator("input[type=file]").first
        walker.act(lambda: upload.set_input_files(str(text)), page.get_by_text("my tale.txt").first)
        purpose = page.get_by_label("What is the assistant for?")
        check = page.get_by_role("button", name="Check and estimate")
        walker.enter(purpose, "Answer readers' questions about the tale.", check)
        chosen = page.get_by_role("radio", name="Quick look", checked=True)
        walker.click(page.get_by_text("Quick look"), chosen)
        start = page.get_by_role("button", name="Start")
        walker.click(check, page.get_by_text("words in").first, SLOWLY_S)
        walker.awaits(start, SLOWLY_S)  # offered once the trial is done
        walker.click(start, at_work, SLOWLY_S)
        walker.awaits(page.locator("[data-testid=stProgress]").nth(1), SLOWLY_S)
        stopped = page.get_by_text("It stopped before it finished").first
        walker.click(stop, stopped, SLOWLY_S)
        walker.click(page.get_by_role("button", name="Resume"), at_work, SLOWLY_S)
        walker.go()  # the page that started it is left
        walker.sees("1 at work now")
        walker.sees("1 run: 1 done.", 4 * SLOWLY_S)
        (run,) = runs.iterdir()
        _label_and_ask(walker, run)
        assert walker.strangers == []


def _label_and_ask(walker: Walker, run: Path) -> None:
    """On the finished run: a blind label, and a live question to all variants."""
    page = walker.page
    first = json.loads((run / "questions/test.jsonl").read_text().splitlines()[0])
    walker.go(f"questions?run={run.name}&question={first['id']}")
    name = page.get_by_role("textbox", name="Your name or initials")
    walker.click(page.get_by_text("Judge blind"), name)
    walker.enter(name, "kim", page.get_by_text("Answer A").first)
    assert "RAG" not in walker.text()
    labels = run / "labels/labels.jsonl"
    walker.click(page.get_by_role("radio", name="wrong").first, labels.is_file)
    label = json.loads(labels.read_text().splitlines()[0])
    assert (label["label"], label["rater"], label["blind"]) == ("wrong", "kim", True)
    walker.go(f"ask?run={run.name}")
    load = page.get_by_role("button", name="Load the models")
    question = page.get_by_label("Question", exact=True)
    walker.click(load, question, SLOWLY_S)
    walker.enter(question, first["text"], page.get_by_text(re.compile("in all")).nth(3), SLOWLY_S)
    assert page.get_by_text("3 passages").count() == 2
    walker.click(page.get_by_role("button", name="Stop the server"), load, SLOWLY_S)
