"""Do the hand-written gold questions rank the variants as the written exam does?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from workbench.wording import LEAST_SHOWN, figure, interval, say, short_label, statement, text


def gold_agreement(
    variants: Sequence[Mapping[str, Any]],
    gold_comparisons: Sequence[Mapping[str, Any]],
    comparisons: Sequence[Mapping[str, Any]],
    metric: str,
    on_gold: bool = False,
) -> dict[str, Any]:
    """Both orders of the candidates, the pairs that swap places, and one sentence.

    ``same_order`` is None where there are no gold questions beside the exam; ``on_gold`` says that
    they are the exam. A swap counts as ``resolved`` where
    both exams put zero outside the interval of the difference, on opposite sides. Two that the
    written exam shows level are not swapped.
    """
    candidates = [row for row in variants if not row["is_ceiling"]]
    written = {row["name"]: row["metrics"].get(metric, {}).get("value") for row in candidates}
    gold = {row["name"]: row["gold"].get(metric, {}).get("value") for row in candidates}
    names = [n for n in written if written[n] is not None and gold[n] is not None]
    labels = {row["name"]: short_label(row) for row in candidates}
    if len(names) < 2:
        return {
            "same_order": None,
            "swaps": [],
            "sentence": say("gold_is_exam" if on_gold else "gold_none"),
        }
    swaps: list[dict[str, Any]] = []
    level: list[dict[str, Any]] = []
    for first, second in combinations(names, 2):
        agreed = (written[first] - written[second]) * (gold[first] - gold[second])
        if agreed > 0 or gold[first] == gold[second]:
            continue
        better, worse = (first, second) if gold[first] > gold[second] else (second, first)
        of_gold = _between(gold_comparisons, metric, better, worse)
        of_written = _between(comparisons, metric, worse, better)
        resolved = all(item is not None and item[1] is not None and item[1] > 0
                       for item in (of_gold, of_written))  # fmt: skip
        (level if abs(written[first] - written[second]) < LEAST_SHOWN else swaps).append(
            {"better_on_gold": better, "worse_on_gold": worse, "resolved": resolved,
             "difference": of_gold[0] if of_gold else None,
             "low": of_gold[1] if of_gold else None, "high": of_gold[2] if of_gold else None}
        )  # fmt: skip
    levels = _levels(candidates, metric)
    orders = {
        "order": sorted(names, key=lambda name: -written[name]),
        "gold_order": sorted(names, key=lambda name: -gold[name]),
    }
    if not (swaps or level):
        sentences = [statement("gold_same")]
    else:
        kind = "swaps" if swaps else "level"
        place, worst = max(
            enumerate(swaps or level),
            key=lambda item: (item[1]["resolved"], abs(item[1]["difference"] or 0)),
        )
        sentences = [
            statement(
                "gold_level" if not swaps
                else "gold_swapped_resolved" if worst["resolved"] else "gold_swapped",
                better=labels[worst["better_on_gold"]], worse=labels[worst["worse_on_gold"]],
                gap=figure(worst["difference"], "difference",
                           f"/gold_agreement/{kind}/{place}/difference"),
                span=interval(worst["low"], worst["high"], metric, signed=True),
            )
        ]  # fmt: skip
    apart = [(place, item) for place, item in enumerate(levels) if item["apart"]]
    if apart:
        place, widest = max(apart, key=lambda item: abs(item[1]["gold"] - item[1]["written"]))
        at = f"/gold_agreement/levels/{place}"
        sentences.append(
            statement(
                "gold_harder" if widest["gold"] < widest["written"] else "gold_easier",
                name=labels[widest["variant"]],
                **{part: figure(widest[part], "points", f"{at}/{part}")
                   for part in ("gold", "written")},
            )
        )  # fmt: skip
    return {
        "same_order": not swaps,
        **orders,
        "swaps": swaps,
        "level": level,
        "levels": levels,
        "statements": sentences,
        "sentence": " ".join(text(item) for item in sentences),
    }


def _levels(candidates: Sequence[Mapping[str, Any]], metric: str) -> list[dict[str, Any]]:
    """Each candidate's figure on both exams; ``apart`` where the two intervals do not meet."""
    levels = []
    for row in candidates:
        own, gold = row["metrics"].get(metric) or {}, row["gold"].get(metric) or {}
        if own.get("value") is None or gold.get("value") is None:
            continue
        known = None not in (own["low"], gold["low"])
        apart = known and (gold["high"] < own["low"] or own["high"] < gold["low"])
        levels.append({"variant": row["name"], "written": own["value"], "gold": gold["value"],
                       "apart": bool(apart)})  # fmt: skip
    return levels


def _between(
    comparisons: Sequence[Mapping[str, Any]], metric: str, variant: str, baseline: str
) -> tuple[float, float | None, float | None] | None:
    """Difference and interval of ``variant - baseline``, whichever way round it was recorded."""
    for comparison in comparisons:
        if (
            comparison["metric"] != metric
            or comparison["stratum"] is not None
            or comparison["difference"] is None
        ):
            continue
        if (comparison["variant"], comparison["baseline"]) == (variant, baseline):
            return comparison["difference"], comparison["low"], comparison["high"]
        if (comparison["variant"], comparison["baseline"]) == (baseline, variant):
            low = None if comparison["high"] is None else -comparison["high"]
            high = None if comparison["low"] is None else -comparison["low"]
            return -comparison["difference"], low, high
    return None
