"""A search of settings without a model; run as a script it is killed in the middle of a trial."""

import math
import sys
import time
from pathlib import Path

from workbench.experiment.tuning import TuningSpec
from workbench.tuning.searching import Trials, search
from workbench.types import Watch

SPEC = TuningSpec(
    method=["lora", "ia3"],  # type: ignore[arg-type]
    learning_rate={"low": 1e-5, "high": 1e-2, "log": True},  # type: ignore[arg-type]
    lora={"r": [4, 8, 16]},  # type: ignore[arg-type]
    search={"trials": 9},  # type: ignore[arg-type]
)
KILLED_AT = 5


def score(spec: TuningSpec) -> float:
    """A hill over the learning rate, LoRA a little above IA3."""
    better = 0.05 if spec.method == "lora" else 0.0
    return 1 - abs(math.log10(spec.learning_rate) + 3.5) / 4 + better


def carried_through(number: int, spec: TuningSpec, watch: Watch) -> float:
    for epoch in range(1, 5):
        watch(float(epoch), score(spec) * epoch / 5)
    return score(spec)


def searched(folder: Path, spec: TuningSpec = SPEC) -> Trials:
    return search(spec, "reader", folder, 3, carried_through)


def _stuck(number: int, spec: TuningSpec, watch: Watch) -> float:
    print(number, flush=True)
    if number >= KILLED_AT:
        watch(1.0, score(spec) / 5)
        time.sleep(900)
    return carried_through(number, spec, watch)


if __name__ == "__main__":
    search(SPEC, "reader", Path(sys.argv[1]), 3, _stuck)
