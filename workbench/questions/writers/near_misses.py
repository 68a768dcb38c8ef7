"""Unanswerable near misses offline: a good question asked of somebody else.

"What did Marta Quill pay for the bell?" becomes a near miss with another name in it, if no sentence
of the corpus tells of that person and those things, and the reader refuses it both at the place it
was taken from and where the other person is told of with most of its words.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from workbench.questions.parsing.names import Names, bare
from workbench.questions.quality.round_trip import is_refusal, read_back
from workbench.questions.quality.usage import Usage
from workbench.questions.words import tokens
from workbench.questions.writers.drafts import Draft, fact_id
from workbench.questions.writers.offline import Dropped, Kept, Outcome
from workbench.types import LanguageModel

#: One near miss is tried for so many good questions of a unit.
EVERY = 4
_TYPES = frozenset({"thing", "money", "number", "place", "time", "reason", "deed", "duration"})


def near_misses(
    kept: Sequence[Kept], model: LanguageModel, names: Names, usage: Usage, people: Sequence[str]
) -> Outcome:
    """Near misses from a unit's kept questions, those that the reader answers dropped."""
    tried = [
        miss
        for item in kept
        if item.draft.type in _TYPES and _turn(item.draft.fact) % EVERY == 0
        for miss in _swapped(item.draft, names, usage, people)
    ]
    if not tried:
        return Outcome((), ())
    places = [(d.stretch, d.text) for d in tried] + [(_elsewhere(d, usage), d.text) for d in tried]
    given = read_back(model, places)
    matches: list[Kept] = []
    dropped: list[Dropped] = []
    for draft, here, there in zip(tried, given[: len(tried)], given[len(tried) :], strict=True):
        if is_refusal(here) and is_refusal(there):
            matches.append(Kept(draft, 1.0))
        else:
            answer = there if is_refusal(here) else here
            dropped.append(Dropped(draft.text, "", draft.section, "the reader answers it", answer))
    return Outcome(tuple(matches), tuple(dropped))


def _turn(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def _swapped(draft: Draft, names: Names, usage: Usage, people: Sequence[str]) -> list[Draft]:
    """The draft asked of another person of the same gender, whom the corpus never tells it of."""
    if draft.subject not in draft.text:
        return []
    gender = names.gender(draft.subject)
    others = [
        p
        for p in people
        if names.gender(p) == gender and not set(p.split()) & set(draft.subject.split())
    ]
    if not gender or not others:
        return []
    other = others[_turn(draft.fact + "/who") % len(others)]
    wordings = tuple(w.replace(draft.subject, other) for w in draft.wordings)
    if usage.rivals(wordings[0], -1, share=0.8):
        return []
    return [
        replace(
            draft,
            fact=fact_id(draft.document, draft.start, wordings[0], ""),
            answers=(),
            wordings=wordings,
            type="unanswerable",
            kind="unanswerable",
            quote="",
            subject=other,
        )
    ]


def _elsewhere(draft: Draft, usage: Usage) -> str:
    """The sentences about the other person that share most with the question."""
    for share in (0.7, 0.5, 0.34):
        matches = [usage.sentence(p)[1] for p in usage.rivals(draft.text, draft.start, share)]
        told = [s for s in matches if draft.subject.split()[-1] in s]
        if told:
            return " ".join(told[:3])
    return draft.stretch


def known_people(names: Names, texts: Sequence[str]) -> list[str]:
    """Full names of persons that the corpus uses at least three times, in alphabetical order."""
    counts: Counter[str] = Counter()
    for text in texts:
        run = tokens(text)
        for before, after in pairwise(run):
            adjacent = after.start - before.end == 1
            if adjacent and names.is_name(before) and names.is_name(after):
                counts[f"{before.text} {after.text}"] += 1
    return sorted(
        name
        for name, count in counts.items()
        if count >= 3 and name == bare(name) and names.kind(name) == "person"
    )
