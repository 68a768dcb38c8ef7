"""What answers that are not right do, by what the user says that each sort of them costs. Pure.

An answer to a question that the text answers is right (it holds a reference whole), a refusal, or
wrong; one that failed helps nobody and counts as a refusal. A question that the text does not
answer is refused, which costs nothing, or an answer to it is invented. The cost of each answer, by
the workload's shares, is the harm that a question is expected to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation import statistics
from workbench.evaluation.forgetting import RIGHT
from workbench.evaluation.table import Table
from workbench.types import Question

PER = 1000
#: Outcomes that are not right, in the order they are told.
OUTCOMES = ("wrong", "invented", "refused")
#: The metrics that tell the outcomes apart.
HARMS = (RIGHT, "abstention", "answer_words", "accuracy")
Array = NDArray[np.float64]


def outcomes(tables: Mapping[str, Table], answerable: Mapping[str, bool]) -> dict[str, Table]:
    """For each outcome a table of 0 and 1, of the questions whose answers are judged so.

    ``tables`` are the exam's by metric; ``answerable`` says by question whether the text answers
    it. Of labelled messages a label that is not the right one is wrong.
    """
    labels = tables.get("accuracy")
    if labels is not None:
        return {"wrong": _like(labels, 1 - labels.values)}
    right, told = tables.get(RIGHT), tables.get("abstention")
    if right is None or told is None:
        return {}
    there = np.array([answerable.get(q, True) for q in right.questions], dtype=bool)[:, None]
    # Sums alone, so that they hold of the means over several trainings too.
    silent = 1 - told.values
    words = tables.get("answer_words")
    failed = np.isnan(words.values) if words is not None else np.zeros_like(there)
    return {
        "wrong": _like(right, np.where(there, np.maximum(0.0, told.values - right.values), 0.0)),
        "invented": _like(right, np.where(there | (failed & ~np.isnan(silent)), 0.0, silent)),
        "refused": _like(right, np.where(there, silent, 0.0)),
    }


def _like(table: Table, values: Array) -> Table:
    return replace(table, values=values, trainings={}).rows(
        np.asarray(table.applies.any(axis=1), dtype=bool)
    )


def severities(questions: Sequence[Question], column: str | None) -> dict[str, float]:
    """What each question multiplies harm by: its severity, where a column says it."""
    if column is None:
        return {}
    found: dict[str, float] = {}
    for question in questions:
        try:
            value = float(question.tags.get(column))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            continue
        if np.isfinite(value) and value >= 0:
            found[question.id] = value
    return found


def harm(
    parts: Mapping[str, Table],
    costs: Mapping[str, float],
    *,
    severity: Mapping[str, float] | None = None,
    mix: Mapping[str, float] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Any] | None:
    """What results.json says under ``harm``; None where no answer was judged.

    ``parts`` come from :func:`outcomes`. The variants are told with their harm per 1,000 questions
    and how many of them each outcome is, weighed as the exam is.
    """
    first = next(iter(parts.values()), None)
    if first is None:
        return None
    weighed = severity or {}
    times = np.array([weighed.get(q, 1.0) for q in first.questions])
    variants = []
    for name in first.variants:
        columns = {key: table.column(name) for key, table in parts.items()}
        due = first.applies[:, first.variants.index(name)]
        total = np.zeros(len(first.questions))
        for key, column in columns.items():
            factor = times if key != "refused" else np.ones_like(times)
            total = total + costs.get(key, 0.0) * factor * column
        total[~due] = np.nan
        design = first.design(mix)
        found = statistics.estimate(total, design, level=level, bounds=None, seed=seed)
        variants.append({
            "name": name,
            "harm": _thousand(found),
            **{key: _thousand(statistics.estimate(np.where(due, column, np.nan), design,
                                                  level=level, seed=seed))
               for key, column in columns.items()},
        })  # fmt: skip
    return {
        "costs": {key: costs[key] for key in OUTCOMES if key in costs and key in parts},
        "per": PER,
        "severities": len(weighed),
        "variants": variants,
    }


def _thousand(found: Any) -> dict[str, Any]:
    """An estimate of a question as one of 1,000; harm is never below zero."""
    value, low, high = (
        None if v is None else PER * v for v in (found.value, found.low, found.high)
    )
    return {
        "value": value, "low": None if low is None else max(0.0, low), "high": high,
        "n": found.n, "clusters": found.clusters, "missing": found.missing,
        "method": found.method,
    }  # fmt: skip
