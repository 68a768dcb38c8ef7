"""Everything that results.json holds, from records and facts: the one call of the pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.costing import (
    BuildUsage,
    Cost,
    PriceBook,
    cost_record,
    costs,
    crossings,
    deployed,
    price_book,
    prices_record,
)
from workbench.decision.fairness import fair_parts
from workbench.decision.imported_results import imported_costs, imported_traits
from workbench.decision.often import with_frequency
from workbench.decision.verdict import decide
from workbench.evaluation.columns import ScoreColumns
from workbench.evaluation.failures import failure_warnings
from workbench.evaluation.filtered import exam_sentences, with_ceiling
from workbench.evaluation.imported import ImportedAnswers
from workbench.evaluation.pooling import parted
from workbench.evaluation.summary import summarise
from workbench.evaluation.table import tables
from workbench.experiment import Experiment
from workbench.experiment.variant import variants_of
from workbench.records.results import SCHEMA_VERSION, Results
from workbench.types import Answer, Latency, Question, Score
from workbench.wording import say, short_label


@dataclass(frozen=True, slots=True)
class ResultInputs:
    """What a run recorded.

    ``run`` holds what the manifest knows (id, created, corpus, model, hardware, versions, minutes,
    reproduce); ``questions`` are the written exam and the gold ones together; ``stages`` measured
    seconds by stage (questions, index, adapter, or ``adapter:<variant>``); ``passages`` the text
    of passages by id; ``built`` what building took beside that time; ``imported`` further systems
    that sat the same exam elsewhere, whose ``answers`` and ``scores`` the caller has put among the
    others. ``shared_prompts`` is the share of an endpoint variant's prompt that all its prompts
    begin with. ``left_out`` are the variants that could not be built for want of training
    questions, ``further`` the scores of each further training. ``editions`` is what was found of a
    text with two of them, ``tags`` say by attribute which group each question is about.
    """

    experiment: Experiment
    run: Mapping[str, Any]
    questions: Sequence[Question]
    answers: Sequence[Answer]
    scores: Sequence[Score]
    stages: Mapping[str, float]
    latencies: Sequence[Latency] = ()
    passages: Mapping[str, str] = field(default_factory=dict)
    certificate: Mapping[str, Any] | None = None
    tuning: Sequence[Mapping[str, Any]] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    book: PriceBook | None = None
    shares: Mapping[str, float | None] = field(default_factory=dict)
    shared_prompts: Mapping[str, float] = field(default_factory=dict)
    built: BuildUsage | None = None
    warnings: Sequence[str] = ()
    left_out: Sequence[str] = ()
    further: Sequence[Sequence[Score]] = ()
    imported: ImportedAnswers | None = None
    editions: Mapping[str, Any] | None = None
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def build_results(given: ResultInputs) -> Results:
    """Summary, costs and verdict of one run."""
    experiment, imported = given.experiment, given.imported
    scores = ScoreColumns.of(given.scores)
    book = given.book if given.book is not None else price_book(experiment.price_book)
    prices = deployed(book, experiment.deployment)
    names = [variant.name for variant in experiment.variants]
    labels = {variant.name: variant.label for variant in experiment.variants if variant.label}
    traits = {variant.name: variant for variant in variants_of(experiment)}
    if imported is not None:
        traits.update(imported_traits(imported))
        labels |= imported.labels
    names = list(traits)
    results = summarise(
        given.questions, given.answers, scores, given.latencies, variants=list(traits.values()),
        labels=labels,
        mix=experiment.mix, kind_mix=experiment.workload.kinds,
        metric=experiment.decision.metric,
        margin=experiment.decision.margin, level=experiment.decision.level,
        seed=experiment.seed, passages=given.passages, further=given.further, shares=given.shares,
    )  # fmt: skip
    for row in results["variants"]:
        share, read = given.shared_prompts.get(row["name"]), row["tokens"]["input"]
        row["tokens"]["shared"] = None if share is None or read is None else share * read
    money = costs(
        results["variants"], traits, prices, stages=given.stages,
        queries=experiment.workload.queries_per_month,
        updates=experiment.workload.updates_per_month, metric=experiment.decision.metric,
        built=given.built,
    )  # fmt: skip
    if imported is not None:
        money.update(
            imported_costs(
                imported, results["variants"], experiment.decision.metric, prices.currency,
                experiment.workload,
            )
        )  # fmt: skip
    work = experiment.workload
    for row in results["variants"]:
        row["cost"] = cost_record(money.get(row["name"]), float(work.queries_per_month),
                                  work.updates_per_month)  # fmt: skip
        row["context"] = traits[row["name"]].context
    exam, _ = parted(given.questions)
    grids = tables(exam, scores, names, experiment.workload.kinds, given.further)
    run = {"purpose": experiment.purpose, "seed": experiment.seed, **given.run}
    fair = fair_parts(
        given.experiment, exam, given.answers, grids, given.tags, list(traits.values())
    )
    known = {**results, **fair, "run": run, "left_out": list(given.left_out)}
    if given.editions is not None:
        known["editions"] = with_frequency(
            given.editions, known, traits, money, experiment.decision, experiment.workload
        )
    verdict = decide(
        known, grids.get(experiment.decision.metric), traits, money,
        experiment.decision, experiment.workload, uncertainty=prices.uncertainty,
        seed=experiment.seed,
    )  # fmt: skip
    proof = with_ceiling(given.certificate, results["variants"], experiment.decision.metric)
    return Results.model_validate({
        "schema_version": SCHEMA_VERSION,
        "run": run,
        "verdict": verdict,
        "left_out": list(given.left_out),
        **results,
        **({} if given.editions is None else {"editions": known["editions"]}),
        **fair,
        "certificate": proof,
        "tuning": [dict(item) for item in given.tuning],
        "questions": {**results["questions"], "dropped": dict(given.dropped)},
        "stages": dict(given.stages),
        "break_even": crossings(
            money,
            float(experiment.workload.queries_per_month),
            experiment.workload.updates_per_month,
        ),
        "building": given.built.to_record() if given.built is not None else None,
        "prices": prices_record(
            prices, traits.values(), given.built.embedding if given.built else None,
            experiment.price_book,
        ),
        "warnings": [
            *given.warnings,
            *exam_sentences(proof, given.tuning, results["variants"]),
            *results["warnings"],
            *failure_warnings(results["variants"]),
            *_unpriced(results, money),
        ],
    })  # fmt: skip


def _unpriced(results: Mapping[str, Any], money: Mapping[str, Cost]) -> list[str]:
    """Sentences on variants without a cost, by what is missing for it."""
    lacking: dict[str, list[str]] = {}
    for row in results["variants"]:
        item = money.get(row["name"])
        if item is not None and item.missing:
            lacking.setdefault(item.missing, []).append(short_label(row))
    return [
        say("warn_no_price", names=", ".join(names), missing=missing)
        for missing, names in lacking.items()
    ]
