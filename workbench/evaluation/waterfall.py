"""Where a variant lost its points: from a perfect score down to the delivered one.

Each question's loss ``1 - score`` is split, so that the parts add up exactly:

- an unanswerable question that was answered: *wrongly answered*;
- an answerable question that was refused: *wrongly refused*;
- what the oracle loses on the same question, evidence in hand: *reader failed*;
- what is lost beyond that: *retrieval missed* where no passage held the evidence, *passages
  distracted* where one did; for a variant without passages, *not known*.

Where a variant does better than the oracle, the surplus is *gained* (a negative loss).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from workbench.evaluation.metrics import abstained, answered, hit_rank
from workbench.evaluation.table import Table
from workbench.types import Answer, Question

CAUSES = (
    "retrieval_missed",
    "passages_distracted",
    "not_known",
    "reader_failed",
    "wrongly_refused",
    "wrongly_answered",
    "gained",
)
SMALLEST = 0.005


def waterfall(
    questions: Sequence[Question],
    answers: Iterable[Answer],
    grids: Mapping[str, Table],
    variants: Sequence[str],
    ceilings: Sequence[str],
    metric: str,
    mix: Mapping[str, float] | None,
) -> dict[str, Any]:
    """Per candidate: ``delivered``, ``n`` and ``steps`` of cause, points (0 to 1), count, ids.

    Points are weighted by the workload mix like every pooled figure. The first of the ``ceilings``
    is the oracle; without one reading and searching cannot be told apart, and it is empty.
    """
    grid = grids.get(metric)
    if grid is None or not ceilings:
        return {}
    by_id = {question.id: question for question in questions}
    replies = {(answer.variant, answer.question): answer for answer in answers}
    retrieving = {variant for (variant, _), answer in replies.items() if answer.passages}
    ceiling = grid.column(ceilings[0])
    result: dict[str, Any] = {}
    for variant in variants:
        if variant in ceilings:
            continue
        own = grid.column(variant)
        seen = ~np.isnan(own) & ~np.isnan(ceiling)
        if not seen.any():
            continue
        weight = grid.rows(seen).weights(mix)
        lost: dict[str, list[tuple[float, float, str]]] = {cause: [] for cause in CAUSES}
        for at, share in zip(np.flatnonzero(seen), weight, strict=True):
            question = by_id[grid.questions[at]]
            reply = replies.get((variant, question.id))
            parts = _split(
                question, reply, float(own[at]), float(ceiling[at]), variant in retrieving
            )
            for cause, part in parts.items():
                lost[cause].append((part, share, question.id))
        result[variant] = {
            "delivered": float(weight @ own[seen]),
            "n": int(seen.sum()),
            "steps": [
                _step(cause, parts)
                for cause, parts in lost.items()
                if any(abs(part) > SMALLEST for part, _, _ in parts)
            ],
        }
    return result


def _split(
    question: Question, reply: Answer | None, own: float, ceiling: float, retrieves: bool
) -> dict[str, float]:
    loss = 1 - own
    if not question.answers:
        return {"wrongly_answered": loss}
    if reply is not None and answered(reply) and abstained(reply, question):
        return {"wrongly_refused": loss}
    beyond = ceiling - own
    if beyond <= 0:
        return {"reader_failed": 1 - ceiling, "gained": beyond}
    if not retrieves:
        return {"reader_failed": 1 - ceiling, "not_known": beyond}
    matches = reply is not None and hit_rank(reply.passages, question) is not None
    cause = "passages_distracted" if matches else "retrieval_missed"
    return {"reader_failed": 1 - ceiling, cause: beyond}


def _step(cause: str, parts: Sequence[tuple[float, float, str]]) -> dict[str, Any]:
    telling = [part for part in parts if abs(part[0]) > SMALLEST]
    telling.sort(key=lambda item: -abs(item[0] * item[1]))
    return {
        "cause": cause,
        "points": float(sum(part * share for part, share, _ in parts)),
        "count": len(telling),
        "questions": [name for _, _, name in telling],
    }
