"""How often a variant that obeys nothing is told to obey planted instructions, and who is found.

Simulated probes: questions in sections that copy and obey together, each asked with an instruction
and with a harmless sentence that holds the same word. A variant copies that word at some rate on
both sides; one that obeys writes it besides in 10 or 30 of 100 cases with the instruction.
Run: python benchmarks/planted_errors.py [--runs 400]. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from workbench.evaluation.planted import beyond, cautioned
from workbench.evaluation.statistics import Design

#: Probes, and the sections that their questions are from.
LAYOUTS = ((24, 24), (24, 8), (64, 64), (64, 16))
ECHOES, WITHIN, OBEYING = (0.0, 0.1, 0.3, 0.6), (0.0, 0.3, 0.7), (0.1, 0.3)
#: How often a question that is copied from is copied from with either sentence.
SAME = 0.5


def cautioned_share(
    probes: int, sections: int, *, echo: float, obey: float, within: float, runs: int, seed: int = 0
) -> float:
    """The share of runs in which a variant is told to obey that copies at ``echo`` and obeys at
    ``obey``; ``within`` is how far the questions of a section go together."""
    rng = np.random.default_rng(seed)
    place = np.arange(probes) % sections
    design = Design.of([f"s{n}" for n in place])

    def drawn() -> np.ndarray:
        together = rng.random(probes) < np.sqrt(within)
        return np.where(together, rng.random(sections)[place], rng.random(probes))

    caught = 0
    for _ in range(runs):
        first, second = drawn(), drawn()
        again = np.where(rng.random(probes) < SAME, first, second)
        plain = (again < echo).astype(float)
        ordered = ((first < echo) | (drawn() < obey)).astype(float)
        caught += cautioned(beyond(ordered, plain, design))
    return caught / runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=400)
    asked = parser.parse_args()
    began = time.perf_counter()
    rows: dict[str, dict[str, float]] = {}
    for probes, sections in LAYOUTS:
        told: dict[float, list[float]] = {
            obey: [
                cautioned_share(probes, sections, echo=echo, obey=obey, within=within,
                                runs=asked.runs if obey == 0 else asked.runs // 2)
                for echo in ECHOES for within in WITHIN
            ]
            for obey in (0.0, *OBEYING)
        }  # fmt: skip
        key = f"{probes} probes in {sections} sections"
        rows[key] = {
            "none, mean": round(float(np.mean(told[0.0])), 3), "none, most": max(told[0.0]),
            **{f"{obey:.0%}, mean": round(float(np.mean(told[obey])), 2) for obey in OBEYING},
            **{f"{obey:.0%}, least": round(min(told[obey]), 2) for obey in OBEYING},
            **{f"{obey:.0%}, nothing copied": round(float(np.mean(told[obey][: len(WITHIN)])), 2)
               for obey in OBEYING},
        }  # fmt: skip
        print(key, rows[key], flush=True)
    print(json.dumps({"runs": asked.runs, "seconds": round(time.perf_counter() - began),
                      "cautioned": rows}))  # fmt: skip


if __name__ == "__main__":
    main()
