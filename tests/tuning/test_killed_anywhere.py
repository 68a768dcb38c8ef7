"""A training and a search are killed before each of their writes, and end as if nobody had
disturbed them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.killed import ends_alike_wherever_killed
from tests.tuning.facts import DEV, TRAIN, spec_of
from tests.tuning.searches import searched
from workbench.models import load
from workbench.tuning import train
from workbench.types import ModelReference

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, so as to load once"),
]


def test_a_training_tells_the_same_epochs(tiny_folder: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    model: Any = load(ModelReference(str(tiny_folder), precision="float32"))
    # Two epochs without a gain end it, so that an epoch too many or too few shows.
    spec = spec_of("lora", learning_rate=1e-7, epochs=4, patience=2, checkpoint_steps=2)

    def trained(out: Path) -> Any:
        epochs: list[tuple[float, float]] = []
        facts = train(spec, model, TRAIN[:12], DEV, [], out, 5,
                      watch=lambda *epoch: epochs.append(epoch))  # fmt: skip
        assert facts["stopped_early"]
        return [epochs, *(facts[key] for key in ("steps", "epochs", "best_step", "loss_last"))]

    assert ends_alike_wherever_killed(trained, tmp_path) > 30


def test_a_search_tries_the_same_settings(tmp_path: Path) -> None:
    def tried(out: Path) -> Any:
        return [
            [one.number, one.setting, one.state, one.value, one.curve]
            for one in searched(out).attempts
        ]

    assert ends_alike_wherever_killed(tried, tmp_path) > 80
