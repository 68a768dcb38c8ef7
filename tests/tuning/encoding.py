"""A training of a small encoder that shows how far it is, to be killed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.support.labelled import STEMS, messages
from workbench.experiment.tuning import TuningSpec
from workbench.models import load
from workbench.models.encoder import EncoderModel
from workbench.tuning import Example, train
from workbench.types import Message, ModelReference, Progress, Prompt

KILLED_AT = 14
ROWS = messages()
EXAMPLES = [Example(Prompt((Message("user", row["text"]),)), row["label"]) for row in ROWS]


def tune(folder: str, out: Path, method: str, progress: Progress) -> None:
    """Six epochs with checkpoints often."""
    model = load(ModelReference(folder, precision="float32", task="classify"))
    assert isinstance(model, EncoderModel)
    spec = TuningSpec(
        method=method, learning_rate=3e-3, epochs=6, batch_tokens=128,  # type: ignore[arg-type]
        checkpoint_steps=5, replay_share=0.0, lora={"r": 4, "alpha": 8},  # type: ignore[arg-type]
    )  # fmt: skip
    train(spec, model.labelled(tuple(STEMS)), EXAMPLES[::2], EXAMPLES[1::4], [], out, 5, progress)


def slowly(done: int, total: int, note: str = "") -> None:
    """Waits for its kill at a step."""
    print(done, flush=True)
    if done >= KILLED_AT:
        time.sleep(900)


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    tune(sys.argv[1], Path(sys.argv[2]), sys.argv[3], slowly)
