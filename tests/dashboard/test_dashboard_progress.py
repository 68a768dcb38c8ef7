"""How far a run is: the estimate before the start, corrected by what the run itself measured."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import words
from tests.support.waiting import until
from workbench.dashboard.queries import pace, runs
from workbench.dashboard.views import run_progress
from workbench.engine import processes
from workbench.records.run import Run

Show = Callable[..., Any]


def test_the_more_is_done_the_more_a_stage_s_own_pace_counts() -> None:
    assert pace.left([], None, 0.0, 10.0) is None, "nothing is known"
    assert pace.left([], 60.0, 20.0, 10.0) == 40.0, "only the estimate"
    assert pace.left([(0.0, 0.0)], 60.0, 90.0, 10.0) == 0.0, "longer than was expected"
    # Half done in 10 s: 10 s by pace; 50 s by the estimate; half of each.
    assert pace.left([(0.0, 0.0), (10.0, 0.5)], 60.0, 10.0, 10.0) == pytest.approx(30.0)
    # A resumed stage began at 0.4; a tenth took 10 s.
    assert pace.left([(0.0, 0.4), (10.0, 0.5)], None, 10.0, 10.0) == pytest.approx(50.0)


def test_stages_that_are_over_correct_the_trial() -> None:
    known = {"corpus": 1.0, "questions": 99.0, "index": None}
    assert pace.correction(known, {}) == 1.0
    assert pace.correction(known, {"corpus": 4.0}) == 1.0, "one second tells nothing"
    assert pace.correction(known, {"corpus": 1.0, "questions": 199.0}) == pytest.approx(2.0)
    assert pace.correction(known, {"questions": 99_000.0}) == pace.MOST


@pytest.fixture
def busy(run: Path) -> Path:
    """A run that is at its answers: two of five variants over, the third half done."""
    (run / "results.json").unlink()
    path = run / "manifest.json"
    manifest = json.loads(path.read_text())
    stages = {name: manifest["stages"][name] for name in ("corpus", "questions")}
    stages["corpus"] |= {"seconds": 2.0}
    stages["questions"] |= {"seconds": 40.0}
    path.write_text(json.dumps({**manifest, "state": "running", "stages": stages}))
    now = time.time()
    events: list[dict[str, Any]] = [
        {"time": now - 200, "stage": "corpus", "done": 1, "total": 1, "note": ""},
        {"time": now - 100, "stage": "answers", "done": 0, "total": 0, "note": "started"},
        {"time": now - 100, "stage": "answers", "done": 0, "total": 60, "note": "prompt_only"},
        {"time": now - 60, "stage": "answers", "done": 60, "total": 60, "note": "prompt_only"},
        {"time": now - 60, "stage": "answers", "done": 0, "total": 60, "note": "rag"},
        {"time": now - 20, "stage": "answers", "done": 60, "total": 60, "note": "rag"},
        {"time": now, "stage": "answers", "done": 30, "total": 60, "note": "fine_tuned"},
    ]
    (run / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return run


def test_each_stage_has_what_is_done_and_what_is_left(busy: Path) -> None:
    pace.keep_estimate({"run": busy.name, "stages": [
        {"stage": "corpus", "seconds": 1.0}, {"stage": "questions", "seconds": 20.0},
        {"stage": "answers", "seconds": 100.0}, {"stage": "latency", "seconds": 30.0},
        {"stage": "judge", "seconds": None},
    ]})  # fmt: skip
    known = pace.stages(runs.open_run(busy))
    assert [part.stage for part in known] == ["corpus", "questions", "answers", "latency", "judge"]
    over, _, answers, latency, judge = known
    assert (over.state, over.spent, over.left) == ("over", 2.0, 0.0)
    # Two and a half of five variants in 100 s: 100 s more; the doubled estimate says the same.
    assert (
        answers.share == pytest.approx(0.5)
        and answers.state == "at work"
        and answers.left == pytest.approx(100, rel=0.05)
    )
    assert (latency.state, latency.left) == ("to come", pytest.approx(60.0))
    assert judge.left is None
    assert run_progress.whole(known) == (
        "2 of 5 stages are done; 3 min left, and what Judge takes."
    )
    told = run_progress.words(answers)
    assert told.startswith("Answers · 30 of 60 by Fine-tuned, variant 3 of 5 · ") and told.endswith(
        "s left"
    )


def test_without_an_estimate_only_what_is_measured_is_told(busy: Path) -> None:
    known = pace.stages(runs.open_run(busy))
    assert [part.stage for part in known] == ["corpus", "questions", "answers"]
    assert known[-1].left == pytest.approx(100, rel=0.05)


def test_a_reloaded_page_follows_the_run_by_its_address(busy: Path, show: Show) -> None:
    job = processes.start(["-c", "import time; time.sleep(600)"], f"run {busy.name}")
    try:
        with Run(busy).lock():
            app = show("new_run", started=busy.name)
            assert "At work. You can close this page" in words(app)
            assert "Stop" in [button.label for button in app.button]
            bars = [bar.proto.text for bar in app.get("progress")]
            assert any(bar.startswith("Answers · 30 of 60 by Fine") for bar in bars)
    finally:
        processes.stop_job(job)
    text = words(show("new_run", started=busy.name))
    assert "It stopped before it finished" in text
    told = words(show("new_run", started="gone-00000000")).replace("\\", "")
    assert "No run gone-00000000 was started here" in told


def test_a_process_that_ended_before_there_was_a_run_is_no_secret(run: Path, show: Show) -> None:
    code = "print('a warning'); print('workbench: The text is gone. Bring it back.')"
    job = processes.start(["-c", code], "run lost-00000000")
    until(lambda: not job.alive, "the end of the process")
    text = words(show()).replace("\\", "")
    assert "“run lost-00000000” ended before there was a run. The text is gone." in text
