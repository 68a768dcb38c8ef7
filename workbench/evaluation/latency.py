"""Single-stream times of a variant: medians, ninetieth percentiles, and the mean that costs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from workbench.types import Latency

PARTS = ("first_token_s", "per_token_s", "retrieval_s", "total_s")


def latency(timed: Iterable[Latency], variant: str) -> dict[str, Any]:
    """p50, p90, mean and standard error of each part, in seconds, over the timed questions."""
    own = [item for item in timed if item.variant == variant]
    result: dict[str, Any] = {"n": len(own)}
    for part in PARTS:
        values = np.array(
            [v for item in own if (v := getattr(item, part)) is not None], dtype=float
        )
        values = values[~np.isnan(values)]
        result[part] = {
            "p50": float(np.percentile(values, 50)) if len(values) else None,
            "p90": float(np.percentile(values, 90)) if len(values) else None,
            "mean": float(values.mean()) if len(values) else None,
            "error": float(values.std(ddof=1) / len(values) ** 0.5) if len(values) > 1 else None,
        }
    return result
