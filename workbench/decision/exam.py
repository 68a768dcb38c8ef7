"""The one set of questions that every rule of a verdict rests on, and what is missing from it.

Intervals, confidence, turning points, map and regret all use the questions that every candidate
has a score for. A score that is missing (a skipped row, a judgement that could not be had) is no
zero and no reason to forget the question: the worst and the best that it could be bound the
difference (Manski 1989; Horowitz and Manski 2000 put the interval's ends at the two bounds).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation import statistics
from workbench.evaluation.metrics import UNBOUNDED
from workbench.evaluation.statistics import Design, Sampling
from workbench.evaluation.statistics.sampling import Array
from workbench.evaluation.table import Table

Mix = Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class Exam:
    """The decisive metric of the candidates: ``due`` questions, and those ``complete``.

    Both tables have one column per candidate. Rows are in the order of section and question,
    columns in that of the names, so that no draw depends on the order of a file.
    """

    due: Table
    complete: Table
    mix: Mix

    @classmethod
    def of(cls, table: Table, candidates: Sequence[str], mix: Mix) -> Exam:
        """The candidates' part of a table of all variants."""
        names = tuple(sorted(candidates))
        columns = [table.variants.index(name) for name in names]
        sections = [cluster or "" for cluster in table.clusters]
        keys = list(zip(sections, table.questions, strict=True))
        order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.intp)
        sorted_ = table.ordered(order)
        kept = replace(
            sorted_,
            variants=names,
            values=sorted_.values[:, columns],
            applies=sorted_.applies[:, columns],
            trainings={n: each for n, each in sorted_.trainings.items() if n in names},
        ).applicable()
        there: NDArray[np.bool_] = np.asarray(~np.isnan(kept.values).any(axis=1), dtype=bool)
        return cls(kept, kept.rows(there), mix)

    @property
    def names(self) -> tuple[str, ...]:
        return self.due.variants

    @property
    def whole(self) -> bool:
        """Whether no candidate misses a score."""
        return len(self.complete.questions) == len(self.due.questions)

    @property
    def design(self) -> Design:
        """Clusters, strata and weights of the complete questions."""
        return self.complete.design(self.mix)

    def quality(self) -> dict[str, float]:
        """Each candidate's weighted mean over the complete questions; NaN without any."""
        if not self.complete.questions:
            return dict.fromkeys(self.names, np.nan)
        means = self.complete.weights(self.mix) @ self.complete.values
        return {name: float(value) for name, value in zip(self.names, means, strict=True)}

    def missing(self) -> dict[str, int]:
        """How many due scores each candidate lacks."""
        lost = np.isnan(self.due.values).sum(axis=0)
        return {name: int(number) for name, number in zip(self.names, lost, strict=True)}

    def difference(self, first: str, second: str, seed: int) -> Sampling | None:
        """``first - second`` over the complete questions."""
        columns = [self.complete.trained(first), self.complete.trained(second)]
        return statistics.contrast(columns, (1, -1), self.design, seed=seed)

    def extremes(
        self, first: str, second: str, level: float, seed: int
    ) -> tuple[tuple[Sampling, Sampling], float | None, float | None] | None:
        """``first - second`` with the missing scores all against ``first``, and all for it.

        The samplings of both, and the outer ends of their intervals. None for a metric without
        bounds, or without a due question.
        """
        if self.due.metric in UNBOUNDED or not self.due.questions:
            return None
        design = self.due.design(self.mix)
        ends, spans = [], []
        for own, other in ((0.0, 1.0), (1.0, 0.0)):
            mine = _filled(self.due.trained(first), own)
            theirs = _filled(self.due.trained(second), other)
            sample = statistics.contrast([mine, theirs], (1, -1), design, seed=seed)
            if sample is None:
                return None
            ends.append(sample)
            spans.append(statistics.compare(mine, theirs, design, level=level, seed=seed))
        return (ends[0], ends[1]), spans[0].low, spans[1].high

    def record(self, outcomes: Mapping[tuple[str, str], Any]) -> dict[str, Any] | None:
        """The verdict's ``missing``: who lacks what, and how far that reaches; None if nothing."""
        if self.whole:
            return None
        weights = self.due.weights(self.mix)
        value = self.quality()
        bounded = self.due.metric not in UNBOUNDED
        rows = {}
        for name, number in self.missing().items():
            own = self.due.column(name)
            rows[name] = {
                "missing": number,
                "value": None if np.isnan(value[name]) else value[name],
                "worst": float(weights @ _filled(own, 0.0)) if bounded else None,
                "best": float(weights @ _filled(own, 1.0)) if bounded else None,
            }
        return {
            "due": len(self.due.questions),
            "complete": len(self.complete.questions),
            "variants": rows,
            "comparisons": [
                {"variant": pair[0], "baseline": pair[1], "difference": item.difference,
                 "low": item.low, "high": item.high}
                for pair, item in outcomes.items() if pair[0] < pair[1]
            ],
        }  # fmt: skip


def _filled(column: Array, value: float) -> Array:
    return np.where(np.isnan(column), value, column)
