"""What one question takes of a variant, as it was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Use:
    """Measured use per question; None where it was not measured.

    ``input_tokens`` and ``output_tokens`` are means, their ``_error`` the standard errors of these
    means and ``token_covariance`` the covariance of the two means. ``shared_tokens`` of the input
    are the beginning that every prompt of the variant has in common. ``written`` are the mean
    tokens, in and out, of the model that writes what is searched with. ``seconds`` is the mean time
    of one question asked alone, ``searching`` the part of it spent on the search, each with its
    standard error. ``paid`` is the mean money of an answer, in US dollars, of a system of another
    make that tells it or of which it is given.
    """

    input_tokens: float | None = None
    output_tokens: float | None = None
    seconds: float | None = None
    seconds_error: float | None = None
    searching: float | None = None
    searching_error: float | None = None
    input_error: float | None = None
    output_error: float | None = None
    token_covariance: float = 0.0
    shared_tokens: float | None = None
    written: tuple[float, float] | None = None
    written_errors: tuple[float, float] | None = None
    paid: float | None = None
    paid_error: float | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Use:
        """From a variant's row in results.json; the single-stream mean is what a question takes."""
        total = (row.get("latency") or {}).get("total_s") or {}
        tokens = row.get("tokens") or {}
        search = (row.get("latency") or {}).get("retrieval_s") or {}
        return cls(
            tokens.get("input"), tokens.get("output"), total.get("mean"), total.get("error"),
            search.get("mean"), search.get("error"), tokens.get("input_error"),
            tokens.get("output_error"), tokens.get("covariance") or 0.0, tokens.get("shared"),
            _both(tokens, "written_input", "written_output"),
            _both(tokens, "written_input_error", "written_output_error"),
            tokens.get("paid"), tokens.get("paid_error"),
        )  # fmt: skip


def _both(tokens: Mapping[str, Any], one: str, other: str) -> tuple[float, float] | None:
    """Two figures; None where either is not known."""
    first, second = tokens.get(one), tokens.get(other)
    return None if first is None or second is None else (float(first), float(second))
