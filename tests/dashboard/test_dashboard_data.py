"""All questions as a table: decisions, edits and tags beside the run's files, out and in as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import TRY_S, chromium, dashboard, walk
from tests.support.pages import words
from workbench.dashboard.components import as_csv
from workbench.dashboard.jobs import playground as job
from workbench.dashboard.pages import data
from workbench.dashboard.queries import dataset, review, runs
from workbench.dashboard.queries.records import Records
from workbench.errors import WorkbenchError
from workbench.questions.dataset.gold import sound_gold

Show = Callable[..., Any]


def bytes_of(run: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (run / "questions").iterdir()}


def test_decisions_edits_and_tags_are_kept_beside_the_locked_files(run: Path) -> None:
    before, opened = bytes_of(run), runs.open_run(run)
    rows = dataset.rows(opened, "dev")
    changed = [dict(row) for row in rows]
    changed[0]["decision"] = "reject"
    changed[1]["question"] = "What did she leave?"
    changed[2] |= {"tags": "trade | hard", "decision": "accept"}
    changed[3]["tags"] = "odd"
    assert len(dataset.changed(rows, changed)) == 4 and not dataset.changed(rows, rows)
    assert dataset.save(opened, rows, changed) == 4
    now = dataset.rows(opened, "dev")
    assert [row["decision"] for row in now[:4]] == ["reject", "accept", "accept", ""]
    assert now[1]["question"] == "What did she leave?" and now[3]["tags"] == "odd"
    assert dataset.save(opened, now, now) == 0, "what is as it was is not recorded"
    kept = [json.loads(line) for line in review.reviewed(
        runs.lines(run / "questions/dev.jsonl"), review.read(run)).splitlines()]  # fmt: skip
    assert [record["id"] for record in kept] == [rows[1]["id"], rows[2]["id"]]
    assert kept[0]["rev"] == 1 and kept[1]["tags"] == {"trade": True, "hard": True}
    assert bytes_of(run) == before
    changed[4]["decision"] = "perhaps"
    with pytest.raises(WorkbenchError, match="'perhaps' is no decision"):
        dataset.save(opened, now, changed)


def test_annotations_go_out_and_in_as_csv(run: Path) -> None:
    opened = runs.open_run(run)
    rows = [row for role in ("test", "train") for row in dataset.rows(opened, role)]
    table = list(csv.DictReader(io.StringIO(as_csv(rows).decode("utf-8-sig"))))
    table[0] |= {"decision": "reject", "tags": "-odd"}
    table[-1]["decision"] = "accept"
    # As the export writes it: a spreadsheet must not take a tag for a formula.
    content = as_csv([*table, {**table[0], "id": "nobody"}])
    assert b"'-odd" in content
    assert dataset.take(opened, content) == (2, 1)
    assert dataset.rows(opened, "test")[0]["tags"] == "-odd"
    assert dataset.rows(opened, "train")[-1]["decision"] == "accept"
    with pytest.raises(WorkbenchError, match="no columns id and decision"):
        dataset.take(opened, b"a,b\n1,2\n")
    with pytest.raises(WorkbenchError, match="no CSV in UTF-8"):
        dataset.take(opened, b"\xff\xfe\xff")


def test_the_page_shows_the_exam_without_what_was_rejected_and_says_it_is_no_verdict(
    run: Path, show: Show
) -> None:
    app = show("data", run=run.name)
    assert "60 questions: 0 accepted, 0 rejected, 60 undecided." in words(app)
    assert "This is no verdict" not in words(app)
    # Rejecting all that RAG got wrong leaves an exam on which it is never wrong.
    opened = runs.open_run(run)
    wrong = {
        row["question"]
        for row in Records(run).rows(
            "SELECT question FROM scores WHERE metric='f1' AND variant='rag' AND value < 1"
        )
    }
    rows = dataset.rows(opened, "test")
    marked = [{**row, "decision": "reject"} for row in rows if row["id"] in wrong]
    dataset.save(opened, rows, marked)
    text = words(show("data", run=run.name))
    assert f"60 questions: 0 accepted, {len(marked)} rejected" in text
    assert "This is no verdict" in text
    row = next(line for line in text.split("<tr") if ">RAG<" in line and "100.0 <small>" in line)
    sat = json.loads((run / "results.json").read_text())["variants"]
    told = next(item for item in sat if item["name"] == "rag")["metrics"]["f1"]["value"]
    assert f"<td>{100 * told:.1f} <small>" in row, "as sat it is the run's own figure"


@pytest.mark.slow
def test_a_cell_is_edited_by_keyboard_alone(run: Path, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    chromium()
    rows = dataset.rows(runs.open_run(run), "test")
    with dashboard(run.parent, tmp_path) as address, walk(address) as walker:
        walker.go("data")
        page, keys = walker.page, walker.page.keyboard
        # The grid is a canvas; this is its accessible table's cell: the second row's question.
        cell = page.get_by_test_id("glide-cell-1-1").first
        editor = page.locator("#portal textarea")
        unsaved = page.get_by_text("1 change is not saved yet.")

        def editing() -> None:
            cell.focus(timeout=1000 * TRY_S)
            if not editor.is_visible():
                keys.press("Enter")
            # Keys that come before it has the focus would be lost.
            expect(editor).to_be_focused(timeout=1000 * TRY_S)
            keys.press("Control+A")
            keys.type("What was left?")
            expect(editor).to_have_value("What was left?", timeout=1000 * TRY_S)
            keys.press("Enter")

        walker.act(editing, unsaved)
        # Another filter keeps the edit, and with its question.
        one = page.get_by_role("button", name="Accept the 1 shown")
        search = page.get_by_role("textbox", name="Search", exact=True)
        walker.enter(search, rows[9]["question"], one)
        walker.awaits(unsaved)
        said = page.get_by_text("60 questions: 1 accepted, 0 rejected")
        walker.click(page.get_by_role("button", name="Save", exact=True), said)
        walker.settle()
        assert not unsaved.is_visible()
        assert walker.errors == []
    (decided,) = review.read(run).values()
    assert (decided["question"], decided["decision"]) == (rows[1]["id"], "edit")
    assert decided["text"] == "What was left?"


def test_an_editor_is_of_its_rows_alone(run: Path) -> None:
    """It keeps edits by the row's place: under one key they would go to other questions."""
    opened = runs.open_run(run)
    rows = dataset.rows(opened, "test")
    keys = {data._view(opened, rows[place : place + 5]) for place in (0, 1, 5)}
    assert len(keys) == 3


