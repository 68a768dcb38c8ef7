"""What a reader must know before trusting the figures, as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from workbench.evaluation import statistics
from workbench.evaluation.behaviour import rubric_of
from workbench.evaluation.table import Table
from workbench.types import Question
from workbench.wording import KIND_LABELS, figure, label, points, share, statement

Statement = dict[str, Any]

# How far a kind may lie from its declared share before it is said.
APART = 0.01


def warning_statements(
    grids: Mapping[str, Table],
    variants: Sequence[str],
    mix: Mapping[str, float] | None,
    metric: str,
    written: Sequence[Question],
    gold: Sequence[Question],
) -> list[Statement]:
    """Sentences on thin data: clusters, strata, missing answers, gold that was trained."""
    grid = grids.get(metric)
    if grid is None:
        return [statement("warn_no_metric", metric=metric)]
    notes: list[Statement] = []
    if all(question.cluster is None for question in written):
        notes.append(statement("warn_no_clusters"))
    else:
        clusters = len({question.cluster for question in written})
        if clusters == 1:
            notes.append(statement("warn_one_cluster"))
        elif clusters < 10:
            notes.append(
                statement(
                    "warn_few_clusters", clusters=figure(clusters, "count", "/questions/sections")
                )
            )
    present = {stratum for stratum in grid.strata if stratum}
    for name, part in (mix or {}).items():
        if part > 0 and present and name not in present:
            notes.append(statement("warn_stratum_absent", stratum=name))
    if mix and all(stratum is None for stratum in grid.strata):
        notes.append(statement("warn_no_strata"))
    if mix:
        notes += _kinds(grid, mix)
    lost = np.isnan(grid.values) & grid.applies
    for place, variant in enumerate(variants):
        missing, due = int(lost[:, place].sum()), int(grid.applies[:, place].sum())
        if due and missing == due:
            notes.append(statement("warn_all_missing", variant=label(variant)))
        elif missing:
            own = grid.rows(grid.applies[:, place])
            ends = (own.weights(mix) @ np.nan_to_num(own.values[:, place], nan=bound)
                    for bound in (0.0, 1.0))  # fmt: skip
            worst, best = (points(float(end)) for end in ends)
            notes.append(
                statement(
                    "warn_missing",
                    variant=label(variant),
                    missing=_missing(place, metric, missing),
                    due=str(due),
                    worst=worst,
                    best=best,
                )
            )
    for first, second in combinations(range(len(variants)), 2):
        unequal = statistics.missingness(lost[:, first], lost[:, second])
        if unequal is not None and unequal[2] < 0.05:
            notes.append(
                statement(
                    "warn_unequal_missing",
                    first=label(variants[first]),
                    second=label(variants[second]),
                    a=_missing(first, metric, unequal[0]),
                    b=_missing(second, metric, unequal[1]),
                )
            )
    unweighed = sum(bool(rubric_of(item.tags)) for item in [*written, *gold])
    behaviour = grids.get("behaviour")
    scored = set() if behaviour is None else set(behaviour.questions)
    if unweighed and not any(item.id in scored for item in [*written, *gold]
                             if rubric_of(item.tags)):  # fmt: skip
        notes.append(statement("warn_unjudged_behaviour", n=str(unweighed)))
    trained = sum(question.stratum == "reworded" for question in gold)
    if trained:
        key = "warn_gold_trained_one" if trained == 1 else "warn_gold_trained"
        notes.append(
            statement(
                key,
                trained=figure(trained, "count", "/questions/gold_strata/reworded"),
                gold=figure(len(gold), "count", "/questions/gold"),
            )
        )
    return notes


def _missing(place: int, metric: str, number: int) -> Statement:
    return figure(number, "count", f"/variants/{place}/metrics/{metric}/missing")


def _kinds(grid: Table, mix: Mapping[str, float]) -> list[Statement]:
    """Where the declared shares of the kinds do not hold in what was weighed."""
    wanted = grid.kind_mix or {}
    present = set(grid.kinds)
    notes = [
        statement("warn_kind_absent", kind=KIND_LABELS[name].lower())
        for name, part in wanted.items()
        if part > 0 and name not in present
    ]
    held = grid.kind_shares(mix)
    total = sum(part for name, part in wanted.items() if name in present) or 1.0
    for name, part in wanted.items():
        gap = 0.0 if name not in held else held[name] - part / total
        if abs(gap) > APART:
            notes.append(
                statement(
                    "warn_kind_share",
                    kind=KIND_LABELS[name].lower(),
                    wanted=share(part / total),
                    held=share(held[name]),
                )
            )
    return notes
