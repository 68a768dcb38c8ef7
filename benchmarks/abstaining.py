"""Saying "I don't know" where unsure: what each variant of a finished run would refuse, and lose.

    python benchmarks/abstaining.py [RUN]

RUN is the folder of a finished run (the newest one of the demo without it). Every variant answers
the run's dev questions, and its threshold is taken there as ``abstain_below: dev`` takes it; the
exam is not looked at. It is then applied to the recorded answers to the hand-written questions: how
many of those without an answer it refuses, and what it loses of F1 on the others. The last line
is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.evaluation.metrics import abstained, score_answers
from workbench.evaluation.selective import risk_coverage
from workbench.records.layout import runs_root
from workbench.serve.served_run import open_run
from workbench.stages.answers import asked_questions, threshold
from workbench.types import Answer, Question
from workbench.variants.answering import read_answers


def newest() -> Path:
    """The newest finished run of the demo."""
    found = sorted(runs_root().glob("salt_ledger-*/results.json"), key=lambda p: p.stat().st_mtime)
    if not found:
        raise SystemExit("There is no finished run of the demo: make demo first.")
    return found[-1].parent


def measured(
    gold: Sequence[Question], answers: Sequence[Answer], chosen: dict[str, Any]
) -> dict[str, Any]:
    """What a threshold does to the answers to hand-written questions."""
    scores = score_answers(gold, answers)
    f1 = {s.question: s.value or 0.0 for s in scores if s.metric == "f1"}
    known = {question.id: question for question in gold}
    below = 0.0 if chosen["below"] is None else chosen["below"]
    held = {a.question for a in answers if a.confidence is not None and a.confidence < below}
    bare = [question.id for question in gold if not question.answers]
    rest = [question.id for question in gold if question.answers]
    said = {a.question for a in answers if abstained(a, known[a.question])}
    curve = risk_coverage(gold, answers, scores, answers[0].variant, "f1")
    before = sum(f1[name] for name in rest) / len(rest)
    after = sum(f1[name] for name in rest if name not in held) / len(rest)
    return {
        "below": below,
        "unanswerable": len(bare),
        "refused_before": sum(name in said for name in bare),
        "refused": sum(name in said | held for name in bare),
        "f1_before": before,
        "f1": after,
        "lost": before - after,
        "answered": 1 - len(said | held) / len(gold),
        "area": curve["area"] if curve else None,
        "random": curve["random"] if curve else None,
        "dev": chosen,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("run", type=Path, nargs="?")
    path = parser.parse_args().run or newest()
    served = open_run(path)
    gold = [q for q in asked_questions(path, ("gold",)) if q.kind != "behaviour"]
    dev = asked_questions(path, ("dev",))
    names = {question.id for question in gold}
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in served.names():
            answers = [
                a for a in read_answers(served.run.files.answers(name)) if a.question in names
            ]
            kept = Path(folder) / f"{name}.jsonl"
            chosen = threshold(served.systems[name], dev, kept, "en")
            result[name] = measured(gold, answers, chosen)
    print(f"{path.name}: thresholds from {len(dev)} dev questions, applied to {len(gold)} by hand")
    print("variant          below  refused rightly   F1 on the rest      answered   area (random)")
    for name, row in result.items():
        print(
            f"{name:15s} {row['below']:6.3f}  {row['refused_before']:2d} -> {row['refused']:2d} of "
            f"{row['unanswerable']}   {100 * row['f1_before']:5.1f} -> {100 * row['f1']:5.1f} "
            f"({-100 * row['lost']:+.1f})  {100 * row['answered']:4.0f}%   "
            f"{100 * (row['area'] or 0):5.1f} ({100 * (row['random'] or 0):.1f})"
        )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
