"""Questions worth reading side by side: where variants part company, and where all fail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from workbench.evaluation.metrics import hit
from workbench.evaluation.table import Table
from workbench.evaluation.value_columns import Columns
from workbench.types import Answer, Question

PER_PAIR = 2
MOST = 12


def examples(
    questions: Sequence[Question],
    answers: Iterable[Answer],
    grid: Table | None,
    variants: Sequence[str],
    ceilings: Sequence[str],
    passages: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Up to a dozen questions with every variant's answer, score and passages.

    For each pair of candidates the widest win of either side, largest gaps first, then a question
    that all fail; chosen by score alone and stable, so that nobody can pick them by taste.
    """
    if grid is None or not grid.questions:
        return []
    by_id = {question.id: question for question in questions}
    candidates = [variant for variant in variants if variant not in ceilings]
    chosen: dict[str, str] = {}
    pairs: list[tuple[float, int, str]] = []
    for first, second in combinations(candidates, 2):
        gap = grid.column(first) - grid.column(second)
        for sign in (1, -1):
            order = np.argsort(-np.nan_to_num(sign * gap, nan=-9.0), kind="stable")[:PER_PAIR]
            pairs += [
                (float(sign * gap[at]), int(at), f"{first if sign > 0 else second}")
                for at in order
                if sign * gap[at] > 0.3
            ]
    taken: dict[str, int] = {}
    for _, at, winner in sorted(pairs, key=lambda item: (-item[0], item[1])):
        if taken.get(winner, 0) < MOST // max(2, len(candidates)) and len(chosen) < MOST - 1:
            if grid.questions[at] not in chosen:
                taken[winner] = taken.get(winner, 0) + 1
            chosen.setdefault(grid.questions[at], winner)
    places = [grid.variants.index(variant) for variant in candidates]
    worst = np.nanmax(np.nan_to_num(grid.values[:, places], nan=0.0), axis=1)
    if worst.min() < 0.2:
        chosen.setdefault(grid.questions[int(worst.argmin())], "")
    shown = Columns.of(Answer, answers).where("question", chosen)
    replies = {(answer.variant, answer.question): answer for answer in shown}
    return [
        _example(by_id[name], winner, replies, grid, variants, ceilings, passages)
        for name, winner in chosen.items()
    ]


def _example(
    question: Question,
    winner: str,
    replies: Mapping[tuple[str, str], Answer],
    grid: Table,
    variants: Sequence[str],
    ceilings: Sequence[str],
    passages: Mapping[str, str],
) -> dict[str, Any]:
    at = grid.questions.index(question.id)
    shown = {}
    for variant in variants:
        reply = replies.get((variant, question.id))
        if reply is None:
            continue
        value = grid.column(variant)[at]
        shown[variant] = {
            "text": reply.text,
            "score": None if np.isnan(value) else float(value),
            "status": reply.status,
            "passages": [
                {"id": name, "hit": hit(name, question), "text": passages.get(name, "")}
                for name in (() if variant in ceilings else reply.passages)
            ],
        }
    return {
        "question": question.id,
        "text": question.text,
        "references": list(question.answers),
        "evidence": [span.quote for span in question.evidence],
        "kind": question.kind,
        "stratum": question.stratum,
        "winner": winner,
        "answers": shown,
    }
