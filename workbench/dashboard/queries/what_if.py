"""The verdict under other volumes, prices, mixes, weights and limits: the pipeline decides again.

No model is asked: scores, times and tokens stay as measured, and what depends on the
setting (pooled figures, comparisons, money, verdict) is computed again, by the functions that the
pipeline calls: at the run's own setting it is the run's own verdict. The comparisons depend only
on mix and level and are kept, so that the other sliders answer at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.costing import Cost, PriceBook, cost_record, costs, crossings, prices_record
from workbench.dashboard.queries import runs
from workbench.dashboard.queries.measured import WhatIfInputs
from workbench.dashboard.queries.paying import Paying, paid_book, paying_of
from workbench.dashboard.queries.repooled import Shares, repooled, weighed
from workbench.decision.imported_results import IMPORTED, imported_cost
from workbench.decision.often import with_frequency
from workbench.evaluation.harm import harm, outcomes
from workbench.experiment.decision import DecisionSpec, WorkloadSpec
from workbench.experiment.deployment import PaidBy
from workbench.findings import View, decided
from workbench.findings.assumed import paid_for
from workbench.records.results import Results
from workbench.records.verdict import Verdict


@dataclass(frozen=True)
class Setting:
    """What the user may change. Money is in the price book's currency.

    ``harm`` is what each outcome that is not right costs, where that was declared. ``mix`` are
    shares of the strata, ``kinds`` those of the kinds of question (None: as the exam
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
    harm: tuple[tuple[str, float], ...] = ()

    @property
    def shares(self) -> Shares:
        """The part of it that scores are pooled by."""
        return Shares(self.mix, self.kinds, self.level)


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
        tuple(known.experiment.harm.costs.items()) if known.experiment.harm else (),
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
    parts: dict[str, Any] = {}
    if run.results.editions is not None:
        decision, workload = specs(setting, run.metric)
        parts["editions"] = with_frequency(
            run.results.editions.record(), {"variants": rows}, known.traits, money, decision,
            workload,
        )  # fmt: skip
    held = run.results.harm if setting == declared(known) else harm_under(known, setting)
    return run.results.with_parts(
        **parts, verdict=verdict.record(), variants=rows,
        break_even=crossings(money, queries, updates),
        **({"harm": held if isinstance(held, dict) else held.record()} if held else {}),
        prices=prices_record(book, known.traits.values(), known.built.embedding, source),
    )  # fmt: skip


def harm_under(known: WhatIfInputs, setting: Setting) -> dict[str, Any] | None:
    """The harm of each variant at the setting's costs and shares; None where none is declared."""
    if not setting.harm:
        return None
    grids = weighed(known, setting.shares).written
    return harm(
        outcomes(grids, known.answerable), dict(setting.harm), severity=known.severity,
        mix=dict(setting.mix), level=setting.level, seed=known.experiment.seed,
    )  # fmt: skip


def paid_otherwise(run: runs.Snapshot, known: WhatIfInputs, paid_by: PaidBy) -> Results | None:
    """The run's results for another deployment, with what it says itself; None for its own."""
    start = declared(known)
    given = start.paying.deployment
    if paid_by == given.paid_by:
        return None
    paying = replace(start.paying, deployment=given.model_copy(update={"paid_by": paid_by}))
    setting = replace(start, paying=paying)
    own = View(run.results)
    first = decided.headline(own).statements[:1]
    return repriced(run, known, setting, *decide_again(known, setting)).with_parts(
        paid_otherwise={
            "what": paid_for(own), "front": own.front,
            "sentence": " ".join(item.text() for item in first),
        }
    )  # fmt: skip


def specs(
    setting: Setting, metric: str, least_cited: float = 0.5, max_group_gap: float | None = None
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
        max_group_gap=max_group_gap,
    )
    workload = WorkloadSpec(
        strata=dict(setting.mix),
        kinds=dict(setting.kinds) if setting.kinds else None,
        queries_per_month=setting.queries_per_month,
        updates_per_month=setting.updates_per_month,
    )
    return decision, workload


def _specs(known: WhatIfInputs, setting: Setting) -> tuple[DecisionSpec, WorkloadSpec]:
    """The same, with what no control of the page moves."""
    own = known.experiment.decision
    return specs(setting, known.table.metric, own.least_cited, own.max_group_gap)


def decide_again(known: WhatIfInputs, setting: Setting) -> tuple[Verdict, dict[str, Cost]]:
    """Verdict and costs under the setting; under the run's own they are the run's own."""
    own = run_verdict(known)
    if own is not None and setting == declared(known):
        return own, _costs(known, known.results["variants"], setting)
    return decided_anew(known, setting)


def run_verdict(known: WhatIfInputs) -> Verdict | None:
    """The verdict that the run recorded; None where an older version left parts of it out."""
    recorded = known.results.get("verdict") or {}
    return Verdict.model_validate(recorded) if set(Verdict.model_fields) <= set(recorded) else None


def decided_anew(known: WhatIfInputs, setting: Setting) -> tuple[Verdict, dict[str, Cost]]:
    """The same, worked out from the scores under any setting."""
    from workbench.decision.verdict import decide

    decision, workload = _specs(known, setting)
    results = {
        **known.results,
        **repooled(known, setting.shares),
        "mix": workload.strata,
        "kind_mix": workload.kinds,
        "margin": setting.margin,
        "level": setting.level,
    }
    if setting.harm:
        results["harm"] = harm_under(known, setting)
    money = _costs(known, results["variants"], setting)
    verdict = decide(
        results,
        weighed(known, setting.shares).written[known.table.metric],
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


def to_yaml(known: WhatIfInputs, setting: Setting) -> str:
    """The setting as the parts of an experiment and of a price book that differ from defaults."""
    import yaml

    decision, workload = _specs(known, setting)
    book = priced(known, setting)
    chosen = setting.paying.deployment
    parts: dict[str, Any] = {
        "workload": workload.model_dump(mode="json"),
        "decision": decision.model_dump(mode="json"),
        "deployment": chosen.model_dump(mode="json", exclude_none=True),
    }
    if setting.harm:
        parts["harm"] = dict(setting.harm)
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
