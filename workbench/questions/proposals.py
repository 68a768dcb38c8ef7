"""What a rule gives back: one answer, and the wordings of the question for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.questions.lexicon import lexicon
from workbench.questions.phrases import NUMBERS, PREPOSITIONS

LOWERED = lexicon("facts", "lowered")


@dataclass(frozen=True, slots=True)
class Proposal:
    """One answer with the wordings of the question for it; the first wording is the plainest.

    ``type`` is what the wordings ask for: person, thing, number, money, time, duration, place,
    reason, means, deed. ``doubt`` (0 to 1) is how easily the rule may have misread the clause.
    ``lasting``: it holds of its subject at all times, so that the subject alone tells what is
    meant.
    """

    answers: tuple[str, ...]
    wordings: tuple[str, ...]
    type: str
    doubt: float = 0.0
    lasting: bool = False


def polish(text: str) -> str:
    """One space between words, a capital in front, a question mark behind."""
    text = " ".join(text.split()).replace(" ,", ",").strip(" ,")
    text = text[:1].upper() + text[1:]
    return text if text[-1:] in {"?", "."} else text + "?"


def polished(wordings: Iterable[str]) -> tuple[str, ...]:
    """The wordings as questions, each once; empty ones are left out."""
    return tuple(dict.fromkeys(polish(wording) for wording in wordings if wording.strip()))


def lower_first(text: str) -> str:
    """The text with its first word in lower case unless that word is a name."""
    first = text.split(" ", 1)[0].lower().strip(",")
    common = (
        first in PREPOSITIONS
        or first in NUMBERS
        or first in LOWERED
        or ("-" in first and all(part in NUMBERS | {"one"} for part in first.split("-")))
    )
    return text[:1].lower() + text[1:] if common else text
