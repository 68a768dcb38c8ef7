"""Drafts: what a section offers to be asked, before any model has looked at it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.questions.dataset.plan import Side
from workbench.types import Kind

#: Words around the evidence that the reader sees: some 130 of its tokens.
STRETCH_WORDS = 95


@dataclass(frozen=True, slots=True)
class Draft:
    """One fact with wordings that ask for it; the first is the plainest.

    ``start`` and ``end`` span the evidence (a sentence) in the document; ``quote`` is its text, and
    ``stretch`` the evidence with its neighbours, cut to what a small window holds. ``more`` is
    further evidence (document, start, end, quote) of a question over two sections. ``lasting`` is
    as in :class:`~workbench.questions.writers.proposals.Proposal`. ``named`` is the quote with the
    subject's name for its pronoun, where one was resolved. ``way`` is who worded it: rule, reader
    or chat. ``tale``: it is told of persons in a story, where "you" and "it" need their page.
    ``rewordings`` ask the same in other words; they are never trained.
    """

    fact: str
    section: str
    document: str
    start: int
    end: int
    quote: str
    stretch: str
    answers: tuple[str, ...]
    wordings: tuple[str, ...]
    type: str
    kind: Kind
    side: Side
    subject: str
    score: float = 0.0
    doubt: float = 0.0
    lasting: bool = False
    named: str = ""
    more: tuple[tuple[str, int, int, str], ...] = ()
    tags: Mapping[str, Any] = field(default_factory=dict)
    way: str = "rule"
    tale: bool = False
    rewordings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The plainest wording."""
        return self.wordings[0]

    def with_wordings(self, wordings: Iterable[str]) -> Draft:
        return replace(self, wordings=tuple(wordings))


def fact_id(document: str, start: int, asked: str, answer: str) -> str:
    """Twelve hex digits: the same fact on every machine and in every run."""
    return hashlib.sha256(f"{document}\t{start}\t{asked}\t{answer}".encode()).hexdigest()[:12]


def stretch(run: Sequence[str], place: int, limit: int = STRETCH_WORDS) -> str:
    """The sentence with as many of its neighbours as ``limit`` words allow, the earlier first."""
    first = last = place
    size = len(run[place].split())
    while True:
        before = len(run[first - 1].split()) if first > 0 else limit
        after = len(run[last + 1].split()) if last + 1 < len(run) else limit
        if size + before <= limit and (place - first <= last - place or size + after > limit):
            first, size = first - 1, size + before
        elif size + after <= limit:
            last, size = last + 1, size + after
        else:
            break
    return " ".join(" ".join(text.split()) for text in run[first : last + 1])
