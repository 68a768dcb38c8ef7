"""Scores as a grid: one row per question, one column per variant, NaN where none is to be had."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.columns import ScoreColumns
from workbench.evaluation.statistics import Design
from workbench.evaluation.statistics.design import Array
from workbench.types import Question, Score

#: The tag of a question that names its slice.
SLICE = "slice"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Table:
    """One metric of all variants on the same questions, with the design its error comes from.

    ``values`` is (questions, variants); ``applies`` says where the metric makes sense at all, so
    that a missing score and one that was never due are told apart. ``kind_mix`` are the declared
    shares of the kinds of question, where there are any. ``trainings`` holds, for variants that
    were trained several times, the scores of each, (trainings, questions); ``values`` has their
    mean. ``slices`` are what whoever brought the questions calls the parts that they fall into.
    """

    metric: str
    questions: tuple[str, ...]
    variants: tuple[str, ...]
    values: Array
    applies: NDArray[np.bool_]
    clusters: tuple[str | None, ...]
    strata: tuple[str | None, ...]
    kinds: tuple[str, ...]
    kind_mix: Mapping[str, float] | None = None
    trainings: Mapping[str, Array] = field(default_factory=dict)
    slices: tuple[str, ...] = ()
    # What was made of these scores: every variant and pair asks for the same cuts and designs.
    _made: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def column(self, variant: str) -> Array:
        """The scores of one variant, one per question; the mean of its trainings."""
        return self.values[:, self.variants.index(variant)]

    def trained(self, variant: str) -> Array:
        """The same, and (trainings, questions) where it was trained several times."""
        return self.trainings[variant] if variant in self.trainings else self.column(variant)

    def rows(self, keep: NDArray[np.bool_]) -> Table:
        """The table of the kept questions."""
        return self if keep.all() else self.ordered(np.flatnonzero(keep))

    def ordered(self, places: NDArray[np.intp]) -> Table:
        """The questions at these places, in their order."""
        return replace(
            self,
            questions=tuple(self.questions[at] for at in places),
            values=self.values[places],
            applies=self.applies[places],
            clusters=tuple(self.clusters[at] for at in places),
            strata=tuple(self.strata[at] for at in places),
            kinds=tuple(self.kinds[at] for at in places),
            trainings={name: each[:, places] for name, each in self.trainings.items()},
            slices=tuple(self.slices[at] for at in places) if self.slices else (),
        )

    def stratum(self, name: str) -> Table:
        """The questions of one stratum."""
        return self._once(
            ("stratum", name),
            lambda: self.rows(np.array([each == name for each in self.strata], dtype=bool)),
        )

    def kind(self, name: str) -> Table:
        """The questions of one kind."""
        return self._once(
            ("kind", name),
            lambda: self.rows(np.array([each == name for each in self.kinds], dtype=bool)),
        )

    def slice(self, name: str) -> Table:
        """The questions of one slice."""
        return self._once(
            ("slice", name),
            lambda: self.rows(np.array([each == name for each in self.slices], dtype=bool)),
        )

    def applicable(self) -> Table:
        """The questions to which the metric applies for some variant."""
        return self.rows(np.asarray(self.applies.any(axis=1), dtype=bool))

    def design(self, mix: Mapping[str, float] | None = None) -> Design:
        """Clusters, strata and weights; without a mix all questions weigh the same.

        With a mix the declared shares of the kinds count too, raked together with the strata.
        """
        if mix is None:
            return self._once("design", lambda: Design.of(self.clusters))
        # Only the last mix: a slider asks for ever other ones.
        shares = tuple(mix.items())
        known: tuple[Any, Design] | None = self._made.get("mixed")
        if known is None or known[0] != shares:
            strata = None if all(stratum is None for stratum in self.strata) else self.strata
            known = shares, Design.of(self.clusters, strata, mix, self.kinds, self.kind_mix)
            self._made["mixed"] = known
        return known[1]

    def _once(self, key: Hashable, make: Callable[[], T]) -> T:
        if key not in self._made:
            self._made[key] = make()
        result: T = self._made[key]
        return result

    def weights(self, mix: Mapping[str, float] | None) -> Array:
        """What each question weighs in the pooled figure: (questions,), adding up to 1."""
        design = self.design(mix)
        units = design.units()
        sizes = np.bincount(design.stratum, units, minlength=len(design.weights))
        weights = design.weights * (sizes > 0)
        total = weights.sum()
        if total <= 0:
            return np.full(len(units), 1 / max(1, len(units)))
        result: Array = units * (weights / total / np.where(sizes > 0, sizes, 1.0))[design.stratum]
        return result

    def kind_shares(self, mix: Mapping[str, float] | None) -> dict[str, float]:
        """The share that each kind has in the pooled figure."""
        held: dict[str, float] = {}
        for kind, weight in zip(self.kinds, self.weights(mix), strict=True):
            held[kind] = held.get(kind, 0.0) + float(weight)
        return held


def tables(
    questions: Sequence[Question],
    scores: ScoreColumns | Iterable[Score],
    variants: Sequence[str],
    kind_mix: Mapping[str, float] | None = None,
    further: Sequence[Iterable[Score]] = (),
) -> dict[str, Table]:
    """One table per metric. Scores of questions or variants that are not listed are left out.

    ``further`` are the scores of each further training, of the variants that were trained anew.
    """
    row = {question.id: place for place, question in enumerate(questions)}
    column = {variant: place for place, variant in enumerate(variants)}
    shape = (len(questions), len(variants))
    values: dict[str, Array] = {}
    applies: dict[str, NDArray[np.bool_]] = {}
    listed = ScoreColumns.of(scores)
    at, of = listed.places("question", row), listed.places("variant", column)
    code, metrics = listed.coded("metric")
    asked, there = (at >= 0) & (of >= 0), ~np.isnan(listed.value)
    for number, metric in enumerate(metrics):
        own = asked & (code == number)
        if not own.any():
            continue
        scored = own & there
        values[metric], applies[metric] = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
        applies[metric][at[own], of[own]] = True
        values[metric][at[scored], of[scored]] = listed.value[scored]
    again = {metric: _trainings(values[metric], row, column, metric, further) for metric in values}
    for metric, each in again.items():
        for name, rows in each.items():
            values[metric][:, column[name]] = rows.mean(axis=0)
    return {
        metric: Table(
            metric,
            tuple(row),
            tuple(column),
            values[metric],
            applies[metric],
            tuple(question.cluster for question in questions),
            tuple(question.stratum for question in questions),
            tuple(question.kind for question in questions),
            kind_mix,
            again[metric],
            slices_of(questions),
        )
        for metric in values
    }


def slices_of(questions: Sequence[Question]) -> tuple[str, ...]:
    """The slice of each question, empty where it has none; nothing where no question has one."""
    named = tuple(str(question.tags.get(SLICE, "")) for question in questions)
    return named if any(named) else ()


def _trainings(
    first: Array,
    row: Mapping[str, int],
    column: Mapping[str, int],
    metric: str,
    further: Sequence[Iterable[Score]],
) -> dict[str, Array]:
    """By variant its scores in each training, (trainings, questions); the first one's come first.

    Only a metric that every training has for it: what a judge said of the first alone stays so.
    """
    known: dict[str, list[Array]] = {}
    for number, scores in enumerate(further, 1):
        for score in scores:
            if score.metric != metric or score.question not in row or score.variant not in column:
                continue
            each = known.setdefault(score.variant, [first[:, column[score.variant]]])
            if len(each) == number:
                each.append(np.full(len(row), np.nan))
            if len(each) > number and score.value is not None:
                each[number][row[score.question]] = score.value
    return {name: np.vstack(each) for name, each in known.items() if len(each) == len(further) + 1}
