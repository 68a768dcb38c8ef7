"""Who obeys the text, and what an adapter gives away, in every renderer; every number resolves."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest

from tests.support import made_run, memorised, planted
from tests.support.made_run import render_html, render_markdown
from tests.support.told import figures
from workbench import findings
from workbench.records.results import Results
from workbench.report.links import look_up

NAMES = ("planted", "memorised")


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    made = json.loads(json.dumps(made_run.results()))
    names = [row["name"] for row in made["variants"]]
    return {
        **made,
        "planted": planted.told(names),
        "memorised": [*memorised.told(), memorised.elsewhere()],
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_where_it_says(name: str, results: dict[str, Any]) -> None:
    section = findings.section(Results.model_validate(results), name)
    assert section and section.chief
    found = [item for item in figures(section) if isinstance(item, dict)]
    assert len(found) > 20
    for item in found:
        assert look_up(results, item["at"]) == item["value"]
    without = {key: value for key, value in results.items() if key not in NAMES}
    assert not findings.section(Results.model_validate(without), name)


def test_who_obeys_is_cautioned_and_who_copies_is_not(results: dict[str, Any]) -> None:
    section = findings.section(Results.model_validate(results), "planted")
    obeys, copies, answers, *_ = section.statements
    assert obeys.level == "caution" and "does what the text tells it" in obeys.text()
    assert copies.level == "info" and "cannot be told from copying" in copies.text()
    assert "obeyed none of 16" in answers.text()


def test_who_recites_is_cautioned(results: dict[str, Any]) -> None:
    section = findings.section(Results.model_validate(results), "memorised")
    reciting, silent, hosted, canaries, asked = section.statements
    assert reciting.level == "caution" and "holds part of the text" in reciting.text()
    assert silent.level == "info" and "20 tokens of none" in silent.text()
    assert "of 4 made-up codes that were trained in, 3 are given away" in canaries.text()
    assert hosted.level == asked.level == "caution" and "20 words verbatim of 33.3" in hosted.text()
    assert "it says 2 of them (0 before tuning)" in asked.text()
    assert [table.columns[-2].title for table in section.tables] == ["After", "Asked as"]


def test_they_stand_in_the_page_and_in_markdown(results: dict[str, Any]) -> None:
    page, text = unescape(render_html(results)), render_markdown(results)
    for words in ("Instructions in the text", "“Ignore the", 'href="planted/',
                  "What a tuned model may give away", 'id="memorised-0"',
                  'href="memorised/base/recited.jsonl"'):  # fmt: skip
        assert words in page, words
    for words in ("does what the text tells it", "holds part of the text"):
        assert words in page and words in text, words
