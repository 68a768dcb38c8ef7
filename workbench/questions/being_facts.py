"""Questions from "was": who or what somebody was, where, how old, for how long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.questions.lexicon import lexicon
from workbench.questions.pieces import Pieces
from workbench.questions.proposals import Proposal
from workbench.questions.segments import Segment

KIN = lexicon("patterns", "kin")
MEASURES = frozenset({"old", "high", "long", "wide", "deep", "tall", "thick", "broad"})
_TRADES = (
    "maker",
    "mender",
    "keeper",
    "smith",
    "wright",
    "monger",
    "teacher",
    "founder",
    "pilot",
    "clerk",
    "baker",
    "tailor",
    "lawyer",
    "doctor",
    "carpenter",
    "cook",
    "porter",
    "weaver",
    "printer",
    "sailor",
    "surgeon",
    "merchant",
    "nurse",
    "brewer",
    "engineer",
    "painter",
)
_NO_TRADES = frozenset({"housekeeper's", "troublemaker", "peacemaker"})


def of_being(w: Pieces) -> Iterator[Proposal]:
    """ "Marta was the keeper of the light", "The bell was in the tower", "was ninety feet high"."""
    clause = w.clause
    if clause.form != "be" or not w.segments or not w.clean:
        return
    yield from _how_long(w)
    if w.bare:
        return
    first, was = w.segments[0], clause.words(clause.verb, clause.verb_end).lower()
    if first.kind == "object" and first.phrase is not None:
        head = w.tokens[first.phrase.head].lower
        if first.phrase.number and head in MEASURES:
            answers = tuple(
                dict.fromkeys(
                    (
                        clause.words(first.start, first.phrase.head),
                        *w.answers(first.phrase, first.start, first.end),
                    )
                )
            )
            yield Proposal(
                answers,
                (
                    f"How {head} {was} {w.subject} {w.front}",
                    f"{w.subject} {was} how {head} {w.front}",
                    f"Do you know how {head} {w.subject} {was} {w.front}",
                    f"Can you say how {head} {w.subject} {was} {w.front}",
                ),
                "number",
                lasting=True,
            )
        elif _is_kin(w) and first.phrase.named and first.phrase.person:
            yield Proposal(
                (clause.words(first.start, first.phrase.end),),
                (
                    f"Who {was} {w.subject}",
                    f"What was the name of {w.subject}",
                    f"{w.subject} {was} who",
                    f"Do you know who {w.subject} {was}",
                    f"Can you name {w.subject}",
                ),
                "person",
                lasting=True,
            )
        elif _definite(w, first) and clause.subject.named and was in {"was", "is"}:
            whole = clause.words(first.start, w.segments[-1].end)
            which = "Who" if clause.subject.person else "What"
            yield Proposal(
                (w.subject,),
                (
                    f"{which} {was} {whole} {w.front}",
                    f"What {was} the name of {whole} {w.front}",
                    f"{whole} {was} {which.lower()} {w.front}",
                    f"Do you know {which.lower()} {was} {whole} {w.front}",
                ),
                "person" if which == "Who" else "thing",
                lasting=True,
            )
        elif clause.subject.named and clause.subject.person and _trade(w, first, head):
            yield Proposal(
                (clause.words(first.start, first.end),),
                (
                    f"What {was} {w.subject}'s occupation {w.front}",
                    f"What did {w.subject} do for a living {w.front}",
                    f"What kind of work did {w.subject} do {w.front}",
                    f"Do you know what {w.subject} did for a living {w.front}",
                ),
                "thing",
                lasting=True,
            )
    elif first.kind == "prep" and len(w.segments) == 1 and w.place_or_time(first) == "Where":
        yield Proposal(
            (w.text(first),),
            (
                f"Where {was} {w.subject} {w.front}",
                f"{w.subject} {was} where {w.front}",
                f"Do you know where {w.subject} {was} {w.front}",
                f"Can you say where {w.subject} {was} {w.front}",
            ),
            "place",
        )


def _is_kin(w: Pieces) -> bool:
    """Whether the subject is somebody's mother, brother or the like."""
    return "'s " in w.subject and w.subject.rsplit(" ", 1)[-1].lower() in KIN


_FIGURES = frozenset({"picture", "image", "soul", "essence", "model", "ideal", "type", "slave"})


def _definite(w: Pieces, segment: Segment) -> bool:
    if segment.phrase is not None and w.tokens[segment.phrase.head].lower in _FIGURES:
        return False
    opening: Sequence[str] = [t.text for t in w.tokens[segment.start : segment.start + 3]]
    return opening[0].lower() == "the" or any(t.endswith(("'s", "’s")) for t in opening)


def _trade(w: Pieces, segment: Segment, head: str) -> bool:
    opening = w.tokens[segment.start].lower
    second = w.tokens[segment.start + 1].lower
    if second in {"better", "good", "bad", "great", "poor", "worse", "fine", "kind", "born"}:
        return False
    return opening in {"a", "an"} and head.endswith(_TRADES) and head not in _NO_TRADES


def _how_long(w: Pieces) -> Iterator[Proposal]:
    """ "Ambrose Keel had been clerk for thirty-eight years": for how long?"""
    for segment in w.segments[1:]:
        if segment.kind != "prep" or segment.phrase is None:
            continue
        if w.place_or_time(segment) == "How long":
            rest = w.tail(segment)
            yield Proposal(
                (*w.answers(segment.phrase, segment.start + 1, segment.end), w.text(segment)),
                (
                    f"How long {w.helper} {w.subject} {w.bare} {rest}",
                    f"For how long {w.helper} {w.subject} {w.bare} {rest}",
                    f"{w.subject} {w.verb} {rest} for how long",
                    f"Do you know how long {w.subject} {w.verb} {rest}",
                    f"Can you say for how long {w.subject} {w.verb} {rest}",
                ),
                "duration",
                lasting=True,
            )
