"""What a search of prompts showed: which is best, and how far to believe it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.evaluation.trials import luck
from workbench.wording import figure, prompt_label, statement

Statement = dict[str, Any]


def statements(found: Mapping[str, Any], at: str) -> list[Statement]:
    """What a search showed, in sentences; ``found`` is its record, to be read at ``at``."""
    best = found["tried"][0]
    counts = {
        "tried": figure(found["asked"], "count", f"{at}/asked"),
        "questions": figure(found["questions"], "count", f"{at}/questions"),
    }
    if found["present"] == 0:
        result = [statement("prompts_kept", **counts)]
    else:
        chosen = prompt_label(best["name"], best["context"])
        result = [statement("prompts_chosen", **counts, prompt=chosen), *_gain(found, at)]
    return [*result, *luck(found, at, "asked", "prompts")]


def _gain(found: Mapping[str, Any], at: str) -> list[Statement]:
    """How much the present prompt is behind, and whether that is more than luck."""
    row, place = found["tried"][found["present"]], f"{at}/tried/{found['present']}/behind"
    if row["behind"] is None or row["behind"]["low"] is None:
        return [statement("prompts_unknown")]
    values = {key: figure(row["behind"][key], "difference", f"{place}/{key}")
              for key in ("difference", "low", "high")}  # fmt: skip
    return [statement("prompts_level" if row["within"] else "prompts_behind", **values)]
