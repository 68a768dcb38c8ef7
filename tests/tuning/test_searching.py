"""A search of settings: within its budget, the same after a kill, and honest on what failed."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from tests.support.killed import kill_at
from tests.tuning.searches import KILLED_AT, SPEC, carried_through, score, searched
from workbench.engine import study
from workbench.engine.proposals import STUDY, GivenUp
from workbench.errors import WorkbenchError
from workbench.experiment.tuning import TuningSpec
from workbench.tuning.searching import Trials, search
from workbench.types import Watch


def _told(found: Trials) -> list[tuple[Any, ...]]:
    return [(dict(one.setting), one.state, one.value) for one in found.attempts]


def test_a_killed_search_loses_the_trial_under_way_and_ends_as_it_would_have(
    tmp_path: Path,
) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    kill_at(KILLED_AT, "tests.tuning.searches", str(killed))
    # As a kill in the middle of a write leaves it.
    with (killed / STUDY).open("ab") as study:
        study.write(b'{"op_code": 6, "worker')
    tried: list[int] = []

    def noted(number: int, spec: TuningSpec, watch: Watch) -> float:
        tried.append(number)
        return carried_through(number, spec, watch)

    resumed = search(SPEC, "reader", killed, 3, noted)
    assert len(tried) == 9 - KILLED_AT, "what had been tried was tried again"
    through = searched(whole)
    assert [one.number for one in resumed.attempts] == [one.number for one in through.attempts]
    assert _told(resumed) == _told(through) and len(through.attempts) == 9


def test_settings_hold_what_their_method_reads_and_the_best_leads(tmp_path: Path) -> None:
    found = searched(tmp_path)
    for one in found.attempts:
        assert ("lora.r" in one.setting) == (one.made.method == "lora")
        assert one.made.search is None and one.made.seeds == 1
        assert one.state == "pruned" or one.value == score(one.made)
    scored = [one.value for one in found.attempts if one.value is not None]
    assert found.best.value == max(scored)
    assert sum(found.importance.values()) == pytest.approx(1)
    assert any(one.state == "pruned" for one in found.attempts)
    assert all(len(one.curve) < 4 for one in found.attempts if one.state == "pruned")


def test_what_moves_the_score_most_matters_most(tmp_path: Path) -> None:
    # Of trials that were carried through all over the range: 0.5 by the rate, 0.05 by the method.
    budget = SPEC.search.model_copy(update={"trials": 20, "sampler": "random", "prune": False})
    found = searched(tmp_path, SPEC.model_copy(update={"search": budget}))
    assert found.importance["learning_rate"] > 0.9


def test_where_all_combinations_fit_the_budget_each_is_tried_once(tmp_path: Path) -> None:
    spec = TuningSpec(
        method=["lora", "ia3"],  # type: ignore[arg-type]
        lora={"r": [4, 8]},  # type: ignore[arg-type]
        epochs=[2, 3],  # type: ignore[arg-type]
        search={"trials": 20, "prune": False},  # type: ignore[arg-type]
    )
    found = searched(tmp_path, spec)
    settings = [tuple(one.setting.items()) for one in found.attempts]
    assert len(settings) == len(set(settings)) == 2 * 2 + 2
    assert found.attempts[0].made.epochs == 2 and found.attempts[0].made.method == "lora"
    # Each method at the rate that is its own where none is given.
    rates = {one.made.method: one.made.learning_rate for one in found.attempts}
    assert rates == {"lora": 7e-4, "ia3": 3e-2}


def test_what_is_proposed_again_is_not_tried_again(tmp_path: Path) -> None:
    spec = TuningSpec(
        epochs=[1, 2, 3],  # type: ignore[arg-type]
        learning_rate=[1e-4, 1e-3, 1e-2],  # type: ignore[arg-type]
        lora={"r": [2, 4]},  # type: ignore[arg-type]
        search={"trials": 14},  # type: ignore[arg-type]
    )
    tried: list[str] = []

    def attempt(number: int, tuning: TuningSpec, watch: Watch) -> float:
        tried.append(tuning.digest())
        for epoch in (1, 2, 3):
            watch(float(epoch), epoch * (tuning.epochs + tuning.lora.r / 10))
        return tuning.epochs / 10

    found = search(spec, "reader", tmp_path, 3, attempt)
    assert len(tried) == len(set(tried)) == len(found.attempts) == 14
    assert {one.state for one in found.attempts} == {"complete", "pruned"}


def test_no_trial_begins_once_the_minutes_are_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(step=25)  # read before and after a trial: each takes 25 seconds
    monkeypatch.setattr(study.time, "monotonic", lambda: float(next(clock)))
    search_of = {"trials": 9, "minutes": 1, "prune": False}
    spec = SPEC.model_copy(update={"search": SPEC.search.model_copy(update=search_of)})  # type: ignore[union-attr]
    assert len(searched(tmp_path, spec).attempts) == 3


def test_a_trial_that_fails_is_told_and_does_not_end_the_search(tmp_path: Path) -> None:
    def attempt(number: int, spec: TuningSpec, watch: Watch) -> float:
        if spec.method == "ia3":
            raise WorkbenchError("No module can be trained so.", "Take another.")
        if number == 0:
            return float("nan")
        return carried_through(number, spec, watch)

    found = search(SPEC, "reader", tmp_path, 3, attempt)
    notes = {one.note for one in found.attempts if one.state == "failed"}
    assert notes == {"No module can be trained so.", "it diverged"}
    assert found.best.made.method == "lora"

    def never(number: int, spec: TuningSpec, watch: Watch) -> float:
        raise WorkbenchError("No module can be trained so.", "Take another.")

    with pytest.raises(
        WorkbenchError, match="None of 9 trials could be carried through: No module"
    ):
        search(SPEC, "reader", tmp_path / "other", 3, never)


def test_an_epoch_can_end_a_training(tiny: Any, tmp_path: Path) -> None:
    from tests.tuning.facts import DEV, TRAIN, spec_of
    from workbench.tuning import train

    heard: list[tuple[float, float]] = []

    def watch(epoch: float, chance: float) -> None:
        heard.append((epoch, chance))
        if epoch >= 3:
            raise GivenUp

    with pytest.raises(GivenUp):
        train(spec_of("lora"), tiny, TRAIN, DEV, [], tmp_path, 5, watch=watch)
    assert [epoch for epoch, _ in heard] == [1, 2, 3]
    assert all(0 <= chance <= 1 for _, chance in heard)
    assert not (tmp_path / "summary.json").exists()
    # The model is as it was, and a training that goes on tells what was so far first.
    again: list[float] = []
    train(
        spec_of("lora", epochs=4), tiny, TRAIN, DEV, [], tmp_path, 5,
        watch=lambda epoch, chance: again.append(epoch),
    )  # fmt: skip
    assert again == sorted(again) and again[-1] == 4
    # One that is over tells of the same epochs.
    over: list[float] = []
    train(
        spec_of("lora", epochs=4), tiny, TRAIN, DEV, [], tmp_path, 5,
        watch=lambda epoch, chance: over.append(epoch),
    )  # fmt: skip
    assert over == again
