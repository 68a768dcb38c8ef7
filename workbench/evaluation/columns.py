"""Many scores as four columns: 160,000 of them are read and sorted in, not built one by one."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from workbench.types import Score


@dataclass(frozen=True, slots=True)
class ScoreColumns:
    """One row per score: what :class:`Score` holds, and NaN where that has None."""

    question: Sequence[str]
    variant: Sequence[str]
    metric: Sequence[str]
    value: NDArray[np.float64]

    @classmethod
    def of(cls, scores: ScoreColumns | Iterable[Score]) -> ScoreColumns:
        """The same scores in columns."""
        if isinstance(scores, ScoreColumns):
            return scores
        listed = list(scores)
        values = (np.nan if score.value is None else score.value for score in listed)
        return cls(
            [score.question for score in listed], [score.variant for score in listed],
            [score.metric for score in listed], np.fromiter(values, float, len(listed)),
        )  # fmt: skip

    def only(
        self, *, metrics: Container[str] | None = None, questions: Container[str] | None = None
    ) -> ScoreColumns:
        """Those on these metrics and of these questions; None is all of them."""
        kept = [
            (metrics is None or metric in metrics) and (questions is None or question in questions)
            for question, metric in zip(self.question, self.metric, strict=True)
        ]
        if all(kept):
            return self
        question, variant, metric = (
            list(compress(column, kept)) for column in (self.question, self.variant, self.metric)
        )
        return ScoreColumns(question, variant, metric, self.value[np.array(kept, dtype=bool)])

    def by_variant(self, metric: str) -> dict[str, dict[str, float]]:
        """The values on one metric that there are, by variant and question."""
        result: dict[str, dict[str, float]] = {}
        rows = zip(self.question, self.variant, self.metric, self.value.tolist(), strict=True)
        for question, variant, of, value in rows:
            if of == metric and value == value:
                result.setdefault(variant, {})[question] = value
        return result
