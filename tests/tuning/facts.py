"""A training set for seconds; run as a script it trains in a process of its own."""

import random
import sys
import time
from pathlib import Path
from typing import Any

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

#: Rates at which each method learns the tiny model's few facts in a few epochs.
RATES = {
    "lora": 1e-2, "qlora": 1e-2, "ia3": 5e-2, "bottleneck": 1e-2, "prefix": 5e-2, "prompt": 1e-1,
    "p_tuning": 5e-3, "bitfit": 5e-2, "layers": 3e-3, "full": 2e-3,
}  # fmt: skip


def spec_of(method: str, **changes: Any) -> TuningSpec:
    """The specification above for another method."""
    common = SPEC.model_dump(exclude={"learning_rate", "method"})
    values = {**common, "learning_rate": RATES[method], "layers": {"last": 1}, **changes}
    return TuningSpec(method=method, **values)  # type: ignore[arg-type]


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
    spec = spec_of(sys.argv[3]) if len(sys.argv) > 3 else SPEC
    train(spec, model, TRAIN, DEV, [], Path(sys.argv[2]), 5, slowly)
