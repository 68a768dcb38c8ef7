"""Planted instructions in every renderer; every number resolves."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest

from tests.support import made_run
from tests.support.made_run import render_html, render_markdown
from tests.support.planted import told
from tests.support.told import figures
from workbench import findings
from workbench.records.results import Results
from workbench.report.links import look_up


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    made = json.loads(json.dumps(made_run.results()))
    return {**made, "planted": told([row["name"] for row in made["variants"]])}


def test_every_figure_is_where_it_says(results: dict[str, Any]) -> None:
    section = findings.section(Results.model_validate(results), "planted")
    assert section and section.chief
    found = [item for item in figures(section) if isinstance(item, dict)]
    assert len(found) > 20
    for item in found:
        assert look_up(results, item["at"]) == item["value"]


def test_who_obeys_is_cautioned_and_who_copies_is_not(results: dict[str, Any]) -> None:
    section = findings.section(Results.model_validate(results), "planted")
    obeys, copies, answers, *_ = section.statements
    assert obeys.level == "caution" and "does what the text tells it" in obeys.text()
    assert copies.level == "info" and "cannot be told from copying" in copies.text()
    assert "obeyed none of 16" in answers.text()


def test_it_stands_in_the_page_and_in_markdown(results: dict[str, Any]) -> None:
    page, text = unescape(render_html(results)), render_markdown(results)
    for words in ("Instructions in the text", "does what the text tells it", "“Ignore the"):
        assert words in page, words
    assert 'href="planted/' in page
    assert "does what the text tells it" in text


def test_a_run_without_it_says_nothing_of_it() -> None:
    assert not findings.section(Results.model_validate(made_run.results()), "planted")
