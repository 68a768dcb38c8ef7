"""What the sentences of a verdict are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.costing import Cost
from workbench.decision.rules import Months, PairOutcome
from workbench.evaluation.statistics import Needed
from workbench.experiment.decision import DecisionSpec, WorkloadSpec


@dataclass(frozen=True, slots=True)
class VerdictInputs:
    """The pairs, costs and terms of a verdict, and what was concluded from them."""

    results: Mapping[str, Any]
    candidates: tuple[str, ...]
    excluded: tuple[Mapping[str, Any], ...]
    outcomes: Mapping[tuple[str, str], PairOutcome]
    costs: Mapping[str, Cost]
    months: Months
    kind: str
    variant: str | None
    leader: str | None
    tied: tuple[str, ...]
    needed: Needed | None
    blockers: tuple[str, ...]
    decision: DecisionSpec
    workload: WorkloadSpec
    utility: Mapping[str, Any] | None = None
    missing: Mapping[str, Any] | None = None
    unscored: tuple[str, ...] = ()
    open_limits: tuple[Mapping[str, Any], ...] = ()

    @property
    def monthly(self) -> Mapping[str, float | None]:
        """What each variant costs a month."""
        return self.months.amounts

    @property
    def leads(self) -> str:
        """The variant to take: the chosen one, or the one in front."""
        return self.variant or self.leader or ""
