"""What a run measured, read once for deciding anew: the part that no setting changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.costing import BuildUsage, PriceBook, as_recorded, deployed, price_book
from workbench.dashboard.queries import runs
from workbench.decision.fairness import answerable
from workbench.decision.imported_results import imported_variant
from workbench.errors import WorkbenchError
from workbench.evaluation.columns import ScoreColumns
from workbench.evaluation.harm import HARMS, severities
from workbench.evaluation.pooling import Grids
from workbench.evaluation.table import Table
from workbench.experiment import Experiment
from workbench.experiment.variant import Variant, variants_of
from workbench.records import migrate
from workbench.stages.scoring import read_further
from workbench.types import Question, Score

Parts = dict[str, Any]


@dataclass(frozen=True)
class WhatIfInputs:
    """What a run measured, read once: the part that no setting changes."""

    results: Mapping[str, Any]
    experiment: Experiment
    grids: Grids
    traits: Mapping[str, Variant]
    book: PriceBook
    stages: Mapping[str, float]
    built: BuildUsage = field(default_factory=BuildUsage)
    pooled: dict[Any, Parts] = field(default_factory=dict, compare=False)
    answerable: Mapping[str, bool] = field(default_factory=dict)
    severity: Mapping[str, float] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        """The scores that decide."""
        return self.grids.written[str(self.results["metric"])]


def metrics(run: runs.Snapshot) -> tuple[str, ...]:
    """The metrics whose scores :func:`evidence` needs: all that the verdict speaks of."""
    from workbench.decision.form import measures

    told = HARMS if run.results.harm is not None else ()
    return tuple(dict.fromkeys((*measures(run.metric), "citation_recall", *told)))


def specified(run: runs.Snapshot) -> Experiment:
    """The run's experiment; WorkbenchError where it has none that can be read."""
    source = run.files.specification
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkbenchError(f"{source.name} can't be read: {error}.", "Run again.") from error
    return Experiment.from_yaml(text, source.name, migrate.specification)


def evidence(run: runs.Snapshot, scores: ScoreColumns | Iterable[Score]) -> WhatIfInputs:
    """From a run and its scores on the :func:`metrics`.

    Raises WorkbenchError where the run is too old or too broken for it.
    """
    experiment = specified(run)
    listed = []
    for file in ("test", "gold"):
        for record in runs.lines(run.files.questions(file)):
            try:
                listed.append(Question.from_record(record))
            except (KeyError, TypeError):
                continue
    wanted = metrics(run)
    names = [row.name for row in run.variants]
    grids = Grids.of(
        listed, ScoreColumns.of(scores).only(metrics=wanted), names,
        further=[[score for score in each if score.metric in wanted]
                 for each in read_further(run.path)],
    )  # fmt: skip
    if run.metric not in grids.written:
        raise WorkbenchError(
            f"There are no scores of {run.metric} in this run.",
            "Run it again to score its answers.",
        )
    stages = run.results.stages or run.manifest.seconds()
    record = _usable(run)
    known = {variant.name: variant for variant in variants_of(run.manifest.compared(experiment))}
    known |= {
        row.name: imported_variant(row.name, row.context or "none")
        for row in run.variants
        if row.name not in known
    }
    return WhatIfInputs(
        record,
        experiment,
        grids,
        known,
        _book(experiment, record.get("prices")),
        {k: float(v) for k, v in stages.items()},
        BuildUsage.of(record.get("building")),
        answerable=answerable(listed),
        severity=severities(listed, experiment.harm.severity if experiment.harm else None),
    )


def _usable(run: runs.Snapshot) -> dict[str, Any]:
    """The results; WorkbenchError where a variant's record lacks what a decision rests on."""
    for row in run.variants:
        lacking = [part for part in ("metrics", "latency") if part not in row.model_fields_set]
        if lacking:
            raise WorkbenchError(
                f"results.json holds no {lacking[0]} of {row.name}: nothing can be decided anew.",
                "Run it again with this version; its answers are kept.",
            )
    return {
        "comparisons": [], "gold_agreement": {}, **run.results.record(), "metric": run.metric
    }  # fmt: skip


def _book(experiment: Experiment, recorded: Mapping[str, Any] | None) -> PriceBook:
    """The prices that the run was decided by; the shipped book stands in for one that has gone."""
    path = experiment.price_book
    book = price_book(path if path and Path(path).is_file() else None)
    return as_recorded(deployed(book, experiment.deployment), recorded)
