"""Searched retrieval on the terminal and in the report, number by number."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.support import made_run
from tests.support.made_run import render_html, render_markdown
from tests.support.report_page import Page
from tests.support.retrieved import BEST, LIKE, PRESENT, retrieval_search
from workbench import wording
from workbench.cli.retrievals import as_record, show_retrieval
from workbench.records.trials import RetrievalSearch
from workbench.report.links import look_up


def test_the_report_tells_it_and_every_number_resolves() -> None:
    results = {**made_run.results(), "retrieval_search": retrieval_search()}
    html, markdown = render_html(results), render_markdown(results).replace("\\", "")
    for text in (re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", html))), markdown):
        assert "4 settings of the search were tried on 40 train and dev questions" in text
        assert "is +50.0 points ahead of what stood there" in text and "more than luck" in text
        assert "The best 2 answered 40 dev questions, which chose the first." in text
        assert "came to 75.0 on dev and to 60.0 on the exam: 15.0 points less" in text
        assert "embedding (name e5, dimensions 64)" in text and "as it stood" in text
        assert "it contradicts itself" in text
    told = [own for own, _ in Page(html).numbers if own["data-at"].startswith("/retrieval_search")]
    assert len(told) > 15
    for own in told:
        assert look_up(results, own["data-at"]) is not None, own


def test_a_run_without_a_search_has_no_such_section() -> None:
    assert wording.say("h_retrieval_search") not in render_markdown(made_run.results())


def test_the_sentences_follow_what_the_search_showed() -> None:
    def keys(**changes: Any) -> list[str]:
        return [item["key"] for item in retrieval_search(**changes)["statements"]]

    first, last = ["retrieval_tried", "retrieval_better"], ["retrieval_failed", "retrieval_curse"]
    assert keys() == [*first, "retrieval_chosen", "prompts_behind", *last]
    assert keys(exam=0.9)[-1] == "retrieval_no_curse"
    assert keys(exam=None)[-1] == "trials_lucky"
    assert keys(right=())[-1] == "trials_lucky", "nothing answered"
    level = keys(hits=(PRESENT, LIKE), right=(0.75, 0.75))
    assert {"retrieval_maybe", "retrieval_ties"} <= {*level}
    assert "retrieval_kept" in keys(right=(0.75, 0.5))
    assert "retrieval_none_better" in keys(hits=(BEST, PRESENT))


def test_the_terminal_shows_settings_marks_and_what_tokens_buy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    found = RetrievalSearch.model_validate(retrieval_search())
    show_retrieval(found, Path("best.yaml"))
    said = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "embedding (name e5, *~+ 2 100 100.0" in said, "a table reads as a sentence"
    assert "(as it is)" in said and "it contradicts itself" in said
    assert "50 tokens 50.0 (embedding (name e5, dimensions 64)), 100 tokens 100.0" in said
    assert "workbench run best.yaml" in said
    assert as_record(found)["conclusion"].startswith("What shows the evidence most often")
    show_retrieval(RetrievalSearch.model_validate(retrieval_search(right=())), None)
    assert "answers" not in capsys.readouterr().out.splitlines()[0]
