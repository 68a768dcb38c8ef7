"""When, where, how long, how often, with what: the phrases around the verb."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.questions.parsing.clauses import Part
from workbench.questions.parsing.nlp import DATE
from workbench.questions.writers.proposals import Proposal
from workbench.questions.writers.rules.asker import (
    _LINKING,
    _PLACES,
    _TIMES,
    _TOOLS,
    Asker,
    is_money,
    lower,
    modified,
    number_of,
)
from workbench.questions.writers.rules.objects import of_amount, of_money

if TYPE_CHECKING:
    pass

#: Prepositions that "what" asks for badly.
_NOT_ASKED = frozenset(
    ["of", "as", "like", "than", "except", "including", "such", "per", "despite"]
)


def of_measure(w: Asker, part: Part) -> Iterator[Proposal]:
    """A bare phrase of time or amount: "every two years", "the next day", "twelve weeks"."""
    clause = w.clause
    first = clause.doc[part.start].lower_
    text = lower(clause.of(part))
    if first in {"every", "each"} or text in {"once", "twice"}:
        yield Proposal((text,), tuple(w.both("How often", [part])), "time")
        return
    number = number_of(part.head)
    if number is not None:
        yield from of_amount(w, part, number)
    elif part.head.ent_type_ in {"DATE", "TIME"} and any(
        t.is_digit for t in clause.doc[part.start : part.end]
    ):
        yield Proposal((text,), tuple(w.both("When", [part])), "time")


def of_phrase(w: Asker, part: Part) -> Iterator[Proposal]:
    clause = w.clause
    word = part.marker.lower_ if part.marker is not None else ""
    head = part.head
    full, inner = lower(clause.of(part)), clause.inner(part)
    if is_money(part):
        yield from of_money(w, part)
        return
    number = number_of(head)
    if number is not None:
        yield from of_amount(w, part, number)
        return
    if head.pos_ not in {"NOUN", "PROPN", "NUM"} or not word:
        return
    if head.lower_ in {
        "beginning",
        "end",
        "start",
        "point",
        "step",
        "first",
        "least",
        "most",
        "time",
    }:
        return
    if head.lower_ in _LINKING and word in {"in", "with", "by", "on"}:
        return
    modifiers = {t.dep_ for t in head.doc[part.start + 1 : head.i]}
    bare = part.end == head.i + 1 and modifiers <= {"compound", "amod"}
    alone = bare and head.tag_ == "NN" and not head.ent_type_
    if alone and word in {"in", "on", "at", "by", "into", "under", "to", "out", "from", "with"}:
        # "in mind", "by default", "into scope": one with its verb.
        return
    kind = w.kind(head)
    dated = head.ent_type_ in {"DATE", "TIME"} or kind == "time"
    if dated and word in _TIMES:
        yield from _time(w, part, word, full, inner)
        return
    if word == "because":
        return
    if kind == "place" and word in _PLACES:
        bare = head.lower_ in {"front", "back", "top", "middle"} and part.end > head.i + 1
        yield Proposal((full,) if bare else (full, inner), tuple(_places(w, part, word)), "place")
        return
    doubt = 0.1
    if kind in {"abstract", "event", ""} and word in {
        "in",
        "with",
        "by",
        "on",
        "at",
        "for",
        "under",
    }:
        # "in silence", "with pleasure": manner, which "what" asks for badly.
        if w.narrative:
            return
        doubt = 0.3
    if word in _NOT_ASKED:
        return
    if kind == "person":
        stranded = [] if part.fronted else w.both("Who", [part], strand=word)
        wordings = [*stranded, w.asked(f"{word.capitalize()} whom", [part])]
        yield Proposal((inner, full), tuple(wordings), "person", doubt)
        return
    if w.narrative and word not in _TOOLS:
        return
    # "For help, ask the clerk": a phrase in front is asked for in front.
    wordings = [] if part.fronted else w.both("What", [part], strand=word)
    if modified(head) and head.pos_ == "NOUN":
        wordings.append(w.asked(f"{word.capitalize()} which {head.text}", [part]))
    wordings.append(w.asked(f"{word.capitalize()} what", [part]))
    yield Proposal((inner, full), tuple(wordings), "thing", doubt)


def _places(w: Asker, part: Part, word: str) -> list[str]:
    if word == "from":
        return [*w.both("Where", [part], strand="from"), w.asked("From where", [part])]
    wordings = w.both("Where", [part])
    if part.head.pos_ == "NOUN" and modified(part.head):
        wordings.append(w.asked(f"{word.capitalize()} which {part.head.text}", [part]))
    else:
        wordings.append(
            w.asked(
                "In what place" if word not in {"to", "into", "toward"} else "To what place", [part]
            )
        )
    return wordings


def _time(w: Asker, part: Part, word: str, full: str, inner: str) -> Iterator[Proposal]:
    head = part.head
    text = inner.lower()
    if any(p != part and w.is_time(p) for p in w.parts):
        # "A little before six on Tuesday": either could be the answer.
        return
    if word == "for":
        yield Proposal((full, inner), tuple(w.both("How long", [part])), "duration")
        return
    if word in {"by", "until", "till", "since", "before", "after", "from"}:
        wordings = [
            *w.both(f"{word.capitalize()} when", [part]),
            w.asked("When", [part]) if word in {"by", "before", "after"} else "",
        ]
    elif head.text.isdigit() and len(head.text) == 4:
        wordings = [*w.both("When", [part]), w.asked("In which year", [part])]
    elif head.ent_type_ == "TIME":
        wordings = [*w.both("When", [part]), w.asked("At what time", [part])]
    else:
        day = "day" in text or DATE.search(inner) is not None
        wordings = [
            *w.both("When", [part]),
            w.asked("On which day" if day and word == "on" else "At what time", [part]),
        ]
    told = {"statement": w.statement([part]), "date": inner} if word in {"in", "on", "at"} else {}
    yield Proposal((full, inner), tuple(wordings), "time", told=told)
