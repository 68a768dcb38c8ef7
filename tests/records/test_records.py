"""Records: read and written without loss, older and damaged ones shown as far as they go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import made_run
from workbench.errors import WorkbenchError
from workbench.questions.dataset.question_set import load as load_questions
from workbench.questions.dataset.question_set import lock
from workbench.records import migrate
from workbench.records.layout import RunLayout
from workbench.records.load import load, load_manifest, results_of
from workbench.records.results import SCHEMA_VERSION, Results
from workbench.records.run import Run, find_run
from workbench.report import render_html, render_markdown
from workbench.report.links import look_up

PAIR = {"exam": "e1", "drill": "d1", "exam_text": "Who?", "drill_text": "Who then?",
        "nearness": 0.4, "why": None}  # fmt: skip


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return made_run.results()


@pytest.fixture
def older(whole: dict[str, Any]) -> dict[str, Any]:
    """The same results as a run before versions and the field's words wrote them."""
    record = json.loads(json.dumps({k: v for k, v in whole.items() if k != "schema_version"}))
    stated = record.pop("warning_statements")
    stated["An old sentence."] = {"key": "warn_gold_drilled", "values": {}}
    strata = {"unseen": {"questions": 3, "checks": [], "leaks": [], "closest": [PAIR]}}
    return {
        **record, "warned": stated, "building": {"drill_share": 0.4},
        "certificate": {"clean": True, "near_duplicate": 0.85, "strata": strata},
    }  # fmt: skip


