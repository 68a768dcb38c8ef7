"""Sentences, and passages cut from sections in the same way for evidence and distractors."""

from __future__ import annotations

import random
import re

_END = re.compile(r"(?<=[.!?][\"'”’)])\s+|(?<=[.!?])\s+")
_WORD = re.compile(r"[a-z0-9]+")


def sentences(text: str) -> list[str]:
    """Rough sentences of a text, joined again where an abbreviation cut one short."""
    parts: list[str] = []
    for part in _END.split(" ".join(text.split())):
        if parts and len(parts[-1]) < 12:
            parts[-1] = f"{parts[-1]} {part}"
        elif part:
            parts.append(part)
    return parts


def words(text: str) -> set[str]:
    """Distinct lower-case words of a text."""
    return set(_WORD.findall(text.lower()))


def evidence_sentence(parts: list[str], question: str, answer: str) -> int:
    """The sentence that most likely answers: it holds the answer, then shares most words."""
    wanted, asked, literal = words(answer), words(question), answer.lower().strip(" .")

    def score(part: str) -> float:
        matches = words(part)
        return (
            3.0 * (literal in part.lower())
            + len(matches & wanted) / (len(wanted) + 1)
            + 0.7 * len(matches & asked) / (len(asked) + 1)
        )

    return max(range(len(parts)), key=lambda i: score(parts[i]))


def cut(parts: list[str], anchor: int, budget: int, rng: random.Random) -> str:
    """A run of whole sentences around ``anchor``, of at most ``budget`` words (or the anchor).

    It grows to either side at random, so the anchor's place in the passage gives nothing away.
    """
    low = high = anchor
    size = len(parts[anchor].split())
    while True:
        sides = [s for s in (-1, 1) if 0 <= (low - 1 if s < 0 else high + 1) < len(parts)]
        rng.shuffle(sides)
        for side in sides:
            index = low - 1 if side < 0 else high + 1
            more = len(parts[index].split())
            if size + more <= budget:
                low, high, size = min(low, index), max(high, index), size + more
                break
        else:
            return " ".join(parts[low : high + 1])
