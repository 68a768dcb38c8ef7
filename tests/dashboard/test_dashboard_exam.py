"""The exam's page: what of the text is asked about, by name, and all that was thrown away."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import words
from workbench.dashboard.components import as_csv
from workbench.dashboard.queries import coverage, drops, runs
from workbench.dashboard.queries.records import Records

Show = Callable[..., Any]


def silence(run: Path, cluster: str) -> int:
    """Take all questions on a section out of the exam; returns how many that were."""
    gone = 0
    for name in ("test", "gold"):
        path = run / f"questions/{name}.jsonl"
        records = [json.loads(line) for line in path.open()]
        kept = [record for record in records if record["cluster"] != cluster]
        gone += len(records) - len(kept)
        path.write_text("".join(json.dumps(record) + "\n" for record in kept))
    return gone


def sections_of(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "corpus/sections.jsonl").open()]


def test_every_section_is_counted_and_those_without_a_question_are_found(
    run: Path, show: Show
) -> None:
    sections = sections_of(run)
    assert silence(run, sections[1]["id"])
    parts = [part for _, part in coverage.by_section(runs.open_run(run), Records(run))]
    assert [part.id for part in parts] == [section["id"] for section in sections]
    assert [part.asked for part in parts].count(False) == 1 and not parts[1].asked
    exam = [json.loads(line) for line in (run / "questions/test.jsonl").open()]
    assert sum(part.exam for part in parts) == len(exam)
    own = [item for item in exam if item["cluster"] == parts[0].id]
    assert (parts[0].exam, parts[0].exam_facts) == (len(own), len({q["fact"] for q in own}) or 0)
    app = show("exam", tab="Coverage")
    text = words(app)
    assert f"asks about {len(parts) - 1} of {len(parts)} sections; 1 has no question" in text
    app.toggle(key="silent_sections").set_value(True).run()
    table = next(e.value for e in app.get("html") if "<caption><span>1 section<" in str(e.value))
    assert escape(sections[1]["title"]) in table and table.count('scope="row"') == 1


def test_the_parts_of_a_chapter_are_put_together() -> None:
    parts = [
        coverage.Part("a#1", "One: The Mill (1/2)", 10, exam_facts=2, exam=3, silent=0),
        coverage.Part("a#2", "One: The Mill (2/2)", 20, silent=1),
        coverage.Part("a#3", "Two", 5, silent=1),
    ]
    first, second = coverage.chapters(parts)
    assert (first.title, first.size, first.exam, first.exam_facts) == ("One: The Mill", 30, 3, 2)
    assert (first.sections, first.silent, first.asked) == (2, 1, True)
    assert (second.title, second.asked) == ("Two", False)


def test_names_are_counted_with_their_short_forms(run: Path, show: Show) -> None:
    sections = sections_of(run)
    tale = (
        "In the mill Dorcas Pell kept the ledger. Later Dorcas Pell went to Saltby. There Dorcas "
        "met Tobit Lunn. Then Tobit Lunn paid. Again Tobit Lunn left Saltby. Soon Dorcas Pell "
        "came back to Saltby."
    )
    for section in sections:
        section["text"] = tale if section is sections[0] else "It rained."
    (run / "corpus/sections.jsonl").write_text("".join(json.dumps(s) + "\n" for s in sections))
    path = run / "questions/test.jsonl"
    records = [json.loads(line) for line in path.open()]
    for place, record in enumerate(records):
        record["text"] = "What did Dorcas keep?" if place < 2 else "What was it?"
        record["answers"] = ["the ledger of Saltby" if place == 0 else "wax"]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    (run / "questions/gold.jsonl").write_text("")
    found = {part.title: part for part in coverage.by_name(runs.open_run(run), Records(run))}
    assert set(found) == {"Dorcas Pell", "Saltby", "Tobit Lunn"}
    assert (found["Dorcas Pell"].exam, found["Dorcas Pell"].size) == (2, 3)
    assert found["Saltby"].exam == 1 and not found["Tobit Lunn"].asked
    app = show("exam", tab="Coverage")
    app.segmented_control(key=f"coverage_{run.name}").set_value("People and other names").run()
    assert "asks about 2 of 3 names; 1 has no question" in words(app)
    app.text_input(key="search_names").input("tobit").run()
    table = next(e.value for e in app.get("html") if "<caption><span>1 name<" in str(e.value))
    assert "Tobit Lunn" in table and "Dorcas" not in table


@pytest.fixture
def much_dropped(run: Path) -> Path:
    """The run with 130 drafts that fell for one reason and 7 for another."""
    section = sections_of(run)[0]["id"]
    rows = [
        {"question": f"Draft number {n}?", "answer": "wax" if n % 2 else "oil",
         "reason": "names nobody" if n < 130 else "near duplicate", "section": section}
        for n in range(137)
    ]  # fmt: skip
    path = run / "questions/dropped.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return run


def test_all_that_was_thrown_away_is_there_by_reason_a_page_at_a_time(
    much_dropped: Path, show: Show
) -> None:
    app = show("exam", tab="Thrown away")
    assert "137 drafts were thrown away. The most frequent reason: names nobody (130)." in words(
        app
    )

    def listed() -> list[str]:
        assert not app.exception
        table = next(e.value for e in app.get("html") if "of 137 drafts" in str(e.value))
        return [part.split("?")[0] for part in table.split("Draft number ")[1:]]

    assert listed() == [str(n) for n in range(50)]
    app.number_input(key="drop_page_3").set_value(3).run()
    assert listed() == [str(n) for n in range(100, 137)]
    app.selectbox(key="drop_reason").set_value("near duplicate").run()
    assert listed() == [str(n) for n in range(130, 137)]
    assert "7 of 137 drafts" in words(app)
    app.text_input(key="drop_search").input("oil draft").run()
    assert listed() == ["130", "132", "134", "136"]
    every = drops.thrown_away(runs.open_run(much_dropped))
    table = list(csv.DictReader(io.StringIO(as_csv(every).decode("utf-8-sig"))))
    assert len(table) == 137 and table[-1]["reason"] == "near duplicate"


def test_only_the_open_tab_is_drawn_and_the_address_names_it(run: Path, show: Show) -> None:
    assert "Exam questions by kind and stratum" in words(show("exam"))
    text = words(show("exam", tab="The text"))
    assert "passages" in text and "Exam questions by kind and stratum" not in text
