"""Examples changed so that groups are served alike: as of somebody else, drawn evenly, weighed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from workbench.tuning.batches import Example
from workbench.types import Message, Prompt


def with_twins(
    examples: Sequence[Example], exchange: Callable[[str], str]
) -> list[tuple[int, Example]]:
    """The twin of each example that names somebody, with the place of the example.

    Question, passages and reply are exchanged alike, so that a twin contradicts nothing it shows.
    """
    found = []
    for place, example in enumerate(examples):
        messages = tuple(
            Message(turn.role, exchange(turn.content)) for turn in example.prompt.messages
        )
        twin = Example(Prompt(messages, example.prompt.reply_schema), exchange(example.completion))
        if twin != example:
            found.append((place, twin))
    return found


def evenly(examples: Sequence[Example], groups: Sequence[str | None]) -> list[Example]:
    """Examples of the smaller groups repeated in their order until all groups have as many."""
    by: dict[str, list[Example]] = {}
    for example, group in zip(examples, groups, strict=True):
        if group is not None:
            by.setdefault(group, []).append(example)
    most = max(map(len, by.values()), default=0)
    more = [
        own[at % len(own)] for group in sorted(by) for own in (by[group],)
        for at in range(len(own), most)
    ]  # fmt: skip
    return [*examples, *more]


def reweighed(examples: Sequence[Example], groups: Sequence[str | None]) -> list[Example]:
    """Each group's examples weighed so that all groups count alike, as much as before in all.

    Kamiran and Calders 2012, Knowledge and Information Systems 33:1; without the label, which is
    every question's own here. What is of no group keeps its weight.
    """
    counts = Counter(group for group in groups if group is not None)
    each = sum(counts.values()) / max(1, len(counts))
    return [
        example if group is None
        else replace(example, weight=example.weight * each / counts[group])
        for example, group in zip(examples, groups, strict=True)
    ]  # fmt: skip


def is_weighed(weights: Sequence[float]) -> bool:
    """Whether some count more than others."""
    return any(not math.isclose(weight, 1.0) for weight in weights)
