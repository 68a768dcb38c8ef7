"""How likely a question is right and clear, and worth asking, learned from judged questions.

Readers judged some 2,700 of the writer's own questions; small regression trees tell from what is
known of a question (:mod:`workbench.questions.quality.features`) how they would have judged it.
``training/question_quality/`` fits and measures them; ``estimate.json`` holds them: by output the
sum's start and its trees, a tree being a value or ``[feature, cut, tree up to the cut, tree
above]``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from workbench.io.files import read_json
from workbench.questions.parsing.names import Names
from workbench.questions.quality.features import features
from workbench.questions.quality.usage import Usage
from workbench.questions.writers.drafts import Draft

FILE = Path(__file__).parent / "estimate.json"
#: The outputs: right is grammatical, clear without its page, with a correct and whole answer; worth
#: is what somebody who uses an assistant on the text would ask it.
OUTPUTS = ("right", "worth")
#: Chance to be right from which on a question is asked without need.
LEAST_RIGHT = 0.7
#: Digits of an estimate that are kept: it is no more exact, and the same on every machine.
DIGITS = 3


@cache
def _fitted() -> Mapping[str, Any]:
    return dict(read_json(FILE))


def estimate(values: Mapping[str, float | None]) -> tuple[float, float]:
    """(chance that it is right, chance that it is worth asking), 0 to 1.

    ``values`` are features by name; what is unknown (None) counts as what is usual.
    """
    fitted = _fitted()
    row = [
        usual if (value := values[name]) is None else value
        for name, usual in zip(fitted["features"], fitted["usual"], strict=True)
    ]
    right, worth = (
        round(1 / (1 + math.exp(-_sum(fitted[output], row))), DIGITS) for output in OUTPUTS
    )
    return right, worth


def _sum(part: Mapping[str, Any], row: Sequence[float]) -> float:
    total = float(part["start"])
    for tree in part["trees"]:
        node = tree
        while isinstance(node, list):
            place, cut, low, high = node
            node = low if row[place] <= cut else high
        total += node
    return total


def estimate_draft(
    draft: Draft, fluency: float | None, agreement: float, names: Names, usage: Usage
) -> tuple[float, float]:
    """The estimate of a draft's plainest wording (1, 1: of what no rule or small reader wrote)."""
    if draft.way == "chat" or not draft.answers or not draft.quote:
        return 1.0, 1.0
    return estimate(features(draft, draft.text, fluency, agreement, names, usage))
