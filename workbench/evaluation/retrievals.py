"""What a search of retrieval settings showed: by evidence, by answers, and what each costs.

Pure: for each setting whether each question's evidence was shown, paired by question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation import statistics
from workbench.evaluation.statistics import Design, holm
from workbench.evaluation.trials import luck
from workbench.wording import figure, statement

Row = dict[str, Any]
Statement = dict[str, Any]
#: What is better the less of it there is.
COSTS = ("tokens", "ms")
ALPHA = 0.05


def by_evidence(
    rows: Sequence[Mapping[str, Any]],
    hits: Mapping[int, NDArray[np.float64]],
    design: Design,
    *,
    level: float,
    seed: int,
) -> list[Row]:
    """The settings with recall, its gain on the present one, and their trade-off; best first.

    ``hits`` tells by number whether each question's evidence was shown (questions,); the present
    setting is number 0. ``clear`` is what more than luck sets apart from it, all that were tried
    allowed for (Holm 1979); ``tied`` what these questions cannot tell from the best; ``front`` what
    no other setting betters in recall, tokens and milliseconds at once.
    """
    result: list[Row] = [
        {**row, "recall": None, "gain": None, "clear": False, "tied": False, "front": False}
        for row in rows
    ]
    known = [row for row in result if row["number"] in hits]
    for row in known:
        found = statistics.estimate(hits[row["number"]], design, level=level, seed=seed)
        row["recall"] = {"value": found.value, "low": found.low, "high": found.high}
        row["chance"] = found.value or 0.0
    others = [row for row in known if row["number"] != 0]
    gains = [
        statistics.compare(hits[row["number"]], hits[0], design, level=level, seed=seed)
        for row in others
    ]
    for row, gain, p in zip(others, gains, holm([gain.p for gain in gains]), strict=True):
        row["gain"] = {"difference": gain.difference, "low": gain.low, "high": gain.high, "p": p}
        row["clear"] = p is not None and p < ALPHA
    # Of equal ones the present first, then those that cost less.
    known.sort(key=lambda row: (-row["chance"], row["number"] != 0, row["ms"]))
    for row in known:
        gap = statistics.compare(
            hits[row["number"]], hits[known[0]["number"]], design, level=level, seed=seed
        )
        row["tied"] = row is known[0] or _level(gap.low, gap.high)
        row["front"] = not any(_betters(other, row) for other in known)
    return known + [row for row in result if row["number"] not in hits]


def trade_off(rows: Sequence[Row], depths: Mapping[int, Sequence[float]]) -> list[Row]:
    """The most evidence for each amount of tokens: settings shown with fewer of their passages.

    ``depths`` are by number the recalls among the first 1, 2, … passages. Only what shows more
    evidence than anything of fewer tokens is told.
    """
    points = [
        {"number": row["number"], "top_k": k, "tokens": row["tokens"] * k / row["top_k"],
         "ms": row["ms"], "recall": recall}
        for row in rows if row["number"] in depths
        for k, recall in enumerate(depths[row["number"]], 1)
    ]  # fmt: skip
    points.sort(key=lambda point: (point["tokens"], -point["recall"], point["ms"]))
    result: list[Row] = []
    for point in points:
        if not result or point["recall"] > result[-1]["recall"]:
            result.append(point)
    return result


def _betters(other: Row, row: Row) -> bool:
    """Whether another setting is nowhere worse, and better somewhere."""
    more = other["chance"] - row["chance"]
    less = [row[key] - other[key] for key in COSTS]
    return bool(more >= 0 and min(less) >= 0 and (more > 0 or max(less) > 0))


def _level(low: float | None, high: float | None) -> bool:
    return low is None or high is None or low <= 0 <= high


def statements(found: Mapping[str, Any], at: str) -> list[Statement]:
    """What a search showed, in sentences; ``found`` is its record, to be read at ``at``."""
    tried = found["tried"]
    result = [statement(
        "retrieval_tried",
        tried=figure(found["asked"], "count", f"{at}/asked"),
        questions=figure(found["questions"], "count", f"{at}/questions"),
        tokens=figure(found["tokens"], "count", f"{at}/tokens"),
    )]  # fmt: skip
    result += _evidence(found, at)
    if found["answered"]:
        result += _answers(found, at)
    ties = sum(row["tied"] for row in tried)
    if ties > 1:
        result.append(statement("retrieval_ties", ties=str(ties)))
    if found["failed"]:
        result.append(
            statement("retrieval_failed", failed=figure(found["failed"], "count", f"{at}/failed"))
        )
    if not found["answered"]:
        return [*result, statement("trials_lucky")] if found["asked"] > 1 else result
    return [*result, *luck(found, at, "answered", "retrieval")]


def _evidence(found: Mapping[str, Any], at: str) -> list[Statement]:
    """Whether anything shows the evidence more often than the present setting."""
    leading = max(
        (row for row in found["tried"] if row["recall"] is not None),
        key=lambda row: (row["recall"]["value"] or 0.0, row["gain"] is None),
    )
    if leading["gain"] is None:
        return [statement("retrieval_none_better")]
    place = f"{at}/tried/{found['tried'].index(leading)}/gain"
    gain = {key: figure(leading["gain"][key], "difference", f"{place}/{key}")
            for key in ("difference", "low", "high")}  # fmt: skip
    return [statement("retrieval_better" if leading["clear"] else "retrieval_maybe", **gain)]


def _answers(found: Mapping[str, Any], at: str) -> list[Statement]:
    """Which of those that answered was chosen, and how far the present one is behind."""
    counts = {
        "answered": figure(found["answered"], "count", f"{at}/answered"),
        "dev": figure(found["dev"], "count", f"{at}/dev"),
    }
    row, place = found["tried"][found["present"]], f"{at}/tried/{found['present']}/behind"
    if found["present"] == 0:
        return [statement("retrieval_kept", **counts)]
    if row["behind"] is None or row["behind"]["low"] is None:
        return [statement("retrieval_chosen", **counts), statement("prompts_unknown")]
    values = {key: figure(row["behind"][key], "difference", f"{place}/{key}")
              for key in ("difference", "low", "high")}  # fmt: skip
    told = statement("prompts_level" if row["within"] else "prompts_behind", **values)
    return [statement("retrieval_chosen", **counts), told]
