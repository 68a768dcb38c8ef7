"""Trials of several workers at once: proposed, given up and recorded as one after the other."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.tuning.searches import SPEC, carried_through, searched
from workbench.engine.study import Outcome, carried_out
from workbench.experiment.tuning import TuningSpec
from workbench.tuning.searching import Trials, search
from workbench.types import Watch

LISTS = {"method": ["lora", "ia3"], "lora": {"r": [4, 8]}, "epochs": [2, 3]}


def of(**budget: Any) -> TuningSpec:
    """A search over a range, or over lists alone where that is a grid."""
    own: dict[str, Any] = LISTS if budget.get("sampler") == "grid" else {"search": {}}
    if own is LISTS:
        return TuningSpec(**own, search=budget)
    known = SPEC.search.model_dump()  # type: ignore[union-attr]
    return TuningSpec(**{**SPEC.model_dump(), "search": {**known, **budget}})


class SideBySide:
    """Carries trials through, the last one first, and judges none; ``handed`` says how many it got.

    With ``stops_after`` it is interrupted when so many were told.
    """

    def __init__(self, stops_after: int | None = None) -> None:
        self.handed: list[int] = []
        self.lengths: list[int] = []
        self._left = stops_after

    def __call__(self, units: Sequence[tuple[int, TuningSpec]]) -> Generator[Outcome, None, None]:
        self.handed.append(len(units))
        found = {
            number: carried_out(partial(carried_through, number, made))
            for number, made in reversed(units)
        }
        for number, _ in units:
            if self._left == 0:
                raise KeyboardInterrupt
            self._left = None if self._left is None else self._left - 1
            self.lengths.append(len(found[number].curve))
            yield found[number]


def together(folder: Path, spec: TuningSpec, workers: SideBySide) -> Trials:
    def never(number: int, made: TuningSpec, watch: Watch) -> float:
        raise AssertionError("workers try for themselves")

    return search(spec, "reader", folder, 3, never, together=workers)


def record(found: Trials) -> list[tuple[Any, ...]]:
    return [(a.number, dict(a.setting), a.state, a.value, a.curve, a.note) for a in found.attempts]


@pytest.mark.parametrize(
    ("budget", "handed"),
    [
        ({"trials": 10, "batch": 4}, [4, 4, 2]),
        ({"trials": 3}, [1, 1, 1]),
        ({"trials": 9, "sampler": "random"}, [9]),
        ({"trials": 5, "sampler": "grid"}, [5]),
    ],
)
def test_the_record_is_that_of_one_after_the_other(
    tmp_path: Path, budget: dict[str, Any], handed: list[int]
) -> None:
    spec, workers = of(**budget), SideBySide()
    there = together(tmp_path / "there", spec, workers)
    here = searched(tmp_path / "here", spec)
    assert record(there) == record(here) and there.importance == here.importance
    assert workers.handed == handed
    if len(here.attempts) > 3:
        # Carried through there, and given up afterwards.
        assert any(one.state == "pruned" for one in here.attempts)
        assert set(workers.lengths) == {4}


def test_settings_of_a_batch_are_proposed_before_any_was_tried(tmp_path: Path) -> None:
    alone = searched(tmp_path / "alone", of(trials=10))
    batched = searched(tmp_path / "batched", of(trials=10, batch=5))
    first = [dict(one.setting) for one in batched.attempts]
    assert len({str(setting) for setting in first}) == 10
    assert first != [dict(one.setting) for one in alone.attempts]


@pytest.mark.parametrize(
    ("budget", "handed"),
    [({"batch": 3}, [2, 3]), ({"sampler": "random"}, [5]), ({"sampler": "grid"}, [2])],
)
@pytest.mark.parametrize("by_workers", [True, False])
def test_a_search_that_was_stopped_within_a_batch_goes_on_within_it(
    tmp_path: Path, budget: dict[str, Any], handed: list[int], by_workers: bool
) -> None:
    spec = of(trials=9, **budget)
    with pytest.raises(KeyboardInterrupt):
        together(tmp_path / "stopped", spec, SideBySide(stops_after=4))
    if by_workers:
        again = SideBySide()
        found = together(tmp_path / "stopped", spec, again)
        assert again.handed == handed, "what had been tried was tried again"
    else:
        found = searched(tmp_path / "stopped", spec)
    assert record(found) == record(searched(tmp_path / "whole", spec))


def test_what_is_ahead_is_dropped_when_the_minutes_are_over(tmp_path: Path) -> None:
    class Slow(SideBySide):
        def __call__(self, units: Sequence[Any]) -> Generator[Outcome, None, None]:
            for outcome in super().__call__(units):
                yield Outcome(outcome.state, outcome.value, 25.0, outcome.curve, outcome.note)

    workers = Slow()
    found = together(tmp_path, of(trials=9, sampler="random", minutes=1, prune=False), workers)
    assert workers.handed == [9] and len(found.attempts) == 3


def test_a_batch_is_of_a_sampler_that_learns_and_changes_no_identity_where_it_is_one() -> None:
    with pytest.raises(ValueError, match="batch goes with sampler: tpe"):
        of(trials=9, sampler="random", batch=3)
    assert of(trials=9).digest() == of(trials=9, batch=1).digest() != of(trials=9, batch=3).digest()
    assert "batch" not in SPEC.search.model_dump()  # type: ignore[union-attr]
