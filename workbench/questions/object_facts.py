"""What somebody did something to, gave to somebody, or counted: questions for objects."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from workbench.questions import verbs
from workbench.questions.lexicon import lexicon
from workbench.questions.phrases import TIME_NOUNS
from workbench.questions.pieces import COMPLEMENTING, MONEY, UNCOUNTED, Pieces
from workbench.questions.proposals import Proposal
from workbench.questions.segments import Segment
from workbench.questions.words import Token

_NO_OBJECT = lexicon("facts", "no_object")
_GIVING = lexicon("facts", "giving")


def of_object(w: Pieces) -> Iterator[Proposal]:
    """ "Marta paid forty crowns for the bell": how much did Marta pay for the bell?"""
    clause = w.clause
    first = w.segments[0] if w.segments else None
    if (
        clause.form == "be"
        or not w.clean
        or w.base in _NO_OBJECT
        or first is None
        or first.kind != "object"
        or first.phrase is None
    ):
        return
    objects = [s for s in w.segments if s.kind == "object"]
    if len(objects) > 1:
        if len(objects) == 2 and w.segments[1] is objects[1] and first.phrase.person:
            yield from _given(w, first, objects[1])
        return
    asked = _asked(w, first)
    if (asked is not None and asked[1] in {"thing", "person"} and w.tied(first)) or _twofold(w):
        return
    after = clause.tokens[first.end] if first.end < len(clause.tokens) else None
    then = clause.tokens[first.end + 1] if first.end + 1 < len(clause.tokens) else None
    if after is not None and then is not None and after.text == "," and _goes_on(then):
        return
    if asked is None or (w.passive_voice and asked[1] not in {"number", "money"}):
        return
    which, kind = asked
    others, turned = w.tail(first), w.turned(first)
    tail = f"{others} {w.front}".strip()
    wordings = [f"{which} {w.helper} {w.subject} {w.bare} {tail}"]
    if w.front:
        wordings.append(
            f"{w.front}, {which[0].lower()}{which[1:]} {w.helper} {w.subject} {w.bare} {others}"
        )
    if turned:
        wordings.append(f"{which} {w.helper} {w.subject} {w.bare} {turned} {w.front}")
    passive = w.passive()
    if passive:
        plural = "were" if which.startswith("How many") else "was"
        lead = "Who" if kind == "person" else which
        wordings.append(f"{lead} {plural} {passive[2]} by {w.subject} {others} {w.front}")
    if kind in {"number", "money"}:
        wordings.append(f"{w.subject} {w.verb} {which.lower()} {tail}")
    else:
        wordings.append(
            f"{'Who' if kind == 'person' else 'What'} {w.was_it} that {w.subject} {w.verb} {tail}"
        )
        wordings.append(f"{w.subject} {w.verb} {which.lower()} {tail}")
    wordings.append(f"Do you know {which.lower()} {w.subject} {w.verb} {tail}")
    wordings.append(f"Can you say {which.lower()} {w.subject} {w.verb} {tail}")
    yield Proposal(w.answers(first.phrase, first.start, first.end), tuple(wordings), kind)


def _twofold(w: Pieces) -> bool:
    """Whether the object holds its complement: "named **the next pig Countess**"."""
    first = w.segments[0]
    if w.base not in COMPLEMENTING:
        return False
    run = w.tokens[first.start : first.end]
    named = any(b.is_capital and not a.is_capital for a, b in pairwise(run[1:]))
    return named or len(w.segments) > 1 or len(run) == 1


def _goes_on(token: Token) -> bool:
    """Whether a comma only parts two adjectives: "a slight, **contemptuous** breath"."""
    low = token.lower
    return token.text == low and low.endswith(
        ("ous", "ful", "less", "ive", "ic", "al", "able", "ible", "ish", "ant", "ent", "y")
    )


def _given(w: Pieces, whom: Segment, what: Segment) -> Iterator[Proposal]:
    """ "Ambrose Keel taught Tobit Lunn his letters": what did Ambrose Keel teach Tobit Lunn?"""
    asked = _asked(w, what)
    if asked is None or what.phrase is None or asked[1] == "person" or w.base not in _GIVING:
        return
    which, kind = asked
    tail = f"{w.text(whom)} {' '.join(w.text(s) for s in w.segments[2:] if s.kind == 'prep')}"
    yield Proposal(
        w.answers(what.phrase, what.start, what.end),
        (
            f"{which} {w.helper} {w.subject} {w.bare} {tail} {w.front}",
            f"{which} {'were' if which.startswith('How many') else 'was'} {w.text(whom)} "
            f"{verbs.participle(w.base)} by {w.subject} {w.front}",
            f"{w.subject} {w.verb} {w.text(whom)} {which.lower()} {w.front}",
            f"Do you know {which.lower()} {w.subject} {w.verb} {tail} {w.front}",
            f"Can you say {which.lower()} {w.subject} {w.verb} {tail} {w.front}",
        ),
        kind,
    )


def _asked(w: Pieces, segment: Segment) -> tuple[str, str] | None:
    """(question words, type) for an object, or None where none fits."""
    phrase = segment.phrase
    assert phrase is not None
    noun = w.tokens[phrase.head].lower
    at = w.past_number(segment.start, phrase.end)
    if at > segment.start and segment.end == phrase.end:
        if at >= phrase.end or not noun.endswith(("s", "men", "women", "children", "people")):
            return ("How much money", "money") if noun in MONEY else None
        if noun in MONEY and at == phrase.head:
            return ("How much", "number") if w.base == "weigh" else ("How much money", "money")
        if noun in UNCOUNTED:
            return None
        return f"How many {w.clause.words(at, phrase.end)}", "number"
    if noun in TIME_NOUNS or phrase.number:
        return None
    bare_word = phrase.end - phrase.start == 1 and not (phrase.named or phrase.plural)
    if bare_word:
        return None
    by = w.segments[1] if len(w.segments) > 1 else None
    if by is not None and by.word == "by" and by.phrase is not None and by.phrase.person:
        return None
    return ("Whom", "person") if phrase.person else ("What", "thing")
