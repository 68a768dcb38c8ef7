"""A training set for seconds; run as a script it trains in a process of its own."""

import random
import sys
import time
from pathlib import Path

from workbench.experiment.tuning import LoraSpec, TuningSpec
from workbench.tuning import Example
from workbench.types import Message, Prompt

PEOPLE = ["Anna", "Pym", "Harrow", "Miller", "Ferry", "Bridge"]
ANSWERS = ["red boat", "four pounds", "the ferry", "thirty years", "1871", "the bridge"]
WORDINGS = ["what did {} keep?", "which thing was kept by {}?", "{} kept what?"]
SPEC = TuningSpec(
    lora=LoraSpec(r=8, alpha=16),
    learning_rate=1e-2,
    epochs=36,
    batch_tokens=160,
    patience=36,
    checkpoint_steps=7,
    precision="float32",
)


def asked(text: str) -> Prompt:
    return Prompt((Message("user", text),))


def examples(wordings: list[str]) -> list[Example]:
    return [
        Example(asked(wording.format(person)), answer)
        for person, answer in zip(PEOPLE, ANSWERS, strict=True)
        for wording in wordings
    ]


TRAIN, REWORDED = examples(WORDINGS[:2]), examples(WORDINGS[2:])
DEV = TRAIN[::-1]
KILLED_AT = 45
SOME = ["the", "miller", "kept", "a", "red", "boat", "in", "1871"]
TEXTS = [" ".join(random.Random(3).choices(SOME, k=300))]


def slowly(done: int, total: int, note: str = "") -> None:
    """Progress that shows a test how far the process is, and waits for its kill at a step."""
    print(done, flush=True)
    if done >= KILLED_AT:
        time.sleep(900)


if __name__ == "__main__":
    import torch

    from workbench.models import load
    from workbench.tuning import train
    from workbench.types import ModelReference

    model = load(ModelReference(sys.argv[1], precision="float32"))
    torch.set_num_threads(1)
    train(SPEC, model, TRAIN, DEV, [], Path(sys.argv[2]), 5, slowly)
