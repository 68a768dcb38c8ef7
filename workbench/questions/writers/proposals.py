"""What a rule gives back: one answer, and the wordings of the question for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.types import Kind


@dataclass(frozen=True, slots=True)
class Proposal:
    """One answer with the wordings of the question for it; the first wording is the plainest.

    ``type`` is what the wordings ask for: person, thing, number, money, time, duration, place,
    reason, means, deed, definition, condition, list. ``doubt`` (0 to 1) is how easily the rule may
    have misread the clause. ``lasting``: it holds of its subject at all times, so that the subject
    alone tells what is meant. ``told`` is what questions over two facts are made of: the statement
    without its answer, its date or amount, and who it is told of.
    """

    answers: tuple[str, ...]
    wordings: tuple[str, ...]
    type: str
    doubt: float = 0.0
    lasting: bool = False
    kind: Kind = "factoid"
    told: Mapping[str, Any] = field(default_factory=dict)


def polish(text: str) -> str:
    """One space between words, a capital in front, a question mark behind."""
    text = " ".join(text.split()).replace(" ,", ",").replace(",,", ",").strip(" ,;:")
    text = text[:1].upper() + text[1:]
    return text if text[-1:] == "?" else text.rstrip(".") + "?"


def polished(wordings: Iterable[str]) -> tuple[str, ...]:
    """The wordings as questions, each once; empty ones are left out."""
    return tuple(dict.fromkeys(polish(wording) for wording in wordings if wording.strip()))
