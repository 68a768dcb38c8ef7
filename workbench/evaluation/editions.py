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
    beside: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """A row for each variant: its estimate of ``metric`` by ``tags.change``, and stale answers.

    Questions that say nothing of a change are left out; so are scores that are missing. ``beside``
    names for a variant that was left as it was the one like it that was brought up to date: what it
    loses with an update is told beside that one (:func:`loss_per_update`).
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
        other = (beside or {}).get(variant)
        if other is not None:
            pairs = [
                (q, values.get((q.id, other)), values.get((q.id, variant)))
                for q in questions if q.tags.get("change") in CHANGES and _worded(q)
            ]  # fmt: skip
            row |= {"beside": other, "loss": loss_per_update(pairs, level, seed)}
        rows.append(row)
    return rows


def loss_per_update(
    pairs: Sequence[tuple[Question, float | None, float | None]], level: float, seed: int
) -> Mapping[str, Any]:
    """Points of the whole exam that a variant lost by being left as it was, with their interval.

    ``pairs`` have a question's score of the one that was brought up to date and of the one that was
    not. How much further that one falls behind on what changed than on what did not, times the
    share of what changed: two trainings differ on what did not change too, which is no loss.
    """
    known = [(q, new - old) for q, new, old in pairs if new is not None and old is not None]
    moved = [q.tags["change"] != "unchanged" for q, _ in known]
    if not any(moved) or all(moved):
        return {}
    # Half the first mean less half the second, as one weighted mean, for its sampling error.
    column = np.array(
        [gap if there else -gap for (_, gap), there in zip(known, moved, strict=True)]
    )
    design = statistics.Design.of(
        [q.cluster for q, _ in known], ["moved" if there else "rest" for there in moved],
        {"moved": 0.5, "rest": 0.5},
    )  # fmt: skip
    found = statistics.sampling(column, design, bounds=(-1.0, 1.0), seed=seed)
    if found is None:
        return {}
    share = 2 * sum(moved) / len(moved)
    low, high = found.interval(level) or (None, None)
    return {
        "value": share * found.value, "low": None if low is None else share * low,
        "high": None if high is None else share * high, "n": found.n, "clusters": found.clusters,
        "missing": len(pairs) - len(known), "method": found.method,
    }  # fmt: skip


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
