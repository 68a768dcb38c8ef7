"""A run whose units are pickled, shuffled and done by other contexts ends like one that does all
itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.test_resume import outcome
from tests.support.pieces import InPieces
from tests.support.small_run import within, write_experiment
from workbench import pipeline
from workbench.cli.loading import load_experiment
from workbench.records.run import Run
from workbench.stages import elsewhere
from workbench.types import Progress, silent

pytestmark = pytest.mark.slow


class Told:
    """Keeps what is told of each stage."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}

    def stage(self, name: str) -> Progress:
        return silent

    def done(self, name: str, facts: Any) -> None:
        self.facts[name] = facts


def spread(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> tuple[InPieces, Told]:
    """Run the small experiment in that folder, by units."""
    write_experiment(folder, **changes)
    within(folder, monkeypatch)
    executor, told = InPieces(), Told()
    monkeypatch.setattr(elsewhere, "executor_of", lambda _: executor)
    pipeline.run(load_experiment("small.yaml"), told)
    return executor, told


def test_the_records_are_those_of_a_run_in_one_process(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor, told = spread(tmp_path, monkeypatch)
    assert set(executor.done) == {"Writing", "Embedding", "making", "Answering"}
    assert outcome(tmp_path) == outcome(small)
    mine, other = (Run(next((folder / "runs").iterdir())).manifest for folder in (tmp_path, small))
    for name in ("index", "answers"):
        a, b = (dict(m.stages[name].record()["summary"]) for m in (mine, other))
        for measured in ("seconds", "passages_per_s"):
            a.pop(measured, None), b.pop(measured, None)
        assert a == b
    # What was made beforehand was made by this run.
    assert not any(facts["reused"] for name, facts in told.facts.items() if name == "adapter")


def test_thresholds_and_further_trainings_are_answered_by_workers_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuning = {"epochs": 1, "lora": {"r": 2, "alpha": 4}, "seeds": 2}
    variants = ["prompt_only", {"name": "fine_tuned", "abstain_below": "dev"}]
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir(), there.mkdir()
    executor, _ = spread(there, monkeypatch, tuning=tuning, variants=variants)
    assert executor.done["making"] == 2
    monkeypatch.undo()
    write_experiment(here, tuning=tuning, variants=variants)
    within(here, monkeypatch)
    pipeline.run(load_experiment("small.yaml"))
    assert outcome(here) == outcome(there)
    thresholds = [
        next((folder / "runs").iterdir()).rglob("thresholds.json") for folder in (here, there)
    ]
    a, b = ([path.read_text("utf-8") for path in sorted(found)] for found in thresholds)
    assert a == b and len(a) == 2
