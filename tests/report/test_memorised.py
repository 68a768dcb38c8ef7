"""What an adapter may give away, in every renderer; every number resolves."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest

from tests.support import made_run
from tests.support.made_run import render_html, render_markdown
from tests.support.memorised import told
from tests.support.told import figures
from workbench import findings
from workbench.records.results import Results
from workbench.report.links import look_up


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    return {**json.loads(json.dumps(made_run.results())), "memorised": told()}


def test_every_figure_is_where_it_says(results: dict[str, Any]) -> None:
    section = findings.section(Results.model_validate(results), "memorised")
    assert section and section.chief
    found = [item for item in figures(section) if isinstance(item, dict)]
    assert len(found) > 20
    for item in found:
        assert look_up(results, item["at"]) == item["value"]


def test_who_recites_is_cautioned(results: dict[str, Any]) -> None:
    section = findings.section(Results.model_validate(results), "memorised")
    reciting, silent, canaries = section.statements
    assert reciting.level == "caution" and "holds part of the text" in reciting.text()
    assert silent.level == "info" and "20 tokens of none" in silent.text()
    assert "of 4 made-up codes that were trained in, 3 are given away" in canaries.text()


def test_it_stands_in_the_page_and_in_markdown(results: dict[str, Any]) -> None:
    page, text = unescape(render_html(results)), render_markdown(results)
    assert "What an adapter may give away" in page and 'id="memorised-0"' in page
    assert 'href="memorised/base/recited.jsonl"' in page
    assert "holds part of the text" in text


def test_a_run_without_it_says_nothing_of_it() -> None:
    assert not findings.section(Results.model_validate(made_run.results()), "memorised")
