"""The start page's runs: named, noted, tagged, found, told apart, deleted."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import words
from workbench.cli import screen
from workbench.records.notes import Notes, read_notes, write_notes

Show = Callable[..., Any]


@pytest.fixture
def second(run: Path) -> Path:
    """Another run of the same experiment that looks at more passages."""
    other = Path(shutil.copytree(run, run.parent / "chronicle-1b2c3d4e"))
    path = other / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "run_id": other.name}))
    path = other / "specification.yaml"
    text = path.read_text()
    assert "top_k: 3" in text
    path.write_text(text.replace("top_k: 3", "top_k: 9", 1))
    return other


def _hashes(run: Path) -> dict[str, str]:
    return {
        str(path.relative_to(run)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(run.rglob("*"))
        if path.is_file() and path.name != "notes.json"
    }


def _press(app: Any, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def test_a_name_a_note_and_tags_are_kept_beside_the_results(run: Path, show: Show) -> None:
    before = _hashes(run)
    app = show()
    app.text_input(key=f"name_{run.name}").input("Spring <b>trial</b>")
    app.text_area(key=f"note_{run.name}").input("For the council of **May**.")
    app.text_input(key=f"tags_{run.name}").input("council, may , council,")
    _press(app, "Save")
    expected = Notes(name="Spring <b>trial</b>", note="For the council of **May**.",
                     tags=("council", "may"))  # fmt: skip
    assert read_notes(run) == expected
    text = words(show())
    assert "Spring <b>trial</b>" in text and "For the council of **May**." in text
    assert "The Town Chronicle" in text, "the corpus's title stays on the card"
    assert _hashes(run) == before
    assert "Spring <b>trial</b>" in str(show("verdict").sidebar.selectbox[0].options)


def test_runs_of_one_experiment_are_told_apart_by_their_settings(second: Path, show: Show) -> None:
    text = words(show())
    assert "2 runs: 2 done." in text
    assert "Set apart by: " in text
    assert "top_k 3" in text and "top_k 9" in text
    shutil.copy(second.parent / "chronicle-0a1b2c3d/specification.yaml", second)
    text = words(show())
    assert "Set apart by: " not in text and "Set as other runs of this experiment are" in text


def test_a_search_and_a_tag_leave_the_runs_that_hold_them(
    run: Path, second: Path, show: Show
) -> None:
    write_notes(second, "Nine passages", "", ["wide"])
    app = show()
    app.text_input(key="search_runs").input("NINE chronicle").run()
    assert "1 of 2 runs hold this." in words(app)
    assert second.name in words(app) and run.name not in words(app)
    app.text_input(key="search_runs").input("").run()
    app.multiselect(key="tags_runs").select("wide").run()
    assert second.name in words(app) and run.name not in words(app)


def test_deleting_asks_first_and_takes_that_run_alone(run: Path, second: Path, show: Show) -> None:
    app = show()
    app.button(key=f"delete_{run.name}").click().run()
    assert run.is_dir()
    _press(app, "Keep it")
    assert run.is_dir() and "Delete for good" not in [b.label for b in app.button]
    app.button(key=f"delete_{run.name}").click().run()
    assert f"Delete {run.name}?" in words(app).replace("\\", "")
    _press(app, "Delete for good")
    assert not run.exists() and second.is_dir()
    assert "1 run: 1 done." in words(app)


def test_a_run_that_names_another_in_its_manifest_is_not_deleted(run: Path, show: Show) -> None:
    path = run / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "run_id": "somebody-elses"}))
    app = show()
    app.button(key=f"delete_{run.name}").click().run()
    _press(app, "Delete for good")
    assert run.is_dir()
    assert "nothing else is deleted here" in words(app)


def test_what_failed_before_the_exam_is_sent_to_a_changed_run(run: Path, show: Show) -> None:
    (run / "results.json").unlink()
    path = run / "manifest.json"
    facts = {"state": "failed", "stages": {}, "error": {"message": "Too small.", "hint": "More."}}
    path.write_text(json.dumps({**json.loads(path.read_text()), **facts}))
    app = show()
    assert "1 run: 1 failed." in words(app)
    assert "change one of them in a new run" in words(app)
    labels = [button.label for button in app.button]
    assert "Try the same again" in labels and "Resume" not in labels


def test_damaged_notes_are_no_notes(run: Path, show: Show) -> None:
    (run / "notes.json").write_text('{"name": 3, "tags": "x"')
    assert read_notes(run) == Notes()
    assert "The Town Chronicle" in words(show())


def test_the_terminal_lists_names_and_tags_once_there_are_any(
    run: Path, second: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    screen.show_runs(screen.run_entries())
    assert "name and tags" not in capsys.readouterr().out
    write_notes(second, "Nine passages", "kept apart", ["wide"])
    entries = {entry["id"]: entry for entry in screen.run_entries()}
    assert entries[second.name]["name"] == "Nine passages"
    assert entries[second.name]["tags"] == ["wide"]
    assert entries[run.name]["name"] == ""
    screen.show_runs(list(entries.values()))
    shown = " ".join(capsys.readouterr().out.split())
    assert "name and tags" in shown and "Nine" in shown and "#wide" in shown
