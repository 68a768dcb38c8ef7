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


def test_how_often_the_text_may_change_is_told_as_a_period(results: dict[str, Any]) -> None:
    names = Results.model_validate(results).names()
    first, search, last = (list(names.values())[at] for at in (0, 1, 3))
    told = render_markdown(results)
    assert (
        f"If the text changes more often than every 9 weeks, {search} costs less than {first}"
        in (told)
    )
    assert "every day (machines alone; people's hours left out)" in told
    assert f"{first} lost +12.0 points" in told and "falls behind" in told
    assert "Update, machine" in told and "Update, people" in told
    assert f"{search} costs less than {last} however often" in told


def test_the_terminal_has_a_line_for_each_variant(results: dict[str, Any]) -> None:
    from workbench.cli import screen

    assert screen._editions(Results.model_validate({**results, "editions": None})) == []
    (table,) = screen._editions(Results.model_validate(results))
    with screen.console().capture() as held:
        screen.console().print(table)
    told = held.get()
    assert "Stale" in told and "[" not in told, "without intervals"
    # A name may go on in the next line.
    for name in ("Prompt", "RAG", "Fine"):
        assert any(line.startswith(name) for line in told.splitlines())
