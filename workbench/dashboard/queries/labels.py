"""A person's judgements: kept with rater and order, set against a metric, exported as pairs.

Labels are appended to ``labels/labels.jsonl`` of the run; the newest label of a rater on the same
answer counts.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.dashboard.queries import runs
from workbench.io import jsonl
from workbench.records import ratings
from workbench.records.layout import RunLayout

JUDGEMENTS = ("right", "wrong")
CHOICES = ("first", "same", "second")


def judge(
    run: Path,
    question: str,
    variant: str,
    label: str,
    rater: str,
    order: Sequence[str],
    blind: bool,
) -> None:
    """Record that ``rater`` calls the answer right or wrong; ``order`` is as it was shown."""
    ratings.append(
        run, {"question": question, "variant": variant, "label": label}, rater, order, blind
    )


def prefer(
    run: Path, question: str, first: str, second: str, label: str, rater: str, blind: bool
) -> None:
    """Record which of two answers the rater prefers: first, second, or the same."""
    facts = {"question": question, "first": first, "second": second, "label": label}
    ratings.append(run, facts, rater, (first, second), blind)


def read(run: Path) -> list[dict[str, Any]]:
    """Every label that counts, oldest first."""
    return ratings.newest(runs.lines(RunLayout(run).labels))


def shuffled(variants: Sequence[str], question: str, rater: str) -> list[str]:
    """An order of the variants that looks random but stays while the rater looks."""
    # Sorted first and seeded by text, which gives the same order in every process.
    order = sorted(variants)
    random.Random(f"{question}|{rater}").shuffle(order)
    return order


def agreement(
    labels: Iterable[Mapping[str, Any]],
    values: Mapping[tuple[str, str], float | None],
    threshold: float,
) -> dict[str, Any] | None:
    """How a metric agrees with the labels: n, share agreed, Cohen's kappa, and the four counts.

    ``values`` maps (question, variant) to the metric; None where nothing can be compared.
    """
    from workbench.evaluation.judge_agreement import agreement as compared

    human, metric = [], []
    for row in labels:
        value = values.get((str(row.get("question")), str(row.get("variant"))))
        if row.get("label") in JUDGEMENTS and value is not None:
            human.append(row["label"] == "right")
            metric.append(value >= threshold)
    if not human:
        return None
    result = compared(metric, human)
    return {
        "n": result.n,
        "agreed": (result.both_right + result.both_wrong) / result.n,
        "kappa": result.kappa,
        "both_right": result.both_right,
        "only_human": result.judge_harsh,
        "only_metric": result.judge_lenient,
        "both_wrong": result.both_wrong,
    }


def preference_pairs(
    labels: Iterable[Mapping[str, Any]],
    answers: Mapping[tuple[str, str], str],
    questions: Mapping[str, str],
) -> str:
    """JSON lines of ``prompt, chosen, rejected``: from stated preferences, and from answers to one
    question of which one rater called one right and another wrong."""
    listed = list(labels)
    matches: dict[tuple[str, str, str], dict[str, Any]] = {}

    def keep(question: str, good: str, bad: str, rater: object) -> None:
        chosen, rejected = answers.get((question, good)), answers.get((question, bad))
        if chosen is None or rejected is None or chosen == rejected or question not in questions:
            return
        matches[question, good, bad] = {
            "prompt": questions[question], "chosen": chosen, "rejected": rejected,
            "question": question, "chosen_variant": good, "rejected_variant": bad, "rater": rater,
        }  # fmt: skip

    by_rater: dict[tuple[str, Any], dict[str, list[str]]] = {}
    for row in listed:
        question = str(row.get("question"))
        first, second = str(row.get("first")), str(row.get("second"))
        if row.get("label") == "first":
            keep(question, first, second, row.get("rater"))
        elif row.get("label") == "second":
            keep(question, second, first, row.get("rater"))
        elif row.get("label") in JUDGEMENTS:
            sides = by_rater.setdefault((question, row.get("rater")), {"right": [], "wrong": []})
            sides[row["label"]].append(str(row.get("variant")))
    for (question, rater), sides in by_rater.items():
        for good in sides["right"]:
            for bad in sides["wrong"]:
                keep(question, good, bad, rater)
    return "".join(map(jsonl.line, matches.values()))
