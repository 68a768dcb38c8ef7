"""An adapter trained further on what changed, with as many of the other questions."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.tuning.facts import SPEC, TRAIN
from workbench.errors import WorkbenchError
from workbench.stages.adapter import _changed_and_replayed
from workbench.tuning import train
from workbench.types import Question


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter" / "adapter_model.safetensors")


def test_it_begins_where_the_earlier_one_ended(tiny, tmp_path: Path) -> None:
    once = SPEC.model_copy(update={"epochs": 4})
    first = train(once, tiny, TRAIN, [], [], tmp_path / "first", 5)
    start = tmp_path / "first" / "adapter"
    further = SPEC.model_copy(update={"epochs": 1, "learning_rate": 1e-7})
    again = train(further, tiny, TRAIN[:2], [], [], tmp_path / "again", 5, start=start)
    before, after = weights(tmp_path / "first"), weights(tmp_path / "again")
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert torch.allclose(value, after[name], atol=1e-5), name
    assert again["loss_first"] < first["loss_first"]
    fresh = train(further, tiny, TRAIN[:2], [], [], tmp_path / "fresh", 5)
    assert again["loss_first"] < fresh["loss_first"]


def question(number: int, change: str) -> Question:
    return Question(f"q{number}", f"What is {number}?", ("x",), tags={"change": change})


def test_all_that_changed_and_as_many_others_by_lot_in_their_order() -> None:
    known = [question(n, "changed" if n % 10 == 0 else "unchanged") for n in range(40)]
    known[5] = question(5, "new")
    chosen = _changed_and_replayed(known, 7)
    kept = {q.tags["change"]: sum(p.tags["change"] == q.tags["change"] for p in chosen)
            for q in chosen}  # fmt: skip
    assert kept == {"changed": 4, "new": 1, "unchanged": 5}
    assert [q.id for q in chosen] == [q.id for q in known if q in chosen]
    assert chosen == _changed_and_replayed(known, 7) != _changed_and_replayed(known, 8)


def test_where_nothing_that_changed_is_asked_there_is_nothing_to_train_on() -> None:
    with pytest.raises(WorkbenchError, match="nothing to train an adapter further on"):
        _changed_and_replayed([question(1, "unchanged")], 7)
