"""The verdict under other volumes, prices, mixes, weights and limits: the pipeline decides again.

No model is asked: scores, times and tokens stay as measured, and what depends on the
setting (pooled figures, comparisons, money, verdict) is computed again, by the functions that the
pipeline calls: at the run's own setting it is the run's own verdict. The comparisons depend only
on mix and level and are kept, so that the other sliders answer at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workbench.costing import (
    BuildUsage,
    Cost,
    PriceBook,
    as_recorded,
    cost_record,
    costs,
    crossings,
    deployed,
    price_book,
    prices_record,
)
from workbench.dashboard.queries import runs
from workbench.dashboard.queries.paying import Paying, paid_book, paying_of
from workbench.decision.imported_results import IMPORTED, imported_cost, imported_variant
from workbench.errors import WorkbenchError
from workbench.evaluation.pooling import Grids, pooled
from workbench.evaluation.table import Table
from workbench.experiment import Experiment
from workbench.experiment.parts import DecisionSpec, WorkloadSpec
from workbench.experiment.variant import Variant, variants_of
from workbench.records import migrate
from workbench.records.results import Results
from workbench.records.verdict import Verdict
from workbench.stages.scores import read_further
from workbench.types import Question, Score

#: The parts of a row that hold estimates: by metric, and by slice and metric.
ESTIMATES, SLICES = ("metrics", "gold"), ("strata", "kinds", "gold_kinds")
Parts = dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """What the user may change. Money is in the price book's currency.

    ``mix`` are shares of the strata, ``kinds`` those of the kinds of question (None: as the exam
    has them); ``points_per_money`` and ``points_per_second`` as in a decision's specification.
    """

    queries_per_month: int
    updates_per_month: float
    # Tuples, not mappings: they are part of a cache's key.
    mix: tuple[tuple[str, float], ...]
    margin: float
    level: float
    paying: Paying
    max_p90_s: float | None
    max_monthly_cost: float | None
    must_cite: bool
    must_stay_local: bool
    kinds: tuple[tuple[str, float], ...] | None = None
    points_per_money: float = 0.0
    points_per_second: float = 0.0


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

    @property
    def table(self) -> Table:
        """The scores that decide."""
        return self.grids.written[str(self.results["metric"])]


def metrics(run: runs.Snapshot) -> tuple[str, ...]:
    """The metrics whose scores :func:`evidence` needs: all that the verdict speaks of."""
    from workbench.decision.form import measures

    return (*measures(run.metric), "citation_recall")


def evidence(run: runs.Snapshot, scores: Iterable[Score]) -> WhatIfInputs:
    """From a run and its scores on the :func:`metrics`.

    Raises WorkbenchError where the run is too old or too broken for it.
    """
    source = run.files.specification
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkbenchError(f"{source.name} can't be read: {error}.", "Run again.") from error
    experiment = Experiment.from_yaml(text, source.name, migrate.specification)
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
        listed, (score for score in scores if score.metric in wanted), names,
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


def declared(known: WhatIfInputs) -> Setting:
    """The setting that the run was decided under."""
    work, rule, book = known.experiment.workload, known.experiment.decision, known.book
    return Setting(
        work.queries_per_month,
        work.updates_per_month,
        tuple(work.strata.items()),
        rule.margin,
        rule.level,
        paying_of(book),
        rule.max_p90_s,
        rule.max_monthly_cost,
        rule.must_cite,
        rule.must_stay_local,
        tuple(work.kinds.items()) if work.kinds else None,
        rule.points_per_money or 0.0,
        rule.points_per_second or 0.0,
    )


def kinds_of(known: WhatIfInputs) -> dict[str, float]:
    """The kinds of question that the exam holds, each with its share, the most common first."""
    counts = Counter(known.table.kinds)
    return {name: count / len(known.table.kinds) for name, count in counts.most_common()}


def priced(known: WhatIfInputs, setting: Setting) -> PriceBook:
    """The price book with the setting's prices in it; the run's own where nothing was changed."""
    return paid_book(known.book, setting.paying)


def repriced(
    run: runs.Snapshot,
    known: WhatIfInputs,
    setting: Setting,
    verdict: Verdict,
    money: Mapping[str, Cost],
) -> Results:
    """The run's results with the verdict, the amounts and the prices of the setting."""
    book, queries, updates = (
        priced(known, setting), float(setting.queries_per_month), setting.updates_per_month,
    )  # fmt: skip
    rows = [
        {**row, "cost": cost_record(money[row["name"]], queries, updates)}
        if row["name"] in money else row
        for row in (item.record() for item in run.results.variants)
    ]  # fmt: skip
    prices = run.results.prices
    source = prices.book if prices else None
    return run.results.with_parts(
        verdict=verdict.record(), variants=rows,
        break_even=crossings(money, queries, updates),
        prices=prices_record(book, known.traits.values(), known.built.embedding, source),
    )  # fmt: skip


def specs(
    setting: Setting, metric: str, least_cited: float = 0.5
) -> tuple[DecisionSpec, WorkloadSpec]:
    """The setting as the two parts of an experiment."""
    decision = DecisionSpec(
        metric=metric,
        least_cited=least_cited,
        margin=setting.margin,
        level=setting.level,
        max_p90_s=setting.max_p90_s,
        max_monthly_cost=setting.max_monthly_cost,
        must_cite=setting.must_cite,
        must_stay_local=setting.must_stay_local,
        # The slider's 0 is no trade at all, which the specification writes as None.
        points_per_money=setting.points_per_money or None,
        points_per_second=setting.points_per_second or None,
    )
    workload = WorkloadSpec(
        strata=dict(setting.mix),
        kinds=dict(setting.kinds) if setting.kinds else None,
        queries_per_month=setting.queries_per_month,
        updates_per_month=setting.updates_per_month,
    )
    return decision, workload