def test_saving_what_was_not_changed_records_nothing(run: Path, show: Show) -> None:
    app = show("data", run=run.name)
    next(b for b in app.button if b.label == "Save").click().run()
    assert not app.exception and review.read(run) == {}


def test_all_that_is_shown_is_rejected_at_once(run: Path, show: Show) -> None:
    app = show("data", run=run.name)
    app.segmented_control(key="data_role").set_value("gold").run()
    app.button(key="data_all_reject").click().run()
    assert not app.exception
    assert "12 questions: 0 accepted, 12 rejected" in words(app)
    assert {row["decision"] for row in review.judged(run).values()} == {"reject"}
    assert "12 rejected" in words(show("exam", tab="Accept or reject"))


def test_gold_is_brought_in_with_its_columns_named(run: Path, show: Show) -> None:
    app = show("data", run=run.name)
    table = "Frage,Antwort,Beleg\nWho left wax?,Bram,Bram left wax.\nWho left tin?,,\n"
    app.get("file_uploader")[-1].set_value([("mine.csv", table.encode(), "text/csv")]).run()
    assert "has no column" in words(app).replace("\\", "")
    for ours, theirs in (("text", "Frage"), ("answers", "Antwort"), ("quote", "Beleg")):
        box = next(b for b in app.selectbox if str(b.key).endswith(f"_{ours}"))
        box.set_value(theirs).run()
    assert not app.exception
    text = words(app).replace("\\", "")
    assert "Questions: 1. Rows that are none: 1." in text and "no answer is given" in text
    next(b for b in app.button if b.label == "Add to the gold file").click().run()
    experiment = runs.open_run(run).specification["name"]
    (question,) = sound_gold(job.gold_file(experiment)).questions
    assert (question.text, question.answers) == ("Who left wax?", ("Bram",))
    assert question.evidence[0].quote == "Bram left wax."
