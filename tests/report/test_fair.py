"""Groups, twins, harm, mending and data in every renderer; every number resolves."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest

from tests.support import made_run
from tests.support.fair import fair
from tests.support.made_run import render_html, render_markdown
from tests.support.told import figures
from workbench import findings
from workbench.records.results import Results
from workbench.report.links import anchor, look_up

SECTIONS = ("groups", "twins", "harm", "mending", "data")


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    made = json.loads(json.dumps(made_run.results()))
    return json.loads(json.dumps({**made, **fair(made)}))


@pytest.mark.parametrize("name", SECTIONS)
def test_every_figure_is_where_it_says(name: str, results: dict[str, Any]) -> None:
    known = Results.model_validate(results)
    section = findings.section(known, name)
    assert section and section.chief
    found = [item for item in figures(section) if isinstance(item, dict)]
    assert found
    for item in found:
        assert look_up(results, item["at"]) == item["value"]
    page = render_html(results)
    for item in found:
        assert f'id="{anchor(item["at"], known)}"' in page, item["at"]


def test_who_is_served_worse_is_said_with_its_interval(results: dict[str, Any]) -> None:
    first, others = findings.section(Results.model_validate(results), "groups").statements
    assert first.level == "caution"
    assert "serves men worse than women" in first.text()
    assert "no gap is shown" in others.text()


def test_what_the_person_changes_is_said(results: dict[str, Any]) -> None:
    text = findings.section(Results.model_validate(results), "twins")
    said = " ".join(item.text() for item in text.statements)
    assert "No answer of a variant that is given the text turned" in said
    assert "see no text" in " ".join(item.text() for item in text.notes)


def test_they_stand_in_the_page_and_in_markdown(results: dict[str, Any]) -> None:
    page, text = unescape(render_html(results)), render_markdown(results)
    for words in (
        "does the least harm", "the widest gap between groups went from",
        "telephone numbers (2)", "corpus.mask: [phone]", "idiot (3)", "Equal opportunity",
        "late <van>", "fairness/twins.jsonl", "fairness/groups.jsonl",
    ):  # fmt: skip
        assert words in page, words
    assert "does the least harm" in text and "serves men worse" in text


def test_a_run_without_them_says_nothing_of_them() -> None:
    known = Results.model_validate(made_run.results())
    assert not any(findings.section(known, name) for name in SECTIONS)
