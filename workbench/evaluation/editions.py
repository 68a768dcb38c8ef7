"""What each variant made of a text that changed: by what became of what is asked for.

A stale answer says what the earlier edition said, and nothing that the later one does: worse than
no answer, since it reads as if it were right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from workbench.evaluation import statistics
from workbench.evaluation.metrics import answered
from workbench.text import words
from workbench.types import Answer, Question, Score

CHANGES = ("unchanged", "changed", "new", "removed")


def by_change(
    questions: Sequence[Question], scores: Iterable[Score], answers: Iterable[Answer], *,
    variants: Sequence[str], metric: str, language: str = "en", level: float = 0.95, seed: int = 0,
) -> list[dict[str, Any]]:  # fmt: skip
    """A row for each variant: its estimate of ``metric`` by ``tags.change``, and stale answers.

    Questions that say nothing of a change are left out; so are scores that are missing.
    """
    values = {(s.question, s.variant): s.value for s in scores if s.metric == metric}
    replies = {(a.question, a.variant): a for a in answers}
    rows = []
    for variant in variants:
        row: dict[str, Any] = {"name": variant}
        for change in CHANGES:
            asked = [q for q in questions if q.tags.get("change") == change and _worded(q)]
            listed = [(q.cluster, values.get((q.id, variant))) for q in asked]
            row[change] = _estimate(listed, level, seed)
        outdated = [q for q in questions if q.tags.get("before") and _worded(q)]
        given = [(q, replies.get((q.id, variant))) for q in outdated]
        row["stale_of"] = len(outdated)
        row["stale"] = sum(a is not None and is_stale(a, q, language) for q, a in given)
        rows.append(row)
    return rows


def is_stale(answer: Answer, question: Question, language: str = "en") -> bool:
    """Whether an answer holds what the earlier edition said, and no reference of the later one."""
    if not answered(answer):
        return False
    said = words(answer.text, language)
    if any(_holds(said, words(one, language)) for one in question.answers):
        return False
    return any(_holds(said, words(one, language)) for one in question.tags.get("before", ()))


def _holds(said: Sequence[str], wanted: Sequence[str]) -> bool:
    size = len(wanted)
    starts = range(len(said) - size + 1)
    return size > 0 and any(list(said[at : at + size]) == list(wanted) for at in starts)


def _worded(question: Question) -> bool:
    """Whether its answer is compared by its words: a request's form is no matter of an edition."""
    return question.kind not in ("behaviour", "label")


def _estimate(
    listed: Sequence[tuple[str | None, float | None]], level: float, seed: int
) -> Mapping[str, Any]:
    if not listed:
        return {}
    column = np.array([np.nan if v is None else v for _, v in listed], dtype=float)
    design = statistics.Design.of([cluster for cluster, _ in listed])
    result = statistics.estimate(column, design, level=level, seed=seed)
    return {key: value for key, value in asdict(result).items() if key not in ("luck", "level")}
