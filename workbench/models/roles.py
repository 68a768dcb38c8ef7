"""Chat turns for models that take no system turn."""

from __future__ import annotations

from collections.abc import Sequence


def without_system(turns: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The turns with what the system says put before what the user says first."""
    said = [turn["content"] for turn in turns if turn["role"] == "system"]
    rest = [dict(turn) for turn in turns if turn["role"] != "system"]
    if said and rest:
        rest[0]["content"] = "\n\n".join([*said, rest[0]["content"]])
    return rest or [{"role": "user", "content": "\n\n".join(said)}]
