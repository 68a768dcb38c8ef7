"""Systems that ran elsewhere, in the same statistics, verdict and report as our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from workbench.costing import Cost, crossings
from workbench.decision.verdict import decide
from workbench.errors import WorkbenchError
from workbench.evaluation.failures import failure_warnings
from workbench.evaluation.imported import ImportedAnswers
from workbench.evaluation.metrics import answered
from workbench.evaluation.summary import summarise
from workbench.evaluation.table import tables
from workbench.experiment.decision import DecisionSpec, WorkloadSpec
from workbench.experiment.variant import Variant
from workbench.records.results import SCHEMA_VERSION, Results
from workbench.types import ModelReference

#: What stands for the endpoint of a system that ran elsewhere.
IMPORTED = "imported"


def imported_results(
    imported: ImportedAnswers,
    run: Mapping[str, Any],
    *,
    purpose: str,
    decision: DecisionSpec | None = None,
    workload: WorkloadSpec | None = None,
    currency: str = "USD",
    seed: int = 0,
) -> Results:
    """results.json of a file of answers alone; the first metric of the file decides by default.

    Raises WorkbenchError where there are not two systems or no score at all.
    """
    rivals = [name for name in imported.variants if name not in imported.ceilings]
    if len(rivals) < 2:
        raise WorkbenchError(
            f"The file names only one system, {rivals[0]!r}."
            if rivals
            else "The file names nothing but ceilings, which are no candidates.",
            "A comparison needs the answers of at least two to the same questions.",
        )
    if not imported.metrics and all(not answered(answer) for answer in imported.answers):
        raise WorkbenchError(
            f"All {len(imported.answers):,} answers of the file failed or were skipped, so there "
            "is nothing to compare.",
            "Let the systems answer again, or leave out rows that were never asked.",
        )
    if not imported.metrics:
        raise WorkbenchError(
            "The file holds no scores.",
            "Have them scored by their references (--score f1), or give a score column."
            if imported.can_be_scored
            else "Give a score column, or a column reference and --score f1; or import the answers "
            "beside a run whose exam can score them.",
        )
    spec = decision or DecisionSpec(metric=imported.metrics[0])
    work = workload or WorkloadSpec()
    traits = imported_traits(imported)
    results = summarise(
        imported.questions, imported.answers, imported.scores, imported.latencies,
        variants=list(traits.values()), labels=imported.labels, mix=None, metric=spec.metric,
        margin=spec.margin, level=spec.level, seed=seed,
    )  # fmt: skip
    money = imported_costs(imported, results["variants"], spec.metric, currency, work)
    for row in results["variants"]:
        row["cost"] = asdict(money[row["name"]]) if row["name"] in money else None
        row["context"] = traits[row["name"]].context
    table = tables(imported.questions, imported.scores, imported.variants).get(spec.metric)
    verdict = decide(results, table, traits, money, spec, work, seed=seed)
    return Results.model_validate({
        "schema_version": SCHEMA_VERSION,
        "run": {"purpose": purpose, "seed": seed, **run},
        "verdict": verdict,
        **results,
        "certificate": None,
        "tuning": [],
        "questions": {**results["questions"], "dropped": {}},
        "stages": {},
        "break_even": crossings(money, float(work.queries_per_month), work.updates_per_month),
        "prices": None,
        "warnings": [
            *imported.notes,
            *results["warnings"],
            *failure_warnings(results["variants"]),
        ],
    })  # fmt: skip


def imported_traits(imported: ImportedAnswers) -> dict[str, Variant]:
    """What is known of each imported system: whether its answers came with passages."""
    rows = (imported.answers.column(name) for name in ("variant", "passages"))
    citing = {variant for variant, passages in zip(*rows, strict=True) if passages}
    bounds = dict.fromkeys(imported.ceilings, "evidence")
    return {
        name: imported_variant(name, bounds.get(name, "retrieval" if name in citing else "none"))
        for name in imported.variants
    }


def imported_variant(name: str, context: str) -> Variant:
    """An imported system: a model of its own behind an endpoint, since it ran elsewhere."""
    return Variant(name, context, model=ModelReference(name, endpoint=IMPORTED))


def imported_costs(
    imported: ImportedAnswers,
    rows: Sequence[Mapping[str, Any]],
    metric: str,
    currency: str,
    workload: WorkloadSpec,
) -> dict[str, Cost]:
    """Costs from the amounts per question in the file; a system without any has none.

    What it cost to build such a system is not in the file, so only running cost is known.
    """
    quality = {row["name"]: (row["metrics"].get(metric) or {}).get("value") for row in rows}
    result = {}
    for name, amounts in imported.costs.items():
        if name in imported.ceilings:
            continue  # it cannot be bought
        each = sum(amounts) / len(amounts)
        error = None
        if len(amounts) > 1:
            spread = sum((amount - each) ** 2 for amount in amounts) / (len(amounts) - 1)
            error = (spread / len(amounts)) ** 0.5
        result[name] = imported_cost(
            currency, each, error, quality.get(name), workload.queries_per_month
        )
    return result


def imported_cost(
    currency: str, each: float, error: float | None, quality: float | None, queries: float
) -> Cost:
    """The cost of a system of which only the mean amount of a question is known."""
    return Cost(
        currency, 0.0, 0.0, each, error, per_1000=1000 * each, per_month=each * queries,
        per_1000_correct=1000 * each / quality if quality else None,
    )  # fmt: skip
