"""What the assistant will face, and what the verdict weighs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
)

from workbench.experiment.spec import Positive, Share, Spec, without_later
from workbench.types import KINDS, STRATA


class WorkloadSpec(Spec):
    """What the assistant will face: shares of strata and kinds, volume, how often the text changes.

    The pooled figures weight the strata by these shares; without them no pooled figure exists.
    ``kinds`` are shares of the kinds of question (factoid, why_how, unanswerable, ...); None takes
    them as the exam has them. Where both are given, each question weighs what makes the shares of
    the strata and those of the kinds hold together, the exam being otherwise as it is (raking).
    """

    strata: dict[str, float] = Field(
        default_factory=lambda: {"reworded": 1 / 3, "same_section": 1 / 3, "unseen": 1 / 3}
    )
    kinds: dict[str, float] | None = None
    queries_per_month: Positive = 10_000
    updates_per_month: Annotated[float, Field(ge=0)] = 1.0

    @field_validator("kinds")
    @classmethod
    def _kind_shares(cls, kinds: dict[str, float] | None) -> dict[str, float] | None:
        return None if kinds is None else _add_up(kinds, KINDS, "kind", "the kinds")

    @field_validator("strata")
    @classmethod
    def _shares(cls, strata: dict[str, float]) -> dict[str, float]:
        return _add_up(strata, STRATA, "stratum", "the strata")


def _add_up(
    shares: dict[str, float], known: Sequence[str], text: str, several: str
) -> dict[str, float]:
    """Shares of known names that add up to 1, else ValueError in words for the user."""
    unknown = [name for name in shares if name not in known]
    if unknown:
        raise ValueError(f"unknown {text} {unknown[0]!r}; {several} are {', '.join(known)}")
    # Shares such as 0.1 add up to 1 only nearly.
    if not shares or min(shares.values()) < 0 or abs(sum(shares.values()) - 1) > 1e-6:
        raise ValueError(f"the shares of {several} must add up to 1, got {shares}")
    return shares


class DecisionSpec(Spec):
    """What the verdict weighs. ``margin`` is the smallest gain that matters (0.03: 3 points).

    ``points_per_money`` and ``points_per_second`` trade quality against cost and latency: the
    points (of 100) that one unit of the price book's currency less per 1,000 questions (the whole
    month's cost spread over its questions), or one second less for an answer (the mean, one
    question at a time), is worth. Variants are then compared by *utility*: points -
    points_per_money * cost per 1,000 - points_per_second * seconds. With neither, cost decides
    only between variants that are equal within the margin.

    With ``must_cite`` a variant without passages is out; where answers are long, so is one of whose
    claims surely less than ``least_cited`` are held by the passages that they cite.
    ``max_group_gap`` (0.1: 10 points) rules out a variant of which two groups of questions
    (``fairness.groups``) surely lie further apart.
    """

    metric: str = "f1"
    margin: Share = 0.03
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    points_per_money: Annotated[float, Field(ge=0)] | None = None
    points_per_second: Annotated[float, Field(ge=0)] | None = None
    max_p90_s: Annotated[float, Field(gt=0)] | None = None
    max_monthly_cost: Annotated[float, Field(gt=0)] | None = None
    must_cite: bool = False
    least_cited: Share = 0.5
    must_stay_local: bool = False
    max_group_gap: Share | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"max_group_gap": None})
