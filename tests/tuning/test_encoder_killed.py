"""The training of an encoder is killed for real, and goes on to the same weights and head."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.support.killed import kill_at
from tests.support.labelled import build_encoder
from tests.tuning.encoding import KILLED_AT, tune


@pytest.mark.slow
@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_killed_encoder_ends_with_the_same_weights(method: str, tmp_path: Path) -> None:
    folder = build_encoder(tmp_path / "bert")
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    kill_at(KILLED_AT, "tests.tuning.encoding", str(folder), str(killed), method)
    assert not (killed / "summary.json").exists()
    seen: list[int] = []
    tune(str(folder), whole, method, lambda *_: None)
    tune(str(folder), killed, method, lambda done, *_: seen.append(done))
    assert seen[0] > 5, "it started anew instead of from its checkpoint"
    one, other = (
        load_file(out / "adapter" / "adapter_model.safetensors") for out in (whole, killed)
    )
    assert one.keys() == other.keys() and any("classifier" in name for name in one)
    for name, value in one.items():
        torch.testing.assert_close(other[name], value, rtol=0, atol=1e-6)
    facts = [json.loads((out / "summary.json").read_text("utf-8")) for out in (whole, killed)]
    assert facts[0]["best_step"] == facts[1]["best_step"]
