"""A training is killed before each of its writes, and ends as if nobody had disturbed it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.tuning.facts import DEV, TRAIN, spec_of
from workbench.models import load
from workbench.tuning import train
from workbench.types import ModelReference

#: What Python tells of before a file or folder is changed.
WRITES = frozenset({"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate"})


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, so as to load once")
def test_wherever_it_is_killed_it_tells_the_same(tiny_folder: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    model: Any = load(ModelReference(str(tiny_folder), precision="float32"))
    # Two epochs without a gain end it, so that an epoch too many or too few shows.
    spec = spec_of("lora", learning_rate=1e-7, epochs=4, patience=2, checkpoint_steps=2)

    def trained(out: Path, kill_at: int = 0) -> dict[str, Any] | None:
        """What a process tells that is killed before that write; None where it was."""
        told, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(told)
            writes = _counted(out, kill_at)
            epochs: list[tuple[float, float]] = []
            facts = train(spec, model, TRAIN[:12], DEV, [], out, 5,
                          watch=lambda *epoch: epochs.append(epoch))  # fmt: skip
            same = {key: facts[key] for key in ("steps", "epochs", "best_step", "loss_last")}
            os.write(tell, json.dumps([{**same, "told": epochs}, len(writes)]).encode())
            os._exit(0)
        os.close(tell)
        with os.fdopen(told) as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        return json.loads(said) if said else None

    undisturbed = trained(tmp_path / "whole")
    assert undisturbed is not None
    wanted, writes = undisturbed
    assert wanted["epochs"] == 2 and writes > 30
    for place in range(1, writes + 1):
        out = tmp_path / f"killed{place}"
        for _ in range(2):
            assert trained(out, place) is None or (out / "summary.json").exists()
        ended = trained(out)
        assert ended is not None and ended[0] == wanted, f"killed before write {place}"
        shutil.rmtree(out)


def _counted(out: Path, kill_at: int) -> list[str]:
    """The writes below ``out`` from here on; at the one of that number this process dies."""
    seen: list[str] = []

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in WRITES or not str(arguments[0]).startswith(str(out)):
            return
        if event == "open" and str(arguments[1] or "r").strip("bt") == "r":
            return
        seen.append(event)
        if len(seen) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(heard)
    return seen
