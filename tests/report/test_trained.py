"""Searched settings, the luck of training and a learning curve in the report, number by number."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.support import made_run
from tests.support.made_run import render_html, render_markdown
from tests.support.report_page import Page
from tests.support.trained import learning_curve, trainings, tuning_search
from workbench import wording
from workbench.evaluation import trials
from workbench.report.links import look_up


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    made = made_run.results()
    for item in made["comparisons"]:
        if {"fine_tuned", "fine_tuned_rag"} & {item["variant"], item["baseline"]}:
            item["luck"] = 0.3
    made["tuning_search"] = [tuning_search()]
    return {**made, "trainings": trainings(), "curve": learning_curve()}


def test_the_report_tells_them_and_every_number_resolves(results: dict[str, Any]) -> None:
    html, markdown = render_html(results), render_markdown(results).replace("\\", "")
    for text in (re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", html))), markdown):
        assert "4 settings were tried on 100 dev questions, 1 of them given up early" in text
        assert "learning rate 81%, method 17%" in text and "lora.r" not in text
        assert "Chosen as the best of 3, the setting came to 55.0 on dev and to 48.0" in text
        assert "7.0 points less, as the winner of a search was lucky too" in text
        assert "What stood in the experiment is −15.0 from the best" in text
        assert "4 settings and 30 minutes" in text
        assert "of its uncertainty, 30% is training luck" in text
        assert "luck: more questions will not lessen that part" in text
        assert "would reach RAG at about" in text and "Twice the facts that it had" in text
    assert "LoRA, learning rate 0.002, r 32" in markdown and "IA3, learning rate 0.03" in markdown
    page = Page(html)
    told = [(own, shown) for own, shown in page.numbers
            if own["data-at"].startswith(("/tuning_search", "/trainings", "/curve"))]  # fmt: skip
    assert len(told) > 30
    for own, _ in told:
        assert look_up(results, own["data-at"]) is not None, own


def test_a_run_without_them_has_no_such_section() -> None:
    text = render_markdown(made_run.results())
    for key in ("h_tuning_search", "h_trainings", "h_curve"):
        assert wording.say(key) not in text


def _told(**changes: Any) -> list[str]:
    record = {**tuning_search(), **changes}
    return [item["key"] for item in trials.statements(record, "")]


def test_the_sentences_follow_what_the_search_showed() -> None:
    assert "trials_steep" in _told() or "trials_peak" in _told()
    assert "trials_flat" in _told(within=3)
    assert "trials_peak" in _told(within=1)
    assert "trials_lucky" in _told(exam=None, curse=None)
    assert "trials_no_curse" in _told(exam=0.6, curse=-0.05)
    assert "trials_present_best" in _told(present=0)
    assert "trials_asked_all" in _told(tried=tuning_search()["tried"][:3])
    assert not any(key.startswith("trials_present") for key in _told(present=None))