def put(folder: Path, record: Any) -> Path:
    (folder / "results.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def test_results_are_written_as_they_were_read(whole: dict[str, Any]) -> None:
    found, problems = results_of(whole)
    assert found.record() == whole and not problems
    assert [row.at for row in found.variants] == [f"/variants/{n}" for n in range(5)]
    assert look_up(whole, found.variants[2].at)["name"] == found.variants[2].name
    assert whole["schema_version"] == SCHEMA_VERSION


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(0, 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(record=st.dictionaries(st.sampled_from([*Results.model_fields, "new"]), json_values))
def test_no_results_are_so_damaged_that_nothing_is_read(record: dict[str, Any]) -> None:
    found, problems = results_of(record)
    assert problems and isinstance(found, Results)
    again, _ = results_of(found.record())
    assert again.record() == found.record()


def test_an_older_run_is_read_in_todays_words(older: dict[str, Any]) -> None:
    found, problems = results_of(older)
    assert not problems and found.schema_version == SCHEMA_VERSION
    assert found.certificate is not None and found.building is not None
    assert found.certificate.strata["unseen"].closest[0].train_text == "Who then?"
    assert found.building.train_share == 0.4
    assert "An old sentence." not in found.warning_statements
    assert "Who then?" in render_html(found) and render_markdown(found)


def test_what_is_lacking_or_damaged_is_said(whole: dict[str, Any], tmp_path: Path) -> None:
    kept = {key: value for key, value in whole.items() if key not in ("prices", "examples")}
    found, problems = load(put(tmp_path, {**kept, "power": 3, "level": "high"}))
    assert found.verdict.sentence == whole["verdict"]["sentence"]
    assert len(found.variants) == 5 and found.level == 0.95
    assert "examples" in problems[0] and "the prices" in problems[0]
    assert "damaged at power, level" in problems[1]
    assert render_html(found)
    assert "later version (99)" in results_of({**whole, "schema_version": 99})[1][0]


@pytest.mark.parametrize(("text", "says"), [(None, "is missing"), ("{", "can't be read"),
                                            ("[1]", "no object")])  # fmt: skip
def test_a_file_that_is_none_is_said(tmp_path: Path, text: str | None, says: str) -> None:
    if text is not None:
        RunLayout(tmp_path).results.write_text(text)
        RunLayout(tmp_path).manifest.write_text(text)
    for found, problems in (load(tmp_path), load_manifest(tmp_path)):
        assert not found.record() and says in problems[0]


def test_the_manifest_keeps_what_it_does_not_know(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.update(state="failed", error="broken", seed=3, mood="grim")
    run.note_stage("index", {"seconds": 2.0, "finished": 5.0, "shade": 1})
    manifest = run.manifest
    assert manifest.error is not None and manifest.error.message == "broken"
    assert manifest.seconds() == {"index": 2.0} and manifest.stages["index"].finished == 5.0
    written = json.loads(run.files.manifest.read_text())
    assert (written["mood"], written["stages"]["index"]["shade"]) == ("grim", 1)
    assert written["schema_version"] == SCHEMA_VERSION


def test_the_questions_of_an_older_run_are_found_and_their_lock_holds(tmp_path: Path) -> None:
    folder = RunLayout(tmp_path).exam
    folder.mkdir()
    asked = {"id": "q1", "text": "Who?", "answers": ["Pell"], "role": "exam"}
    (folder / "exam.jsonl").write_text(json.dumps(asked) + "\n")
    assert RunLayout(tmp_path).questions("test").name == "exam.jsonl"
    before = lock(folder)
    assert [question.role for question in load_questions(folder).test] == ["test"]
    (folder / "exam.jsonl").rename(folder / "test.jsonl")
    assert lock(folder) != before


def test_an_older_specification_has_todays_keys() -> None:
    old = {
        "passages": {"tokens": 110, "overlap": 20},
        "questions": {"drill_facts": 85, "exam": 120},
        "tuning": {"drill": "text", "rank": 8, "alpha": 16, "epochs": 3, "warmup_share": 0.1},
        "variants": [{"name": "rag", "k": 3, "tuning": None}],
    }
    now = migrate.specification(old)
    assert now["passages"] == {"chunk_size": 110, "chunk_overlap": 20}
    assert now["questions"] == {"train_facts": 85, "test": 120}
    assert now["tuning"] == {"train_on": "text", "epochs": 3, "warmup_ratio": 0.1,
                             "lora": {"r": 8, "alpha": 16}}  # fmt: skip
    assert now["variants"] == [{"name": "rag", "top_k": 3, "tuning": None}]
    assert migrate.specification(now) == now


# --- deleting ----------------------------------------------------------------------------------


def made(root: Path, name: str, run_id: str) -> Run:
    (root / name).mkdir(parents=True)
    run = Run(root / name)
    run.update(run_id=run_id, state="done")
    (root / name / "thesis.txt").write_text("years of work", encoding="utf-8")
    return run


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_RUNS", str(tmp_path / "runs"))
    return tmp_path


def test_a_run_is_deleted_by_its_id(at_home: Path) -> None:
    run = made(at_home / "runs", "small-1", "small-1")
    find_run("small-1").delete()
    assert not run.path.exists()


@pytest.mark.parametrize(
    ("folder", "name", "run_id"),
    [
        (".", "web", ""),
        (".", "web", "web"),
        ("runs", "copy", "small-1"),
        ("runs", "page", ""),
        ("runs/small-1", "inner", "inner"),
    ],
)
def test_a_folder_that_is_no_run_here_is_not_deleted(
    at_home: Path, folder: str, name: str, run_id: str
) -> None:
    run = made(at_home / folder, name, run_id)
    with pytest.raises(WorkbenchError, match="nothing else is deleted"):
        find_run(str(run.path)).delete()
    assert (run.path / "thesis.txt").is_file()


def test_a_linked_run_is_not_deleted(at_home: Path) -> None:
    kept = made(at_home / "elsewhere", "small-1", "small-1")
    (at_home / "runs").mkdir()
    (at_home / "runs/small-1").symlink_to(kept.path)
    with pytest.raises(WorkbenchError, match="nothing else is deleted"):
        find_run("small-1").delete()
    assert (kept.path / "thesis.txt").is_file()


def test_no_name_is_no_run(at_home: Path) -> None:
    made(at_home / "runs", "small-1", "small-1")
    for name in ("", "  "):
        with pytest.raises(WorkbenchError, match="No run is named"):
            find_run(name)
