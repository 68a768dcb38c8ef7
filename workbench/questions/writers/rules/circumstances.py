"""When, where, how long, how often, with what: the phrases around the verb."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.questions.lexicon import lexicon
from workbench.questions.parsing.nlp import DATE
from workbench.questions.parsing.parts import Part
from workbench.questions.writers.proposals import Proposal
from workbench.questions.writers.rules.asker import TIMES, Asker
from workbench.questions.writers.rules.objects import of_amount, of_money
from workbench.questions.writers.rules.phrases import (
    DURATIONS,
    is_money,
    lower,
    modified,
    number_of,
)

_PLACES = lexicon("asking", "places")
#: Nouns of prepositions in several words: "in place of", "with regard to".
_LINKING = lexicon("asking", "linking")
#: Prepositions by which a tale tells with what or of what a thing was done.
_TOOLS = frozenset({"with", "from", "into", "for", "against", "through", "after", "over"})
#: Prepositions that "what" asks for badly.
_NOT_ASKED = frozenset(
    [
        "of", "less", "plus", "minus", "save", "as", "like", "than", "except", "including",
        "such", "per", "despite", "given",
        "provided", "regarding", "concerning", "according", "due", "thanks", "because", "without",
        "besides", "via", "amid", "notwithstanding", "throughout", "worth",
    ]
)  # fmt: skip
#: Prepositions that "what" asks for where no noun tells what is asked: "with what", "for what".
_ASKED_BARE = frozenset(["with", "for", "to", "into", "against", "about", "from", "on"])
#: Where a thing is: "on the form", "at crates.io".
_AT = frozenset(["in", "on", "at"])
_CLOCK = re.compile(r"\d{1,2}[:.]\d\d(?: ?[ap]\.?m\.?)?|noon|midnight", re.IGNORECASE)
_NAMED_TIMES = frozenset(["morning", "afternoon", "evening", "night", "week", "month", "year"])
_PAGE_PLACES = frozenset(
    ["in", "on", "at", "under", "behind", "near", "inside", "outside", "within", "into", "onto",
     "to", "from", "beside"]
)  # fmt: skip
#: Verbs whose "on" or "in" tells of no place.
_GOVERNING = frozenset(
    ["depend", "base", "rely", "draw", "result", "consist", "focus", "rest", "hinge", "engage"]
)
#: Words that make one preposition with the next: "apart from", "instead of".
_APART = frozenset(
    ["apart", "aside", "instead", "regardless", "irrespective", "ahead", "far", "away"]
)
#: Parts of a thing or a matter, and no places: "on the television side".
_SIDES = frozenset(["side", "hand", "part", "face", "front", "basis", "scale", "level"])
_VAGUE_SPAN = frozenset(["a", "an", "few", "several", "some", "short", "brief", "long"])


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
    if part.start and clause.doc[part.start - 1].lower_ in _APART:
        return
    if is_money(part):
        yield from of_money(w, part)
        return
    if _ranges(w, part):
        return
    number = number_of(head)
    if number is not None:
        yield from of_amount(w, part, number)
        return
    if _CLOCK.fullmatch(inner) and word in {"at", "from", "until", "till", "by", "before", "after"}:
        asked = w.asked(f"{word.capitalize()} what time", [part])
        yield Proposal((inner, full), (asked,), "time")
        return
    if head.pos_ not in {"NOUN", "PROPN", "NUM", "X"} or not word:
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
        "total",
        "height",
        "altitude",
        "depth",
        "distance",
        "level",
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
    if word in {"on", "in", "upon"} and clause.main.lemma_ in _GOVERNING:
        # "depends on your location": what the verb asks for, and no place.
        return
    kind = w.kind(head)
    dated = head.ent_type_ in {"DATE", "TIME"} or kind == "time"
    if dated and word in TIMES:
        yield from _time(w, part, word, full, inner)
        return
    if word == "because":
        return
    if head.lower_ in _SIDES:
        return
    if kind == "place" and word in (_PLACES if w.narrative else _PAGE_PLACES):
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
        if w.narrative or kind == "abstract":
            return
        doubt = 0.3
    if word in _NOT_ASKED or w.doubtful_person(head) or inner[:1].isdigit():
        return
    name = head.pos_ in {"PROPN", "X"}
    if word in _AT and not w.narrative and (name or kind in {"thing", "information"}):
        # "at crates.io", "in src/lib.rs", "on the form".
        one = name or modified(head) or head.left_edge.tag_ in {"DT", "PRP$"}
        called = next((c for c in head.lefts if c.dep_ == "compound" and c.text.islower()), head)
        if word == "on" and (called is not head or (kind == "information" and not name)):
            # Not where, but which: "on form P-3", "on the yellow list".
            asked = w.asked(f"On which {called.text}", [part])
            yield Proposal((full, inner), (asked,), "thing", doubt)
            return
        if one and kind not in {"event", "abstract", "group"} and not part.fronted:
            wordings = w.both("Where", [part])
            if modified(head) and not name:
                wordings.append(w.asked(f"{word.capitalize()} which {head.text}", [part]))
            yield Proposal((full, inner), tuple(wordings), "place", doubt)
        return
    if dated:
        # "over a period of twelve months": what period.
        asked = w.asked(f"{word.capitalize()} what {head.text}", [part]) if modified(head) else ""
        yield Proposal((inner, full), (asked,), "time", doubt)
        return
    partner = kind == "group" and name and len(inner.split()) <= 3
    if kind == "person" and word in {"at", "in", "into", "onto", "until", "till", "since"}:
        # "was tried at Aldersund": a place that was taken for somebody.
        return
    if kind == "person" or (partner and word in {"to", "by", "from", "with", "for"}):
        stranded = [] if part.fronted else w.both("Who", [part], strand=word.lower())
        wordings = [*stranded, w.asked(f"{word.capitalize()} whom", [part])]
        yield Proposal((inner, full), tuple(wordings), "person", doubt)
        return
    if w.narrative and word not in _TOOLS:
        return
    # "For help, ask the clerk": a phrase in front is asked for in front.
    joined = any(c.dep_ in {"conj", "cc"} for c in head.children)
    named = modified(head) and head.pos_ == "NOUN" and not joined
    bare_what = word in _ASKED_BARE or w.narrative
    wordings = [] if part.fronted or not bare_what else w.both("What", [part], strand=word)
    if named and word != "by":
        wordings.append(w.asked(f"{word.capitalize()} which {head.text}", [part]))
    if bare_what:
        wordings.append(w.asked(f"{word.capitalize()} what", [part]))
    yield Proposal((inner, full), tuple(wordings), "thing", doubt)


def _ranges(w: Asker, part: Part) -> bool:
    """Whether a phrase is one half of a range: "from U+0000 to U+D7FF"."""
    marks = [p.marker.lower_ for p in w.parts if p.marker is not None and p.start >= part.start]
    before = [p.marker.lower_ for p in w.parts if p.marker is not None and p.start < part.start]
    word = part.marker.lower_ if part.marker is not None else ""
    ends = {"to", "until", "till", "through"}
    if w.kind(part.head) in {"place", "person", "group"}:
        return False
    return (word == "from" and bool(set(marks) & ends)) or (word in ends and "from" in before)


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
    first = head.doc[part.start + 1].lower_
    if word != "for" and head.lemma_.lower() in DURATIONS and not any(c.isdigit() for c in text):
        opening = {first, *(c.lower_ for c in head.lefts)}
        if opening & _VAGUE_SPAN or word in {"within", "after", "before"}:
            # "within a few months": after what, the sentence before told.
            return
    if word == "for":
        counted = any(c.dep_ in {"det", "nummod", "amod", "predet"} for c in head.lefts)
        if counted or head.ent_type_ in {"DATE", "TIME"}:
            yield Proposal((full, inner), tuple(w.both("How long", [part])), "duration")
        return
    if word in {"by", "until", "till", "since"}:
        wordings = w.both(f"{word.capitalize()} when", [part])
    elif word in {"before", "after", "from"}:
        wordings = [w.asked("When" if word != "from" else "Since when", [part])]
    elif head.text.isdigit() and len(head.text) == 4:
        wordings = [*w.both("When", [part]), w.asked("In which year", [part])]
    elif _CLOCK.search(inner) or "o'clock" in text or "o’clock" in text:
        wordings = [*w.both("When", [part]), w.asked("At what time", [part])]
    else:
        day = "day" in text or DATE.search(inner) is not None
        named = head.lower_ if head.lower_ in _NAMED_TIMES else "day" if day else ""
        wordings = w.both("When", [part])
        if named and word in {"on", "in"}:
            wordings.append(w.asked(f"{word.capitalize()} which {named}", [part]))
    told = {"statement": w.statement([part]), "date": inner} if word in {"in", "on", "at"} else {}
    yield Proposal((full, inner), tuple(wordings), "time", told=told)
