"""Examples about somebody else, drawn evenly, weighed; and a loss that goes by the weights."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from workbench.fairness.exchange import Exchange
from workbench.fairness.lexicon import read_pairs
from workbench.tuning.batches import Example, Item
from workbench.tuning.mending import evenly, is_weighed, reweighed, with_twins
from workbench.tuning.planned import WEIGHTS, PlannedTrainer
from workbench.types import Message, Prompt


def example(text: str, reply: str = "x") -> Example:
    return Example(Prompt((Message("user", text),)), reply)


def test_only_who_is_named_has_a_twin_and_prompt_and_reply_agree() -> None:
    found = with_twins(
        [example("Who saw the lid?"), example("Who saw her?", "Judith")],
        Exchange(read_pairs("en"), "gender"),
    )
    assert found == [(1, example("Who saw him?", "Julian"))]


def test_smaller_groups_are_repeated_until_all_have_as_many() -> None:
    listed = [example(str(n)) for n in range(6)]
    shown = evenly(listed, ["a", "a", "a", "b", None, "b"])
    assert shown[:6] == listed
    assert [item.prompt.text for item in shown[6:]] == ["3"]


def test_groups_weigh_alike_and_no_more_than_before() -> None:
    listed = [example(str(n)) for n in range(5)]
    shown = reweighed(listed, ["a", "a", "a", "b", None])
    weights = [item.weight for item in shown]
    assert sum(weights[:3]) == pytest.approx(weights[3]) == pytest.approx(2)
    assert weights[4] == 1 and is_weighed(weights) and not is_weighed([1.0, 1.0])


def test_the_loss_counts_a_row_by_its_weight() -> None:
    items = [Item((1, 2, 3), 1, 2.0), Item((1, 3, 2), 1, 0.5)]
    trainer: Any = SimpleNamespace(pad_id=0, weighed=True)
    rows = PlannedTrainer.laid_out(trainer, items, [False, False])
    logits = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0))

    def model(**inputs: Any) -> Any:
        assert set(inputs) == {"input_ids", "attention_mask"}
        return SimpleNamespace(logits=logits)

    loss = PlannedTrainer.compute_loss(trainer, model, dict(rows))
    each = -logits.log_softmax(-1)
    tokens = [each[row, at, rows["input_ids"][row, at + 1]] for row in (0, 1) for at in (0, 1)]
    weights = rows[WEIGHTS][:, 0].tolist()
    wanted = (weights[0] * (tokens[0] + tokens[1]) + weights[1] * (tokens[2] + tokens[3])) / 4
    assert float(loss) == pytest.approx(float(wanted))
    trainer.weighed = False
    assert WEIGHTS not in PlannedTrainer.laid_out(trainer, items, [False, False])
