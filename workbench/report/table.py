"""The comparison as plain rows, for the terminal."""

from __future__ import annotations

from typing import Any

from workbench import wording
from workbench.records.results import Results
from workbench.records.variants import CostRow, Estimate
from workbench.types import STRATA


def table(results: Results) -> dict[str, Any]:
    """``columns``, ``rows`` of strings, the ``names`` of the rows' variants, and the ``verdict``.

    Quality is in points with its interval, then the strata, the hand-written questions, the 90th
    percentile of the time per question, and the money per 1,000 questions.
    """
    metric = results.metric
    strata = [s for s in STRATA if any(s in row.strata for row in results.variants)]
    level = wording.share(results.level)
    columns = ["", f"{wording.metric_label(metric)} ({level} interval)"]
    columns += [wording.STRATUM_LABELS[stratum] for stratum in strata]
    gold = any(row.gold for row in results.variants)
    columns += ["Gold"] * gold + ["p90", "per 1,000"]
    rows = []
    for row in results.variants:
        result, gold_result = row.metrics.get(metric), row.gold.get(metric) or Estimate()
        quality = wording.points(row.value(metric))
        if result is not None and result.low is not None:
            quality += f" {wording.interval(result.low, result.high)}"
        cost = row.cost or CostRow()
        rows.append(
            [
                row.label,
                quality,
                *(wording.points(row.value(metric, s)) for s in strata),
                *[wording.points(gold_result.value)] * gold,
                wording.seconds(row.latency.total_s.p90),
                wording.money(cost.per_1000, cost.currency),
            ]
        )
    return {
        "columns": columns,
        "rows": rows,
        "names": [row.name for row in results.variants],
        "verdict": [results.verdict.sentence, *results.verdict.would_change[:1]],
    }
