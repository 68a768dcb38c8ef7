"""What a provider tuned, in report and terminal: model, job, tokens, money."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.support import made_run
from tests.support.made_run import render_html, render_markdown
from tests.support.report_page import Page
from workbench import wording
from workbench.cli.result import one_screen
from workbench.records.results import Results
from workbench.report.links import look_up

JOB = {
    "adapter": "fine_tuned", "method": "hosted", "provider": "OpenAI", "base": "gpt-small",
    "model": "ft:gpt-small:org::1", "job": "ftjob-1", "trained_tokens": 54321,
    "tokens_by_provider": True, "money": 12.5, "examples": 40, "epochs": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return made_run.results()


def screen(results: dict[str, Any]) -> str:
    return " ".join(" ".join(one_screen(Results.model_validate(results))).split())


def test_every_renderer_names_what_was_made_and_billed(made: dict[str, Any]) -> None:
    results = {**made, "tuning": [JOB]}
    html, markdown = render_html(results), render_markdown(results).replace("\\", "")
    page = unescape(re.sub(r"<[^>]+>", "", html))
    for text in (page, markdown, screen(results)):
        assert (
            "answers by ft:gpt-small:org::1, which OpenAI made of gpt-small (job ftjob-1): 54,321 "
            "training tokens as billed, $12.50."
        ) in re.sub(r"\s+", " ", text)
    places = {own["data-at"] for own, _ in Page(html).numbers}
    assert {"/tuning/0/trained_tokens", "/tuning/0/money"} <= places
    assert look_up(results, "/tuning/0/money") == 12.5


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tokens_by_provider": False}, "54,321 training tokens by our own count, $12.50."),
        ({"money": None}, "as billed; what they cost the price book does not say."),
    ],
)
def test_what_is_not_known_is_said(
    changes: dict[str, Any], said: str, made: dict[str, Any]
) -> None:
    assert said in screen({**made, "tuning": [{**JOB, **changes}]})


def test_a_training_of_our_own_is_none_of_it(made: dict[str, Any]) -> None:
    assert "which OpenAI made" not in screen(made)
    assert wording.say("h_hosted") not in render_markdown(made)
