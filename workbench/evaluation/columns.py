"""Many scores as four columns: 160,000 of them are read and sorted in, not built one by one."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from workbench.types import Score


@dataclass(frozen=True, slots=True, eq=False)
class ScoreColumns:
    """One row per score: what :class:`Score` holds, and NaN where that has None."""

    question: Sequence[str]
    variant: Sequence[str]
    metric: Sequence[str]
    value: NDArray[np.float64]
    # What was once asked for: every table of a run asks for a column's numbers, every variant for
    # the values of the metric that decides.
    _coded: dict[str, tuple[NDArray[np.intp], list[str]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _parted: dict[str, dict[str, dict[str, float]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

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

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Score]:
        rows = zip(self.question, self.variant, self.metric, self.value.tolist(), strict=True)
        for question, variant, metric, value in rows:
            yield Score(question, variant, metric, None if value != value else value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScoreColumns) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def coded(self, column: str) -> tuple[NDArray[np.intp], list[str]]:
        """A column's values as places in the list of its distinct ones, and that list."""
        if column not in self._coded:
            values: Sequence[str] = getattr(self, column)
            names = list(dict.fromkeys(values))
            place = {name: at for at, name in enumerate(names)}
            codes = np.fromiter(map(place.__getitem__, values), np.intp, len(values))
            self._coded[column] = codes, names
        return self._coded[column]

    def places(self, column: str, of: Mapping[str, int]) -> NDArray[np.intp]:
        """Where ``of`` has the values of a column: one number a row, -1 for what it lacks."""
        codes, names = self.coded(column)
        found = np.array([of.get(name, -1) for name in names], dtype=np.intp)
        result: NDArray[np.intp] = found[codes] if len(found) else codes
        return result

    def only(
        self, *, metrics: Container[str] | None = None, questions: Container[str] | None = None
    ) -> ScoreColumns:
        """Those on these metrics and of these questions; None is all of them."""
        return self.kept([
            (metrics is None or metric in metrics) and (questions is None or question in questions)
            for question, metric in zip(self.question, self.metric, strict=True)
        ])  # fmt: skip

    def kept(self, keep: Sequence[bool]) -> ScoreColumns:
        """Those of the rows that are to be kept."""
        if all(keep):
            return self
        question, variant, metric = (
            list(compress(column, keep)) for column in (self.question, self.variant, self.metric)
        )
        return ScoreColumns(question, variant, metric, self.value[np.array(keep, dtype=bool)])

    def joined(self, other: ScoreColumns) -> ScoreColumns:
        """These and then the others."""
        if not len(self) or not len(other):
            return other if len(other) else self
        return ScoreColumns(
            [*self.question, *other.question], [*self.variant, *other.variant],
            [*self.metric, *other.metric], np.concatenate([self.value, other.value]),
        )  # fmt: skip

    def by_variant(self, metric: str) -> dict[str, dict[str, float]]:
        """The values on one metric that there are, by variant and question."""
        if metric not in self._parted:
            codes, names = self.coded("metric")
            wanted = names.index(metric) if metric in names else -1
            result: dict[str, dict[str, float]] = {}
            for at in np.flatnonzero((codes == wanted) & ~np.isnan(self.value)).tolist():
                result.setdefault(self.variant[at], {})[self.question[at]] = float(self.value[at])
            self._parted[metric] = result
        return self._parted[metric]
