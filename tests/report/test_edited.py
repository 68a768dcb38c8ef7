"""What a later edition changed, in every renderer; every number resolves."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest

from tests.report.test_principled import _figures
from tests.support import made_run
from tests.support.made_run import render_html, render_markdown
from workbench import findings
from workbench.records.results import Results
from workbench.report.links import look_up


def estimate(value: float) -> dict[str, Any]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 20, "clusters": 9}


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    made = json.loads(json.dumps(made_run.results()))
    names = [row["name"] for row in made["variants"] if not row["is_ceiling"]]
    rows = [
        {
            "name": name, "unchanged": estimate(0.5), "changed": estimate(0.2 + place / 10),
            "new": estimate(0.3), "removed": {}, "stale": 9 - place, "stale_of": 12,
            "update_s": 60.0 + place,
        }
        for place, name in enumerate(names)
    ]  # fmt: skip
    told = {
        "share": 0.12, "sections": {"unchanged": 3, "changed": 2, "added": 1, "removed": 1},
        "questions": {"unchanged": 40, "changed": 9, "new": 8, "removed": 3}, "retired": 4,
        "changed": [
            {"what": "changed", "title": "4. <Prices>", "gone": 1, "new": 2,
             "was": "A raft costs 60 pounds.", "now": "A raft costs 66 pounds."},
            {"what": "removed", "title": "13. Pay", "gone": 29, "new": 0, "was": "Wages are paid.",
             "now": ""},
        ],
        "variants": rows, "gold": [{key: row[key] for key in row if key != "update_s"}
                                   for row in rows],
    }  # fmt: skip
    return {**made, "editions": told}


def test_every_figure_is_where_it_says(results: dict[str, Any]) -> None:
    section = findings.section(Results.model_validate(results), "editions")
    assert section and section.chief
    found = [item for item in _figures(section) if isinstance(item, dict)]
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
        assert "stale answers to the" in text and "12%" in text
        assert "A raft costs 66 pounds." in text
    assert "<Prices>" not in render_html(results)
