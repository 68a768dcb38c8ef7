"""Do the hand-written gold questions rank the variants as the written exam does?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from workbench.wording import LEAST_SHOWN, figure, interval, say, short_label, statement, text


def agreement(
    variants: Sequence[Mapping[str, Any]],
    gold_comparisons: Sequence[Mapping[str, Any]],
    comparisons: Sequence[Mapping[str, Any]],
    metric: str,
) -> dict[str, Any]:
    """Both orders of the candidates, the pairs that swap places, and one sentence.

    ``same_order`` is None where there are no gold questions. A swap counts as ``resolved`` where
    both exams put zero outside the interval of the difference, on opposite sides. Two that the
    written exam shows level are not swapped.
    """
    candidates = [row for row in variants if not row["is_ceiling"]]
    written = {row["name"]: row["metrics"].get(metric, {}).get("value") for row in candidates}
    gold = {row["name"]: row["gold"].get(metric, {}).get("value") for row in candidates}
    names = [n for n in written if written[n] is not None and gold[n] is not None]
    labels = {row["name"]: short_label(row) for row in candidates}
    if len(names) < 2:
        return {"same_order": None, "swaps": [], "sentence": say("gold_none")}
    swaps: list[dict[str, Any]] = []
    level: list[dict[str, Any]] = []
    for first, second in combinations(names, 2):
        agreed = (written[first] - written[second]) * (gold[first] - gold[second])
        if agreed > 0 or gold[first] == gold[second]:
            continue
        better, worse = (first, second) if gold[first] > gold[second] else (second, first)
        of_gold = _between(gold_comparisons, metric, better, worse)
        of_written = _between(comparisons, metric, worse, better)
        resolved = all(one is not None and one[1] is not None and one[1] > 0
                       for one in (of_gold, of_written))  # fmt: skip
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
        said = [statement("gold_same")]
    else:
        kind = "swaps" if swaps else "level"
        place, worst = max(
            enumerate(swaps or level),
            key=lambda one: (one[1]["resolved"], abs(one[1]["difference"] or 0)),
        )
        said = [
            statement(
                "gold_level" if not swaps
                else "gold_swapped_resolved" if worst["resolved"] else "gold_swapped",
                better=labels[worst["better_on_gold"]], worse=labels[worst["worse_on_gold"]],
                gap=figure(worst["difference"], "difference",
                           f"/gold_agreement/{kind}/{place}/difference"),
                span=interval(worst["low"], worst["high"], metric, signed=True),
            )
        ]  # fmt: skip
    apart = [(place, one) for place, one in enumerate(levels) if one["apart"]]
    if apart:
        place, widest = max(apart, key=lambda one: abs(one[1]["gold"] - one[1]["written"]))
        at = f"/gold_agreement/levels/{place}"
        said.append(
            statement(
                "gold_harder" if widest["gold"] < widest["written"] else "gold_easier",
                name=labels[widest["variant"]],
                **{part: figure(widest[part], "points", f"{at}/{part}")
                   for part in ("gold", "written")},
            )
        )  # fmt: skip
    return {"same_order": not swaps, **orders, "swaps": swaps, "level": level,
            "levels": levels,
            "statements": said, "sentence": " ".join(text(one) for one in said)}  # fmt: skip


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
    for one in comparisons:
        if one["metric"] != metric or one["stratum"] is not None or one["difference"] is None:
            continue
        if (one["variant"], one["baseline"]) == (variant, baseline):
            return one["difference"], one["low"], one["high"]
        if (one["variant"], one["baseline"]) == (baseline, variant):
            low = None if one["high"] is None else -one["high"]
            high = None if one["low"] is None else -one["low"]
            return -one["difference"], low, high
    return None
