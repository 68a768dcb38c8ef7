"""What one question takes of a variant, as it was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Use:
    """Measured use per question: tokens, machine seconds with their standard error, and search."""

    input_tokens: float | None = None
    output_tokens: float | None = None
    seconds: float | None = None
    seconds_error: float | None = None
    searching: float | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Use:
        """From a variant's row in results.json; the single-stream mean is what a question takes."""
        total = (row.get("latency") or {}).get("total_s") or {}
        tokens = row.get("tokens") or {}
        search = (row.get("latency") or {}).get("retrieval_s") or {}
        return cls(
            tokens.get("input"), tokens.get("output"), total.get("mean"), total.get("error"),
            search.get("mean"),
        )  # fmt: skip
