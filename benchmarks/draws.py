"""What share of comparing a large exam are its random draws?

The file of answers of `benchmarks.size` is imported, scored, compared and decided in this process,
and the seconds are counted that go into resampling: the bootstrap of every comparison, the draws of
the decision and what is worked out of them. With up to 500 sections comparisons are bootstrapped,
with more of them Student's t serves; so it is done with sections of ten questions and with
500 sections. The last line is one JSON object.

    python -m benchmarks.draws [--questions 100000] [--folder DIRECTORY]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import size
from workbench.decision import draws, regret
from workbench.evaluation import macro_f1
from workbench.evaluation.statistics import bootstrap
from workbench.stages.importing import import_new

#: What draws, and what is worked out of draws.
DRAWING = (bootstrap.bootstrap_t, draws.draw, regret.regrets, regret.worth_of_evidence,
           macro_f1.macro_difference)  # fmt: skip
SECTIONS = 500


class Watched:
    """A function whose seconds are counted, each call of another watched one within it once."""

    inside = False
    seconds: dict[str, float] = {}  # noqa: RUF012 - counted for all of them
    calls: dict[str, int] = {}  # noqa: RUF012

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function, self._name = function, function.__name__
        self.seconds[self._name], self.calls[self._name] = 0.0, 0

    def __call__(self, *args: Any, **named: Any) -> Any:
        if Watched.inside:
            return self._function(*args, **named)
        Watched.inside, began = True, time.perf_counter()
        try:
            return self._function(*args, **named)
        finally:
            self.seconds[self._name] += time.perf_counter() - began
            self.calls[self._name] += 1
            Watched.inside = False


def watch() -> None:
    """Count the seconds of what draws, wherever a module has it by name."""
    watched = {id(function): Watched(function) for function in DRAWING}
    for name, module in [*sys.modules.items()]:
        if name.startswith("workbench."):
            for key, value in [*vars(module).items()]:
                if id(value) in watched:
                    setattr(module, key, watched[id(value)])


def measured(questions: int, in_section: int, folder: Path) -> dict[str, Any]:
    """Seconds of the whole and of the draws, with so many questions to a section."""
    size.IN_SECTION = in_section
    file = folder / f"{in_section}.jsonl"
    size.write(file, questions, 0)
    Watched.seconds |= dict.fromkeys(Watched.seconds, 0.0)
    Watched.calls |= dict.fromkeys(Watched.calls, 0)
    began = time.perf_counter()
    import_new(file, f"sections-of-{in_section}", score="f1")
    whole = time.perf_counter() - began
    drawn = sum(Watched.seconds.values())
    return {
        "sections": -(-questions // in_section), "s": round(whole, 1), "draws_s": round(drawn, 2),
        "share": round(drawn / whole, 4), "calls": {**Watched.calls},
        "each_s": {name: round(spent, 2) for name, spent in Watched.seconds.items()},
    }  # fmt: skip


def main() -> None:
    """Import twice and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--questions", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where there is room")
    chosen = parser.parse_args()
    watch()
    found = []
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        os.environ |= {"WORKBENCH_RUNS": f"{folder}/runs", "WORKBENCH_CACHE": f"{folder}/cache"}
        for in_section in (size.IN_SECTION, -(-chosen.questions // SECTIONS)):
            found.append(measured(chosen.questions, in_section, Path(folder)))
            print(json.dumps(found[-1]), flush=True)
    print(json.dumps({
        "questions": chosen.questions, "systems": len(size.SYSTEMS),
        "load_1min": round(os.getloadavg()[0], 1), "imported": found,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
