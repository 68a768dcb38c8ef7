"""Seconds for a verdict on 10,000 questions x 8 variants, bootstrap, flips and map included.

    python -m benchmarks.verdict [--questions 10000] [--repeats 3]

Scores are drawn, each variant a little better than the one before, in sections of 25 questions. The
processor's seconds of the best repeat count, so that a busy machine tells nothing else. The last
line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from tests.support.decided import priced
from workbench.decision import decide
from workbench.evaluation.summary import summarise
from workbench.evaluation.table import tables
from workbench.experiment.decision import DecisionSpec, WorkloadSpec
from workbench.experiment.variant import Variant
from workbench.types import Question, Score

NAMES = (
    "prompt_only", "few_shot", "long_context", "rag", "fine_tuned", "fine_tuned_rag", "raft",
    "vendor",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    questions = [
        Question(f"q{k}", "?", ("x",), stratum="unseen", cluster=f"s{k // 25}")
        for k in range(given.questions)
    ]
    scores = [
        Score(f"q{k}", name, "f1", float(value))
        for place, name in enumerate(NAMES)
        for k, value in enumerate(rng.random(given.questions) * 0.4 + place * 0.03)
    ]
    work = WorkloadSpec(strata={"unseen": 1.0})
    results = summarise(
        questions, [], scores, variants=list(map(Variant.named, NAMES)), mix=work.strata
    )
    table = tables(questions, scores, NAMES)["f1"]
    traits = {name: Variant(name) for name in NAMES}
    costs = {name: priced(1e-4 * (place + 1)) for place, name in enumerate(NAMES)}
    for row in results["variants"]:
        row["cost"] = None
    seconds = []
    for _ in range(given.repeats):
        started = time.process_time()
        decide(results, table, traits, costs, DecisionSpec(), work)
        seconds.append(time.process_time() - started)
    print(json.dumps({"questions": given.questions, "verdict_s": round(min(seconds), 3)}))


if __name__ == "__main__":
    main()
