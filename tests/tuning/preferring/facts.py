"""Preferences of the tiny model; run as a script it learns them in a process of its own."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from tests.tuning.facts import ANSWERS, PEOPLE, SPEC, asked
from workbench.experiment.tuning import TuningSpec
from workbench.tuning.preferring import Asked, Preferring, prefer
from workbench.types import Decoding, ModelReference, Progress, silent

KILLED_AT = 5
QUESTIONS = [
    Asked(f"q{place}", f"what did {person} keep?", asked(f"what did {person} keep?"), answer)
    for place, (person, answer) in enumerate(zip(PEOPLE, ANSWERS, strict=True))
]
REPLIES = {item.question: item.reply for item in QUESTIONS}


def value(question: str, text: str) -> float:
    """Right is what begins as the reply does; of a tiny model nothing more can be hoped for."""
    return float(text[:1] == REPLIES[question][:1])


def spec_of(method: str, **own: Any) -> TuningSpec:
    """Preferences that begin with the untrained model."""
    return TuningSpec(**{
        **SPEC.model_dump(), "checkpoint_steps": 2,
        "preferences": {
            "method": method, "epochs": 3, "batch": 4, "samples": 2, "learning_rate": 1e-2,
            "patience": 9, **own,
        },
    })  # fmt: skip


def learn(
    folder: Path, out: Path, spec: TuningSpec, start: Path | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:  # fmt: skip
    """Prefer with the model in ``folder``, into ``out``."""
    from workbench.models import load
    from workbench.models.local import LocalModel

    model = load(ModelReference(str(folder), precision="float32"))
    assert isinstance(model, LocalModel)
    job = Preferring(spec, QUESTIONS, QUESTIONS[:3], value, Decoding(6))
    return prefer(job, model, start, out, 5, progress)


def slowly(done: int, total: int, note: str = "") -> None:
    """Says how far the training is, and waits for the kill."""
    if note.startswith("loss"):
        print(done, flush=True)
        if done >= KILLED_AT:
            time.sleep(900)


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    learn(Path(sys.argv[1]), Path(sys.argv[2]), spec_of(sys.argv[3]), progress=slowly)
