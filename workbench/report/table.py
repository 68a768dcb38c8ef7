"""The comparison as plain rows, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import wording
from workbench.types import STRATA


def table(results: Mapping[str, Any]) -> dict[str, Any]:
    """``columns``, ``rows`` of strings, the ``names`` of the rows' variants, and the ``verdict``.

    Quality is in points with its interval, then the strata, the hand-written questions, the 90th
    percentile of the time per question, and the money per 1,000 questions.
    """
    metric = results["metric"]
    strata = [s for s in STRATA if any(s in row["strata"] for row in results["variants"])]
    level = wording.share(results["level"])
    columns = ["", f"{wording.metric_label(metric)} ({level} interval)"]
    columns += [wording.STRATUM_LABELS[stratum] for stratum in strata]
    gold = any(row.get("gold") for row in results["variants"])
    columns += ["Gold"] * gold + ["p90", "per 1,000"]
    rows = []
    for row in results["variants"]:
        result = row["metrics"].get(metric) or {}
        quality = wording.points(result.get("value"))
        if result.get("low") is not None:
            quality += f" {wording.interval(result['low'], result['high'])}"
        cost = row.get("cost") or {}
        rows.append(
            [
                row["label"],
                quality,
                *(
                    wording.points(row["strata"].get(s, {}).get(metric, {}).get("value"))
                    for s in strata
                ),
                *[wording.points((row["gold"].get(metric) or {}).get("value"))] * gold,
                wording.seconds((row["latency"].get("total_s") or {}).get("p90")),
                wording.money(cost.get("per_1000"), cost.get("currency", "USD")),
            ]
        )
    verdict = results["verdict"]
    return {
        "columns": columns,
        "rows": rows,
        "names": [row["name"] for row in results["variants"]],
        "verdict": [verdict["sentence"], *verdict["would_change"][:1]],
    }
