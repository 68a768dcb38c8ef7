"""What a later edition changed, in every renderer; every number resolves."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest

from tests.support import made_run
from tests.support.edited import edited
from tests.support.made_run import render_html, render_markdown
from tests.support.told import figures
from workbench import findings
from workbench.records.results import Results
from workbench.report.links import look_up


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    made = json.loads(json.dumps(made_run.results()))
    return {**made, "editions": edited(made)}


def test_every_figure_is_where_it_says(results: dict[str, Any]) -> None:
    section = findings.section(Results.model_validate(results), "editions")
    assert section and section.chief
    found = [item for item in figures(section) if isinstance(item, dict)]
    assert len(found) > 40
    for item in found:
        assert look_up(results, item["at"]) == item["value"]


def test_a_run_on_one_edition_says_nothing_of_it(results: dict[str, Any]) -> None:
    one = {**results, "editions": None}
    assert not findings.section(Results.model_validate(one), "editions")
    assert "The text changed" not in render_html(one)


def test_what_changed_and_who_is_stale_stand_in_every_renderer(results: dict[str, Any]) -> None:
    for text in (unescape(render_html(results)), render_markdown(results)):
        assert "The text changed" in text
        assert "gives the most stale answers" in text and "12%" in text
        assert "A raft costs 66 pounds." in text
    assert "<Prices>" not in render_html(results)
