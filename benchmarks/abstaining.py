"""Saying "I don't know" where unsure: what each variant of a finished run would refuse, and lose.

    python benchmarks/abstaining.py [RUN]

RUN is the folder of a finished run (the newest one of the demo without it). Every variant answers
the run's dev questions, and its threshold is taken there as ``abstain_below: dev`` takes it, once
by each signal (``abstain_by``) that there is for it; the exam is not looked at. The threshold is
then applied to the recorded answers to the exam and to the hand-written questions: how many of
those without an answer it refuses, how many of the others, and what that loses of F1. The last line
is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.evaluation.metrics import abstained, score_answers
from workbench.evaluation.selective import risk_coverage
from workbench.records.layout import runs_root
from workbench.serve.served_run import open_run
from workbench.stages.answers import asked_questions, threshold
from workbench.types import Answer, Question
from workbench.variants.answering import read_answers
from workbench.variants.providers import Retrieval, WithExamples
from workbench.variants.refusing import SIGNALS
from workbench.variants.system import System


def newest() -> Path:
    """The newest finished run of the demo."""
    found = sorted(runs_root().glob("salt_ledger-*/results.json"), key=lambda p: p.stat().st_mtime)
    if not found:
        raise SystemExit("There is no finished run of the demo: make demo first.")
    return found[-1].parent


def signals_of(system: System) -> list[str]:
    """The signals that there are for a variant: what was found tells only where it searches."""
    searches = isinstance(system.provider, Retrieval | WithExamples)
    return ["confidence", *(SIGNALS if searches else ())]


def with_signal(
    system: System, asked: Sequence[Question], answers: Sequence[Answer]
) -> list[Answer]:
    """The recorded answers with what the system's signal tells of their questions."""
    told = dict(
        zip((q.id for q in asked), system.signals(asked, system.prepare(asked)), strict=True)
    )
    return [replace(answer, signal=told[answer.question]) for answer in answers]


def measured(
    gold: Sequence[Question], answers: Sequence[Answer], chosen: dict[str, Any]
) -> dict[str, Any]:
    """What a threshold does to the answers to some questions."""
    scores = score_answers(gold, answers)
    f1 = {s.question: s.value or 0.0 for s in scores if s.metric == "f1"}
    known = {question.id: question for question in gold}
    below = 0.0 if chosen["below"] is None else chosen["below"]
    held = {a.question for a in answers if a.certainty is not None and a.certainty < below}
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
        "answerable": len(rest),
        "refused_wrongly_before": sum(name in said for name in rest),
        "refused_wrongly": sum(name in said | held for name in rest),
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
    dev = asked_questions(path, ("dev",))
    sets = {
        "exam": [q for q in asked_questions(path, ("test",)) if q.kind != "behaviour"],
        "by hand": [q for q in asked_questions(path, ("gold",)) if q.kind != "behaviour"],
    }
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in served.names():
            answers = read_answers(served.run.files.answers(name))
            for by in signals_of(served.systems[name]):
                system = replace(served.systems[name], abstain_by=by)
                chosen = threshold(system, dev, Path(folder) / f"{name}-{by}.jsonl", "en")
                for title, asked in sets.items():
                    wanted = {question.id for question in asked}
                    given = [a for a in answers if a.question in wanted]
                    if given:
                        row = measured(asked, with_signal(system, asked, given), chosen)
                        result.setdefault(title, {}).setdefault(name, {})[by] = row
    print(f"{path.name}: thresholds from {len(dev)} dev questions")
    for title, variants in result.items():
        show(title, len(sets[title]), variants)
    print(json.dumps(result))


def show(title: str, count: int, variants: dict[str, dict[str, dict[str, Any]]]) -> None:
    """A table of one set of questions."""
    print(f"\n{title}: {count} questions")
    print(
        "variant         by            below  refused rightly  refused wrongly  "
        "F1 on the answerable    area (random)"
    )
    for name, signals in variants.items():
        for by, row in signals.items():
            print(
                f"{name:15s} {by:12s} {row['below']:6.3f}  "
                f"{row['refused_before']:3d} -> {row['refused']:2d} of {row['unanswerable']:2d}   "
                f"{row['refused_wrongly_before']:3d} -> {row['refused_wrongly']:2d} of "
                f"{row['answerable']:3d}   {100 * row['f1_before']:5.1f} -> {100 * row['f1']:5.1f} "
                f"({-100 * row['lost']:+.1f})   {100 * (row['area'] or 0):5.1f} "
                f"({100 * (row['random'] or 0):.1f})"
            )


if __name__ == "__main__":
    main()