def decide_again(known: WhatIfInputs, setting: Setting) -> tuple[Verdict, dict[str, Cost]]:
    """Verdict and costs under the setting."""
    from workbench.decision.verdict import decide

    decision, workload = specs(setting, known.table.metric, known.experiment.decision.least_cited)
    results = {
        **known.results,
        **_repooled(known, setting),
        "mix": workload.strata,
        "kind_mix": workload.kinds,
        "margin": setting.margin,
        "level": setting.level,
    }
    money = _costs(known, results["variants"], setting)
    verdict = decide(
        results,
        _weighed(known, setting).written[known.table.metric],
        known.traits,
        money,
        decision,
        workload,
        uncertainty=known.book.uncertainty,
        seed=known.experiment.seed,
    )
    return Verdict.model_validate(verdict), money


def _costs(
    known: WhatIfInputs, rows: Sequence[Mapping[str, Any]], setting: Setting
) -> dict[str, Cost]:
    """The costs under the setting; an imported system's amount of a question stays its own."""
    own = [row for row in rows if known.traits[row["name"]].model.endpoint != IMPORTED]
    money = costs(
        own,
        known.traits,
        priced(known, setting),
        stages=known.stages,
        queries=setting.queries_per_month,
        updates=setting.updates_per_month,
        metric=known.table.metric,
        built=known.built,
    )
    for row in rows:
        cost = row.get("cost") or {}
        if row not in own and cost.get("per_question") is not None:
            money[row["name"]] = imported_cost(
                cost["currency"], cost["per_question"], cost.get("per_question_error"),
                row["metrics"].get(known.table.metric, {}).get("value"),
                setting.queries_per_month,
            )  # fmt: skip
    return money


def _weighed(known: WhatIfInputs, setting: Setting) -> Grids:
    """The scores with the setting's shares of the kinds."""
    kinds = dict(setting.kinds) if setting.kinds else None
    written = {name: replace(grid, kind_mix=kinds) for name, grid in known.grids.written.items()}
    return replace(known.grids, written=written)


def _repooled(known: WhatIfInputs, setting: Setting) -> Parts:
    """The parts of the results that mix and level change."""
    key = (setting.mix, setting.kinds, setting.level)
    if key not in known.pooled:
        # Shared by all viewers and filled by every move of a slider, so bounded.
        if len(known.pooled) > 32:
            known.pooled.clear()
        anew = pooled(
            known.results["variants"], _weighed(known, setting), list(known.traits.values()),
            mix=dict(setting.mix), metric=known.table.metric, level=setting.level,
            seed=known.experiment.seed,
        )  # fmt: skip
        known.pooled[key] = _with_recorded(known.results, anew)
    return known.pooled[key]


def _with_recorded(recorded: Mapping[str, Any], anew: Parts) -> Parts:
    """The parts with what is recorded of metrics that no verdict speaks of, each in its place."""
    rows = []
    for old, row in zip(recorded["variants"], anew["variants"], strict=True):
        merged = {part: {**old.get(part, {}), **row[part]} for part in ESTIMATES}
        merged |= {
            part: {
                name: {**old.get(part, {}).get(name, {}), **row[part].get(name, {})}
                for name in {**old.get(part, {}), **row[part]}
            }
            for part in SLICES
        }
        rows.append({**row, **merged})
    fresh = {_pair(item): item for item in anew["comparisons"]}
    # Sentences point to comparisons by their place in the file.
    listed = [fresh.pop(_pair(item), item) for item in recorded["comparisons"]]
    return {**anew, "variants": rows, "comparisons": [*listed, *fresh.values()]}


def _pair(item: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(item.get(key) for key in ("metric", "stratum", "variant", "baseline"))


def to_yaml(known: WhatIfInputs, setting: Setting) -> str:
    """The setting as the parts of an experiment and of a price book that differ from defaults."""
    import yaml

    decision, workload = specs(setting, known.table.metric, known.experiment.decision.least_cited)
    book = priced(known, setting)
    chosen = setting.paying.deployment
    parts = {
        "workload": workload.model_dump(mode="json"),
        "decision": decision.model_dump(mode="json"),
        "deployment": chosen.model_dump(mode="json", exclude_none=True),
    }
    hours = {"labour": book.labour.model_dump(mode="json", include={"setup_hours", "update_hours"})}
    return (
        "# Into the experiment:\n"
        + yaml.safe_dump(parts, sort_keys=False, allow_unicode=True)
        + "# The hours of people, into the price book that the experiment names (price_book: …):\n"
        + "".join(
            f"# {line}\n"
            for line in yaml.safe_dump(hours, sort_keys=False, allow_unicode=True).splitlines()
        )
    )


def shares(values: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Slider positions as shares that add up to 1; all zero means equal shares."""
    total = sum(values.values())
    if total <= 0:
        return tuple((name, 1 / len(values)) for name in values)
    result = [(name, value / total) for name, value in values.items()]
    # The last share takes the rounding, so that the sum is 1 to the last digit.
    rest = 1 - sum(value for _, value in result[:-1])
    return (*result[:-1], (result[-1][0], max(0.0, rest)))
