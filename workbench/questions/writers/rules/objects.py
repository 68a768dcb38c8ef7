"""What is done to what, by whom, and how much of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.questions.lexicon import lexicon
from workbench.questions.parsing.parts import Part
from workbench.questions.writers.proposals import Proposal
from workbench.questions.writers.rules.asker import Asker
from workbench.questions.writers.rules.phrases import (
    DURATIONS,
    MONEY,
    after_number,
    is_money,
    lower,
    number_of,
    told_apart,
)

if TYPE_CHECKING:
    from spacy.tokens import Token


_LIGHT = lexicon("asking", "light")
#: Verbs of which the deed told is the matter, and not whom it is told.
_BIDDING = frozenset(
    ["tell", "ask", "order", "instruct", "advise", "warn", "remind", "cause", "force", "require"]
)


def of_object(w: Asker, part: Part) -> Iterator[Proposal]:
    clause = w.clause
    number = number_of(part.head)
    if number is not None:
        yield from of_amount(w, part, number)
        return
    if clause.passive and part.role == "object" and clause.main.lemma_ not in _GIVING:
        # "The footmarks were traced down the alley": no object, where a passive has none.
        return
    if part.head.pos_ not in {"NOUN", "PROPN", "NUM"} or part.head.tag_ == "CD":
        return
    if clause.main.lemma_ in _LIGHT and part.head.tag_ == "NN" and part.end - part.start == 1:
        # "took effect", "gave way": verb and noun say one thing.
        return
    if is_money(part):
        yield from of_money(w, part)
        return
    kind = w.kind(part.head)
    if w.doubtful_person(part.head) or _after_amount(w, part):
        return
    if clause.main.lemma_ in _BIDDING and any(p.role == "clause" for p in w.parts):
        # "The brackets tell println! to use": whom they tell is no news.
        return
    wh = "Who" if kind == "person" else "What"
    if part.role == "dative":
        wh = "Whom" if kind == "person" else "What"
    wordings = w.both(wh, [part])
    named = part.head.pos_ == "NOUN" and part.head.lemma_.lower() not in _MEASURES
    # "Which safety" is said of nothing that there is one of.
    apart = told_apart(part.head, w.narrative) and kind != "abstract"
    if wh == "What" and apart and named and not _indefinite(part):
        wordings += w.both(f"Which {part.head.text}", [part])[:1]
    passive = w.passive() if len(w.parts) <= 3 and len(w.subject.split()) <= 4 else ""
    if passive and clause.subject is not None and part.role == "object":
        auxiliary, _, done = passive.partition(" ")
        by = "" if w.subject.lower() in {"you", "we", "one"} else f"by {lower(w.subject)}"
        wordings.append(f"{wh} {auxiliary} {done} {by} {w.tail([part])}" if by else "")
    yield Proposal(_forms(w, part), tuple(wordings), "person" if wh.startswith("Who") else "thing")


def _after_amount(w: Asker, part: Part) -> bool:
    """Whether an amount stands before an object: "pays up to 300 pounds the cost"."""
    return any(
        p != part and p.end <= part.start and not p.fronted and number_of(p.head) is not None
        for p in w.parts
        if p.role in {"object", "measure", "dative"}
    )


def _indefinite(part: Part) -> bool:
    """Whether a thing is told of for the first time: "which" asks for one of those known."""
    opening = part.head.doc[part.head.left_edge.i].lower_
    return opening in {"a", "an", "one", "some", "several"}


def _forms(w: Asker, part: Part) -> tuple[str, ...]:
    """An answer in full and without what trails after its noun."""
    full = w.clause.of(part) if part.marker is None else w.clause.inner(part)
    start = part.start + (1 if part.marker is not None else 0)
    short = w.clause.words(start, part.head.i + 1)
    lowered = lower(full)
    if part.head.lemma_.lower() in _MEASURES:
        return (lowered,)
    if any(c.dep_ == "conj" for c in part.head.children):
        # The first of several is not the same as all of them.
        return (lowered,)
    if lowered == short or short.count('"') % 2 or short.count("(") != short.count(")"):
        return (lowered,)
    return (lowered, short)


def of_money(w: Asker, part: Part) -> Iterator[Proposal]:
    inner = w.clause.inner(part)
    strand = part.marker.text if part.marker is not None else ""
    wordings = w.both("How much", [part], strand)
    wordings.append(w.asked("What amount", [part], strand))
    yield Proposal((inner,), tuple(wordings), "money")


#: Verbs that keep an object in the passive: "was paid ninety crowns".
_GIVING = frozenset(
    ["give", "award", "pay", "offer", "show", "teach", "ask", "tell", "grant", "send", "charge",
     "call", "name", "assign", "allot", "allow", "owe", "lend", "hand", "leave", "deny", "refuse"]
)  # fmt: skip
_BARE_PHRASES = frozenset({"measure", "object", "dative", "attribute"})
_MEASURES = lexicon("asking", "measures")
_DEFINITE = frozenset(["the", "these", "those", "all", "both", "his", "her", "its", "their"])


def of_amount(w: Asker, part: Part, number: Token) -> Iterator[Proposal]:
    """ "an advance of **up to 240 hours** of leave": how many hours of leave?"""
    clause = w.clause
    start = part.start + (1 if part.marker is not None else 0)
    head = part.head
    if clause.doc[start].lower_ in _DEFINITE:
        return
    if head.tag_ not in {"NNS", "NNPS", "NN"} or head.lemma_.lower() == "time":
        return
    if clause.doc[start].lower_ in {"any", "each", "every", "another"}:
        return
    if any(p.role in _BARE_PHRASES and p.start == part.end for p in w.parts):
        # "at 12 pounds a pair": half of a rate.
        return
    if part.marker is None and any(p.role == "object" and p != part for p in w.parts):
        # "pays 300 pounds the cost": two objects, of which one was misread.
        return
    if any(c.dep_ == "conj" and number_of(c) is not None for c in head.children):
        # "150 pounds for Class A, 400 pounds for Class B": one of several.
        return
    first = number.left_edge.i
    of = next((c for c in head.rights if c.dep_ == "prep" and c.lower_ == "of"), None)
    noun_end = min(part.end, of.right_edge.i + 1) if of is not None else head.i + 1
    noun = clause.words(after_number(head, number), noun_end)
    if re.search(rf"\d+ {re.escape(head.text)}\b", w.tail([part])):
        # "150 pounds for Class A, 400 pounds for Class B": one of several.
        return
    post = clause.words(noun_end, part.end) if noun_end < part.end else ""
    if post.split()[:1] and post.split()[0] in {"a", "an", "per", "each", "every"}:
        # "at 12 pounds a pair": half of a rate.
        return
    answers = tuple(
        dict.fromkeys((clause.words(start, head.i + 1), clause.words(first, head.i + 1)))
    )
    measured = head.lemma_.lower() in DURATIONS
    money = head.lemma_.lower() in MONEY
    type_ = "money" if money else "duration" if measured else "number"
    if not noun or head.tag_ == "NN":
        return
    if part.marker is None:
        wordings = w.both(f"How many {noun}", [part], extra=post)
        wordings.append(w.asked(f"What number of {noun}", [part], extra=post))
        if measured and part.role == "measure":
            wordings.append(w.asked("How long", [part], extra=post))
        if money:
            wordings.append(w.asked("How much", [part], extra=post))
    else:
        word = part.marker.lower_
        if measured and word == "for":
            wordings = w.both("How long", [part], extra=post)
            wordings.append(w.asked(f"For how many {noun}", [part], extra=post))
        elif word in {"of", "like", "as"}:
            return
        else:
            wordings = w.both(f"{word.capitalize()} how many {noun}", [part], extra=post)
            if measured and word == "within":
                wordings.append(w.asked("How soon", [part], extra=post))
            if money and word in {"for", "at"}:
                wordings = [
                    w.asked("For how much", [part], extra=post),
                    w.asked("At what price", [part], extra=post),
                ]
        full = clause.words(part.start, head.i + 1)
        answers = tuple(dict.fromkeys((answers[0], lower(full), *answers[1:])))
    told = {
        "subject": w.subject,
        "verb": w.finite(),
        "marker": part.marker.lower_ if part.marker is not None else "",
        "unit": noun,
        "amount": clause.words(first, head.i),
        "tail": w.tail([part]),
        "person": w.subject_kind == "person",
    }
    yield Proposal(answers, tuple(wordings), type_, told=told)


def of_complement(w: Asker, part: Part) -> Iterator[Proposal]:
    """ "is called a pointer", "is considered a voucher": what is it called?"""
    clause = w.clause
    verb = clause.main.lemma_.lower()
    naming = verb in {
        "call",
        "name",
        "know",
        "consider",
        "term",
        "appoint",
        "make",
        "elect",
        "title",
    }
    if part.head.pos_ in {"NOUN", "PROPN", "X"} and naming:
        yield Proposal(
            (lower(clause.of(part)),), tuple(w.both("What", [part])), "name", lasting=True
        )


def of_agent(w: Asker, part: Part) -> Iterator[Proposal]:
    clause = w.clause
    kind = w.kind(part.head)
    if not clause.passive:
        return
    who = kind in {"person", "group"}
    wordings = [w.asked("By whom", [part])] if who else []
    wordings += w.both("Who" if who else "What", [part], strand="by")
    yield Proposal((clause.inner(part),), tuple(wordings), "person" if who else "thing")
