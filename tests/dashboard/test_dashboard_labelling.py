"""Three questions labelled by hand in a real browser: each label is kept, on its own question."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.browser import Walker, chromium, dashboard, walk
from tests.support.made_run import write_run
from workbench.dashboard.queries import labels

RATER = "kim"
CANDIDATES = ["prompt_only", "rag", "fine_tuned", "fine_tuned_rag"]


def _label(walker: Walker, kept: Path, place: int, label: str, by_keyboard: bool) -> None:
    """Judge the answer in that place until one label more is kept."""
    group = walker.page.get_by_role("radiogroup", name=f"Answer {'ABCD'[place]} is")
    choice = group.get_by_role("radio", name=label)
    before = len(_lines(kept))

    def press() -> None:
        # A second press would take the choice back.
        if len(_lines(kept)) > before:
            return
        if by_keyboard:
            choice.focus()
            walker.page.keyboard.press("Space")
        else:
            choice.click()

    def one_more() -> bool:
        return len(_lines(kept)) == before + 1

    walker.act(press, one_more)


def _lines(kept: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []


@pytest.mark.slow
def test_labels_on_three_questions_are_kept_each_on_its_own(tmp_path: Path) -> None:
    chromium()
    run = write_run(tmp_path / "runs")
    kept = run / "labels/labels.jsonl"
    exam = [json.loads(line) for line in (run / "questions/test.jsonl").read_text().splitlines()]
    wanted = []
    with dashboard(run.parent, tmp_path) as address, walk(address) as walker:
        page = walker.page
        walker.go(f"questions?run={run.name}&question={exam[0]['id']}")
        name = page.get_by_role("textbox", name="Your name or initials")
        walker.click(page.get_by_text("Judge blind"), name)
        walker.enter(name, RATER, page.get_by_text("Answer A").first)
        for number, question in enumerate(exam[:3]):
            walker.sees(question["text"])
            assert f"question={question['id']}" in page.url
            order = labels.shuffled(CANDIDATES, question["id"], RATER)
            for place, variant in enumerate(order):
                label = labels.JUDGEMENTS[(number + place) % 2]
                _label(walker, kept, place, label, by_keyboard=bool(number % 2))
                wanted.append((question["id"], variant, label))
            following = page.get_by_text(exam[number + 1]["text"])
            if number % 2:
                page.locator("h1").click()  # a letter typed into a field is no shortcut
                walker.act(lambda: page.keyboard.press("n"), following)
            else:
                walker.click(page.get_by_role("button", name="Next"), following)
        found = [(row["question"], row["variant"], row["label"]) for row in _lines(kept)]
        assert found == wanted
        fourth = exam[3]["text"]
        page.reload()
        walker.sees(fourth)
        listed = page.get_by_label("Search questions and answers")
        walker.click(page.get_by_role("link", name="Questions", exact=True).first, listed)
        assert "question=" not in page.url
        few = page.get_by_text(re.compile(r"of 72 questions \("))
        walker.enter(listed, "rope walk", few)
        walker.awaits(listed)
        assert "question=" not in page.url
