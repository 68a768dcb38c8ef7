"""Searched prompts in the report, beside the table and on the Verdict page, number by number."""

from __future__ import annotations

import re
from html import unescape

from tests.support import made_run
from tests.support.made_run import render_html, render_markdown
from tests.support.prompted import prompt_search
from tests.support.report_page import Page
from workbench import wording
from workbench.cli.result import one_screen
from workbench.records.results import Results
from workbench.report.links import look_up


def test_the_report_tells_them_and_every_number_resolves() -> None:
    results = {**made_run.results(), "prompt_search": [prompt_search()]}
    html, markdown = render_html(results), render_markdown(results).replace("\\", "")
    for text in (re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", html))), markdown):
        assert "Prompt chosen on 40 dev questions from 4: quote; the exam stayed shut" in text
        assert "What stood there is −50.0 from it" in text and "more than luck" in text
        assert "came to 75.0 on dev and to 60.0 on the exam: 15.0 points less" in text
        assert "before the training, by the untuned model" in text
        assert "Prompts chosen on 40 dev questions: RAG, Hybrid: quote, from 4." in text
    told = [own for own, _ in Page(html).numbers if own["data-at"].startswith("/prompt_search")]
    assert len(told) > 15
    for own in told:
        assert look_up(results, own["data-at"]) is not None, own
    lines = one_screen(Results.model_validate(results))
    assert "Prompts chosen on 40 dev questions: RAG, Hybrid: quote, from 4." in lines


def test_a_run_without_a_search_has_no_such_section() -> None:
    text = render_markdown(made_run.results())
    assert wording.say("h_prompt_search") not in text and "Prompts chosen" not in text


def test_the_sentences_follow_what_the_search_showed() -> None:
    def keys(**changes: object) -> list[str]:
        return [item["key"] for item in prompt_search(**changes)["statements"]]  # type: ignore[arg-type]

    assert keys() == ["prompts_chosen", "prompts_behind", "prompts_curse"]
    assert keys(exam=0.9)[-1] == "prompts_no_curse"
    assert keys(exam=None)[-1] == "trials_lucky"
    # Of equal ones what stood there stays.
    assert keys(right=(2, 2, 2, 2))[0] == "prompts_kept"
