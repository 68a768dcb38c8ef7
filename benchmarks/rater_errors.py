"""Whether intervals of people's ratings hold what they promise, for raters who differ.

Simulated: questions in sections with tastes of their own, and raters with leanings of their own,
compare and grade two variants of which neither is better; every rater judges a third of the
questions. Told is how often the interval holds the truth, 95 of 100 by promise: over sections
alone, and over sections and raters.
Run: python benchmarks/rater_errors.py [--runs 300]. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np

from workbench.evaluation import people, rater_luck
from workbench.types import Question

SECTIONS, EACH = 20, 6
RATERS, LEANINGS = (3, 5, 10), (0.0, 0.5, 1.0)
NAMES = ("first", "second")


def rated(raters: int, leaning: float, rng: np.random.Generator) -> list[dict[str, Any]]:
    """The labels of one study; ``leaning`` is the spread of raters in log odds."""
    tastes, leanings = rng.normal(0, 0.5, SECTIONS), rng.normal(0, leaning, raters)
    rows = []
    for number in range(SECTIONS * EACH):
        for rater in range(raters):
            if (number + rater) % 3:
                continue
            odds = tastes[number // EACH] + leanings[rater]
            better = rng.random() < 1 / (1 + np.exp(-odds))
            # The grade of the first leans with the same; 3 is the truth.
            grade = int(np.clip(round(3 + 0.6 * odds + rng.normal()), 1, 5))
            rows.append({
                "question": f"q{number}", "first": NAMES[0], "second": NAMES[1],
                "rater": f"r{rater}", "label": "first" if better else "second",
                "grades": {NAMES[0]: grade},
            })  # fmt: skip
    return rows


def coverage(raters: int, leaning: float, runs: int, seed: int = 0) -> dict[str, float]:
    """How often the truth lies inside: of the preference, and of the grade."""
    rng = np.random.default_rng(seed)
    asked = [Question(f"q{n}", "Who?", ("x",), cluster=f"s{n // EACH}")
             for n in range(SECTIONS * EACH)]  # fmt: skip
    inside = {"preferred": 0, "grade": 0}
    width = 0.0
    for _ in range(runs):
        found = people.told(rated(raters, leaning, rng), asked, NAMES)
        assert found is not None
        (pair,), grade = found["pairs"], found["variants"][0]["grade"]
        inside["preferred"] += pair["low"] <= 0.5 <= pair["high"]
        inside["grade"] += grade["low"] <= 0.5 <= grade["high"]
        width += pair["high"] - pair["low"]
    return {
        **{key: round(n / runs, 3) for key, n in inside.items()},
        "width": round(width / runs, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=300)
    asked = parser.parse_args()
    began = time.perf_counter()
    rows: dict[str, dict[str, dict[str, float]]] = {}
    people.DRAWS = 1  # of agreement, which is not asked for here
    for raters in RATERS:
        for leaning in LEANINGS:
            key = f"{raters} raters, leanings of {leaning:g}"
            rows[key] = {}
            for name, least in (("sections alone", 99), ("and raters", 3)):
                rater_luck.LEAST = least
                rows[key][name] = coverage(raters, leaning, asked.runs)
            print(key, rows[key], flush=True)
    print(json.dumps({"runs": asked.runs, "seconds": round(time.perf_counter() - began),
                      "inside": rows}))  # fmt: skip


if __name__ == "__main__":
    main()
