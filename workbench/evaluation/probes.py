"""The probe set: prose and reading questions that no corpus holds, to see what tuning broke.

Twenty short pieces of plain English (2,400 words) on everyday subjects, with two reading questions
each, written for this project and kept beside this module. They are a file of their own rather
than a part of the corpora that ship, because any of those may be the one under test, and because
a probe that is the same in every run lets two runs be held together. Names and figures are made
up, so that the questions are answered by reading and not from memory. One question in eight has no
answer in its piece: a model that was tuned to answer may forget how to say so.

English alone: for a model of another language the probe shows what became of its English.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workbench.io import jsonl
from workbench.types import Evidence, Passage, Question

FILE = Path(__file__).parent / "probe_set" / "pieces.jsonl"


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of prose, some 120 words, with its questions."""

    id: str
    title: str
    text: str
    questions: tuple[Question, ...]

    @property
    def passage(self) -> Passage:
        """The whole piece as a passage to read."""
        return Passage(f"probe/{self.id}", 0, len(self.text), self.text, self.id)


@cache
def pieces() -> tuple[Piece, ...]:
    """The probe set in the order of its file."""
    return tuple(jsonl.load(FILE, _piece))


def questions() -> list[Question]:
    """All reading questions; the cluster of each is its piece."""
    return [question for piece in pieces() for question in piece.questions]


@cache
def digest() -> str:
    """Sixteen hex digits of the probe set: other probes are another measurement."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:16]


def _piece(record: dict[str, object]) -> Piece:
    name, text = str(record["id"]), str(record["text"])
    listed = record["questions"]
    assert isinstance(listed, list)
    evidence = (Evidence(f"probe/{name}", 0, len(text), text),)
    return Piece(
        name,
        str(record["title"]),
        text,
        tuple(
            Question(
                id=f"probe-{name}-{number}",
                text=str(asked["text"]),
                answers=tuple(asked["answers"]),
                # Also an unanswerable question is shown its piece, which does not hold the answer.
                evidence=evidence,
                kind="factoid" if asked["answers"] else "unanswerable",
                cluster=name,
                origin="probe",
            )
            for number, asked in enumerate(listed, 1)
        ),
    )
