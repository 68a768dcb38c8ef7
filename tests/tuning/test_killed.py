"""A training of each family is killed for real, and goes on to the same weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.support.killed import kill_at
from tests.support.models import build
from tests.tuning.facts import DEV, KILLED_AT, TRAIN, spec_of
from workbench.models import load
from workbench.tuning import train
from workbench.types import ModelReference


@pytest.mark.slow
@pytest.mark.parametrize("method", ["ia3", "bottleneck", "prefix", "p_tuning", "bitfit", "full"])
def test_a_killed_training_ends_with_the_same_weights(method: str, tmp_path: Path) -> None:
    folder = build(tmp_path / "model", biases=True)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    kill_at(KILLED_AT, "tests.tuning.facts", str(folder), str(killed), method)
    assert not (killed / "summary.json").exists()
    # Trained to its end without a break, and from where the kill left it.
    seen: list[int] = []
    for out, progress in ((whole, []), (killed, seen)):
        model: Any = load(ModelReference(str(folder), precision="float32"))
        train(
            spec_of(method), model, TRAIN, DEV, [], out, 5,
            lambda done, *_, into=progress: into.append(done),  # type: ignore[misc]
        )  # fmt: skip
    assert seen[0] > 20, "it started anew instead of from its checkpoint"
    one, other = (
        load_file(out / "adapter" / "adapter_model.safetensors") for out in (whole, killed)
    )
    assert one.keys() == other.keys()
    for name, value in one.items():
        torch.testing.assert_close(other[name], value, rtol=0, atol=1e-6)
    facts = [json.loads((out / "summary.json").read_text("utf-8")) for out in (whole, killed)]
    assert facts[0]["best_step"] == facts[1]["best_step"]
    assert facts[0]["steps"] == facts[1]["steps"]
