"""Scores into the figures of results.json: estimates, comparisons, interaction, waterfall.

Pure: plain values in, one JSON-ready dictionary out. Cost and verdict are added by the parts that
know of money and of decisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from workbench.evaluation import examples, statistics
from workbench.evaluation import latency as clock
from workbench.evaluation.answer_counts import Replies
from workbench.evaluation.classes import classes, macro_comparisons
from workbench.evaluation.columns import ScoreColumns
from workbench.evaluation.metrics import UNBOUNDED
from workbench.evaluation.pooling import Grids, parted, pooled
from workbench.evaluation.selective import risk_coverage
from workbench.evaluation.table import Table, slices_of
from workbench.evaluation.trainings import trainings
from workbench.evaluation.value_columns import Columns
from workbench.evaluation.warnings import warning_statements
from workbench.evaluation.waterfall import waterfall
from workbench.experiment.variant import Variant, ceilings, twins
from workbench.types import Answer, Latency, Question, Score
from workbench.wording import label, text


def summarise(
    questions: Sequence[Question],
    answers: Iterable[Answer],
    scores: ScoreColumns | Iterable[Score],
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
    further: Sequence[Sequence[Score]] = (),
    shares: Mapping[str, float | None] | None = None,
) -> dict[str, Any]:
    """The content of results.json that rests on answers and scores alone.

    ``questions`` are all that were sat, gold (``origin == "gold"``) and written ones; ``mix`` the
    declared shares of the strata, ``kind_mix`` those of the kinds of question; ``metric`` the one
    that decides; ``further`` the scores of each further training; ``passages`` the text of passages
    by id, for the examples; ``shares`` what part
    of the corpus a variant saw.
    """
    names = [variant.name for variant in variants]
    replies = Columns.of(Answer, answers).where("variant", names)
    written, gold = parted(questions)
    listed = ScoreColumns.of(scores)
    both = Grids.of(questions, listed, names, kind_mix, further)
    grids, on_gold = both.written, both.on_gold
    shown = {name: label(name, (labels or {}).get(name)) for name in names}
    twin = twins(variants)
    limits = ceilings(variants)
    facts = Replies(questions, replies)
    own, timed = replies.by("variant"), Columns.of(Latency, latencies).by("variant")
    rows = [
        {
            "name": variant,
            "label": shown[variant],
            "is_ceiling": variant in limits,
            "twin": twin.get(variant),
            "latency": clock.latency(timed.get(variant, ()), variant),
            "answer_words": _value(grids, variant, "answer_words"),
            "tokens": facts.tokens(variant),
            "answers": facts.counts(variant),
            "failed_because": facts.failed_because(variant),
            "abstention": facts.abstention(variant),
            "risk_coverage": risk_coverage(
                questions, own.get(variant, ()), listed, variant, metric
            ),
            "share_of_corpus_seen": (shares or {}).get(variant),
        }
        for variant in names
    ]
    retrained = trainings(grids.get(metric), names, mix, level, seed)
    warned = warning_statements(grids, names, mix, metric, written, gold)
    told = classes(questions, replies, names, level, seed)
    figures = pooled(rows, both, variants, mix=mix, metric=metric, level=level, seed=seed)
    if told is not None:
        macro = {item["name"]: item["macro_f1"] for item in told["variants"]}
        for row in figures["variants"]:
            if row["name"] in macro:
                row["metrics"]["macro_f1"] = macro[row["name"]]
        # At the end: sentences point to the others by their places.
        figures["comparisons"] += macro_comparisons(questions, replies, names, limits, level, seed)
    return {
        "metric": metric,
        "level": level,
        "margin": margin,
        "mix": dict(mix) if mix else None,
        "kind_mix": dict(kind_mix) if mix and kind_mix else None,
        **figures,
        **({"classes": told} if told else {}),
        "waterfall": waterfall(written, replies, grids, names, limits, metric, mix),
        "power": _power(
            grids.get(metric), [name for name in names if name not in limits], mix, level, seed
        ),
        "leader": _leader(
            grids.get(metric), [name for name in names if name not in limits], mix, level, seed
        ),
        **({"trainings": retrained} if retrained else {}),
        "questions": {**_counts(written, gold), "on_gold": on_gold},
        "examples": examples.examples(
            written, replies, grids.get(metric), names, limits, passages or {}
        ),
        "warnings": [text(item) for item in warned],
        "warning_statements": {text(item): item for item in warned},
    }


def _value(grids: Mapping[str, Table], variant: str, metric: str) -> float | None:
    if metric not in grids:
        return None
    values = grids[metric].column(variant)
    return None if np.isnan(values).all() else float(np.nanmean(values))


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
            columns = [grid.trained(first), grid.trained(second)]
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
    columns = {name: grid.trained(name) for name in rivals}
    found = statistics.leader(columns, grid.design(mix), level=level, seed=seed)
    if found is None:
        return None
    of = sum(bool((~np.isnan(grid.column(name))).any()) for name in rivals)
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
        "slices": dict(Counter(name for name in slices_of(written) if name)),
        "gold_strata": dict(Counter(str(q.stratum) for q in gold if q.stratum)),
        "gold_kinds": dict(Counter(q.kind for q in gold)),
    }
