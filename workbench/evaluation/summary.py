"""Scores into the figures of results.json: estimates, comparisons, interaction, waterfall.

Pure: plain values in, one JSON-ready dictionary out. Cost and verdict are added by the parts that
know of money and of decisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np

from workbench.evaluation import examples, statistics
from workbench.evaluation import latency as clock
from workbench.evaluation.answer_counts import Replies
from workbench.evaluation.gold import gold_agreement
from workbench.evaluation.levers import levers
from workbench.evaluation.metrics import UNBOUNDED
from workbench.evaluation.selective import risk_coverage
from workbench.evaluation.table import Table, tables
from workbench.evaluation.warnings import warning_statements
from workbench.evaluation.waterfall import waterfall
from workbench.experiment.variant import Variant, ceilings, twins
from workbench.types import KINDS, STRATA, Answer, Latency, Question, Score
from workbench.wording import label, text


def summarise(
    questions: Sequence[Question],
    answers: Iterable[Answer],
    scores: Iterable[Score],
    latencies: Iterable[Latency] = (),
    *,
    variants: Sequence[Variant],
    labels: Mapping[str, str] | None = None,
    mix: Mapping[str, float] | None = None,
    kind_mix: Mapping[str, float] | None = None,
    metric: str = "f1",
    margin: float = 0.03,
    level: float = 0.95,
    seed: int = 0,
    passages: Mapping[str, str] | None = None,
    shares: Mapping[str, float | None] | None = None,
) -> dict[str, Any]:
    """The content of results.json that rests on answers and scores alone.

    ``questions`` are all that were sat, gold (``origin == "gold"``) and written ones; ``mix`` the
    declared shares of the strata, ``kind_mix`` those of the kinds of question; ``metric`` the one
    that decides; ``passages`` the text of passages by id, for the examples; ``shares`` what part
    of the corpus a variant saw.
    """
    names = [variant.name for variant in variants]
    replies = [answer for answer in answers if answer.variant in names]
    timed = list(latencies)
    written = [question for question in questions if question.origin != "gold"]
    gold = [question for question in questions if question.origin == "gold"]
    on_gold = not written and bool(gold)
    if on_gold:
        written, gold = gold, []
    listed = list(scores)
    grids = tables(written, listed, names, kind_mix)
    gold_grids = tables(gold, listed, names)
    shown = {name: label(name, (labels or {}).get(name)) for name in names}
    short = {name: label(name, (labels or {}).get(name), short=True) for name in names}
    twin = twins(variants)
    limits = ceilings(variants)
    facts = Replies(questions, replies)
    rows = [
        {
            "name": variant,
            "label": shown[variant],
            "is_ceiling": variant in limits,
            "twin": twin.get(variant),
            "metrics": _estimates(grids, variant, mix, level, seed),
            "strata": _by(grids, variant, "stratum", level, seed),
            "kinds": _by(grids, variant, "kind", level, seed),
            "gold": _estimates(gold_grids, variant, None, level, seed),
            "gold_kinds": _by(gold_grids, variant, "kind", level, seed),
            "latency": clock.latency(timed, variant),
            "answer_words": _value(grids, variant, "answer_words"),
            "tokens": facts.tokens(variant),
            "answers": facts.counts(variant),
            "failed_because": facts.failed_because(variant),
            "abstention": facts.abstention(variant),
            "risk_coverage": risk_coverage(questions, replies, listed, variant, metric),
            "share_of_corpus_seen": (shares or {}).get(variant),
        }
        for variant in names
    ]
    comparisons = _comparisons(grids, names, limits, mix, metric, level, seed)
    gold_comparisons = [
        {**comparison, "questions": "gold"}
        for comparison in _comparisons(
            {name: grid for name, grid in gold_grids.items() if name == metric},
            names, limits, None, metric, level, seed,
        )
    ]  # fmt: skip
    warned = warning_statements(grids, names, mix, metric, written, gold)
    return {
        "metric": metric,
        "level": level,
        "margin": margin,
        "mix": dict(mix) if mix else None,
        "kind_mix": dict(kind_mix) if mix and kind_mix else None,
        "variants": rows,
        "comparisons": comparisons,
        "gold_comparisons": gold_comparisons,
        "interaction": levers(grids.get(metric), variants, short, mix, level, seed),
        "gold_agreement": gold_agreement(rows, gold_comparisons, comparisons, metric, on_gold),
        "waterfall": waterfall(written, replies, grids, names, limits, metric, mix),
        "power": _power(
            grids.get(metric), [name for name in names if name not in limits], mix, level, seed
        ),
        "leader": _leader(
            grids.get(metric), [name for name in names if name not in limits], mix, level, seed
        ),
        "questions": {**_counts(written, gold), "on_gold": on_gold},
        "examples": examples.examples(
            written, replies, grids.get(metric), names, limits, passages or {}
        ),
        "warnings": [text(item) for item in warned],
        "warning_statements": {text(item): item for item in warned},
    }


def _estimates(
    grids: Mapping[str, Table],
    variant: str,
    mix: Mapping[str, float] | None,
    level: float,
    seed: int,
) -> dict[str, Any]:
    result = {}
    for name, grid in grids.items():
        if not grid.applies[:, grid.variants.index(variant)].any():
            continue
        due = grid.rows(grid.applies[:, grid.variants.index(variant)])
        bounds = None if name in UNBOUNDED else (0.0, 1.0)
        result[name] = _plain(
            statistics.estimate(
                due.column(variant), due.design(mix), level=level, bounds=bounds, seed=seed
            )
        )
    return result


def _plain(result: Any) -> dict[str, Any]:
    values = asdict(result)
    values.pop("level")
    return values


def _by(
    grids: Mapping[str, Table], variant: str, slice_by: str, level: float, seed: int
) -> dict[str, dict[str, Any]]:
    parts: dict[str, dict[str, Any]] = {}
    for name in STRATA if slice_by == "stratum" else KINDS:
        cut = {
            metric: grid.stratum(name) if slice_by == "stratum" else grid.kind(name)
            for metric, grid in grids.items()
        }
        result = _estimates(
            {metric: grid for metric, grid in cut.items() if grid.questions},
            variant, None, level, seed,
        )  # fmt: skip
        if result:
            parts[name] = result
    return parts


def _value(grids: Mapping[str, Table], variant: str, metric: str) -> float | None:
    if metric not in grids:
        return None
    values = grids[metric].column(variant)
    return None if np.isnan(values).all() else float(np.nanmean(values))


def _comparisons(
    grids: Mapping[str, Table],
    variants: Sequence[str],
    limits: Sequence[str],
    mix: Mapping[str, float] | None,
    decisive: str,
    level: float,
    seed: int,
) -> list[dict[str, Any]]:
    """All pairs on the mix; on the decisive metric by stratum too. Holm within each family."""
    result: list[dict[str, Any]] = []
    for metric, grid in grids.items():
        cuts: list[tuple[str | None, Table, Mapping[str, float] | None]] = [(None, grid, mix)]
        if metric == decisive:
            cuts += [
                (name, grid.stratum(name), None)
                for name in STRATA
                if any(stratum == name for stratum in grid.strata)
            ]
        bounds = None if metric in UNBOUNDED else (-1.0, 1.0)
        for stratum, cut, weights in cuts:
            family = []
            for baseline, variant in combinations(variants, 2):
                due = cut.applies[:, [cut.variants.index(v) for v in (variant, baseline)]]
                common = np.asarray(due.all(axis=1), dtype=bool)
                if not common.any():
                    continue
                pair = cut.rows(common)
                family.append(
                    asdict(
                        statistics.compare(
                            pair.column(variant), pair.column(baseline), pair.design(weights),
                            metric=metric, names=(variant, baseline), stratum=stratum,
                            level=level, bounds=bounds, seed=seed,
                        )
                    )
                )  # fmt: skip
            honest = [
                item for item in family if not {item["variant"], item["baseline"]} & set(limits)
            ]
            for item in family:
                item["p_raw"] = item["p"]
            adjusted = statistics.holm([item["p_raw"] for item in honest])
            for item, p in zip(honest, adjusted, strict=True):
                item["p"] = p
            result.extend(family)
    return result


def _power(
    grid: Table | None,
    rivals: Sequence[str],
    mix: Mapping[str, float] | None,
    level: float,
    seed: int,
) -> dict[str, Any]:
    """The smallest difference between any two candidates that this exam finds with 80% chance."""
    matches: list[float] = []
    if grid is not None:
        for first, second in combinations(rivals, 2):
            columns = [grid.column(first), grid.column(second)]
            result = statistics.contrast(columns, (1, -1), grid.design(mix), seed=seed)
            if result is None:
                continue
            mean = float(np.nanmax([np.nanmean(column) for column in columns]))
            gap = statistics.detectable_difference(result, level, mean=mean)
            if gap is not None:
                matches.append(gap)
    return {
        "power": 0.8,
        "detectable_difference": float(np.median(matches)) if matches else None,
        "best": min(matches, default=None),
        "worst": max(matches, default=None),
    }


def _leader(
    grid: Table | None,
    rivals: Sequence[str],
    mix: Mapping[str, float] | None,
    level: float,
    seed: int,
) -> dict[str, Any] | None:
    """The best candidate, of how many, and an interval that allows for its having been the best."""
    if grid is None or grid.metric in UNBOUNDED:
        return None
    columns = {name: grid.column(name) for name in rivals}
    found = statistics.leader(columns, grid.design(mix), level=level, seed=seed)
    if found is None:
        return None
    of = sum(bool((~np.isnan(values)).any()) for values in columns.values())
    name, result = found
    return {"variant": name, "of": of, "value": result.value, "low": result.low,
            "high": result.high}  # fmt: skip


def _counts(written: Sequence[Question], gold: Sequence[Question]) -> dict[str, Any]:
    return {
        "written": len(written),
        "gold": len(gold),
        "sections": len({question.cluster for question in written if question.cluster}),
        "strata": dict(Counter(str(q.stratum) for q in written if q.stratum)),
        "kinds": dict(Counter(q.kind for q in written)),
        "gold_strata": dict(Counter(str(q.stratum) for q in gold if q.stratum)),
        "gold_kinds": dict(Counter(q.kind for q in gold)),
    }
