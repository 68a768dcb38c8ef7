"""Kept questions of a test's own, each on a sentence of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.questions.dataset.plan import Side
from workbench.questions.writers.drafts import Draft
from workbench.questions.writers.offline import Kept
from workbench.types import Kind


def kept(
    fact: str,
    wordings: tuple[str, ...],
    answer: str,
    type_: str = "thing",
    *,
    start: int,
    side: Side = "trained",
    kind: Kind = "factoid",
    score: float = 1.0,
    told: Mapping[str, Any] | None = None,
) -> Kept:
    """One question that the reader answered; its sentence is ``start`` to ``start`` + 10."""
    draft = Draft(
        fact=fact,
        section="town#0",
        document="town",
        start=start,
        end=start + 10,
        quote=f"quote of {fact}",
        stretch=f"stretch of {fact}",
        answers=(answer,),
        wordings=wordings,
        type=type_,
        kind=kind,
        side=side,
        subject="",
        score=score,
        tags={"told": told} if told else {},
    )
    return Kept(draft, 0.9)
