"""Preferences, and helpful, honest and harmless, in every renderer; every number resolves."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest

from tests.support import made_run
from tests.support.made_run import render_html, render_markdown
from tests.support.preferred import principles, tuned
from tests.support.told import figures
from workbench import findings
from workbench.records.results import Results
from workbench.report.links import look_up


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    made = json.loads(json.dumps(made_run.results()))
    names = [row["name"] for row in made["variants"]]
    return {**made, "tuning": tuned(), "principles": principles(names)}


@pytest.mark.parametrize("name", ["preferences", "principles"])
def test_every_figure_is_where_it_says(name: str, results: dict[str, Any]) -> None:
    section = findings.section(Results.model_validate(results), name)
    assert section and section.chief
    found = [item for item in figures(section) if isinstance(item, dict)]
    assert found
    for item in found:
        assert look_up(results, item["at"]) == item["value"]


def test_what_was_gained_and_lost_is_said(results: dict[str, Any]) -> None:
    section = findings.section(Results.model_validate(results), "preferences")
    up, down = (item.text() for item in section.statements)
    assert up == "Fine-tuned: by DPO on 34 pairs, dev answers went from 25.0 to 31.0."
    assert "a reward model that puts 75% of 12 dev pairs right" in down
    assert "dev answers fell from 50.0 to 44.0" in down


def test_they_stand_in_the_page_and_in_markdown(results: dict[str, Any]) -> None:
    page, text = unescape(render_html(results)), render_markdown(results)
    for words in (
        "dev answers went from",
        "Then by preferences or rewards",
        "refuses the fewest of the probes",
        "Harmless: refuses the probes",
    ):
        assert words in page, words
    assert "refuses the fewest of the probes" in text


def test_a_run_without_them_says_nothing_of_them() -> None:
    made = made_run.results()
    for name in ("preferences", "principles"):
        assert not findings.section(Results.model_validate(made), name)
