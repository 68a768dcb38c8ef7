"""What a clause says, as questions: for each answer in it, several wordings that mean the same.

Every wording is built from the clause's own words by one syntactic rule (subject question, object
question with "did", fronted phrase, cleft, passive, indirect question), so that a wording can be
wrong only where the clause was misread; the filters and the reader's round trip look for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workbench.questions import verbs
from workbench.questions.being_facts import of_being
from workbench.questions.clauses import Clause
from workbench.questions.lexicon import lexicon
from workbench.questions.phrase_facts import of_deed, of_phrases, of_reason
from workbench.questions.phrases import TIME_NOUNS
from workbench.questions.pieces import (
    AGREES,
    FAINT,
    MONEY,
    UNCOUNTED,
    Pieces,
    Proposal,
    polish,
)
from workbench.questions.segments import Segment
from workbench.questions.words import Token

_ORDINALS = frozenset(
    {
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "last",
        "latter",
        "former",
        "next",
        "rest",
        "whole",
        "lot",
        "number",
        "thing",
    }
)
_POINTING = frozenset({"which", "whom", "whose", "this", "these", "those", "such", "it", "them"})
_INTRANSITIVE = lexicon("facts", "motion") | lexicon("facts", "intransitive")
_HANDLING = frozenset(
    {
        "put",
        "lay",
        "set",
        "place",
        "bring",
        "carry",
        "send",
        "take",
        "throw",
        "give",
        "cut",
        "shut",
        "cast",
        "let",
        "make",
        "hand",
        "buy",
        "find",
    }
)
_NO_OBJECT = lexicon("facts", "no_object")
_GIVING = lexicon("facts", "giving")


def proposals(clause: Clause) -> Iterator[Proposal]:
    """All question-answer pairs that the rules find in a clause."""
    if clause.negated or clause.auxiliary in {"could", "would", "should", "might"}:
        return
    first = clause.tokens[clause.subject.start].lower
    if clause.fronted and any(
        t.lower in _POINTING for t in clause.tokens[clause.fronted[0] : clause.fronted[1]]
    ):
        return
    base = verbs.base_of_past(clause.tokens[clause.verb].lower)
    handled = any(s.kind == "object" for s in clause.segments)
    if clause.form == "past" and base in _HANDLING and not handled:
        return
    bare = clause.form == "past" and not handled and not clause.subject.named
    if (
        bare
        and base is not None
        and base not in _INTRANSITIVE
        and (verbs.participle(base) == verbs.past(base))
    ):
        # "a bulldog tied to the door": without an object this may be a participle.
        return
    head = clause.tokens[clause.subject.head].lower
    if (first == "no" or head in _ORDINALS) and not clause.alias:
        return
    if base in {"make", "let", "bid"} and any(
        verbs.is_base(t.lower) for t in clause.tokens[clause.verb_end + 1 : clause.end]
    ):
        # "made Emil tell the tale": the second verb is read as a noun.
        return
    if any(clause.tokens[s.start].lower in {"no", "nothing", "neither"} for s in clause.segments):
        return
    for rule in (_subject, _count, _object, of_phrases, of_reason, of_deed, of_being):
        for proposal in rule(Pieces(clause)):
            kept = tuple(dict.fromkeys(polish(w) for w in proposal.wordings if w))
            if kept:
                yield replace(proposal, wordings=kept)


def _subject(w: Pieces) -> Iterator[Proposal]:
    """ "Marta paid forty crowns": who paid forty crowns?"""
    clause, subject = w.clause, w.clause.subject
    if clause.form == "be" or not w.clean or not w.segments or w.base in FAINT:
        return
    if w.segments[0].word == "by" and clause.form == "past":
        return
    if subject.plural and (clause.auxiliary in {"were", "are", "have"} or subject.number):
        return
    if not (subject.named and subject.person):
        if not subject.named and not subject.person:
            return
        if not subject.named and subject.end - subject.start < 3:
            return
        if not subject.person and (clause.form == "have" or w.base in {"say", "tell"}):
            return
    needs = w.base in AGREES | {"want", "begin", "have", "try", "use", "ask", "order", "tell"}
    rest = w.tail(clauses=needs)
    if not rest:
        return
    which = "Who" if subject.person else "What"
    tail = f"{rest} {w.front}".strip()
    wordings = [f"{which} {w.verb} {tail}"]
    if w.front:
        wordings.append(f"{w.front}, {which.lower()} {w.verb} {rest}")
    turned = "" if needs else w.turned()
    wordings.append(f"{which} {w.verb} {turned} {w.front}" if turned else "")
    wordings.append(f"{which} {w.was_it} that {w.verb} {turned or rest} {w.front}")
    passive = w.passive()
    if passive and which == "Who" and not needs:
        thing, auxiliary, done, others = passive
        wordings.append(f"By whom {auxiliary} {thing} {done} {others} {w.front}")
        wordings.append(f"{thing} {auxiliary} {done} by whom {others} {w.front}")
    if which == "Who":
        wordings.append(f"Which person {w.verb} {tail}")
        wordings.append(f"Can you name the person who {w.verb} {tail}")
    yield Proposal((w.subject,), tuple(wordings), "person" if which == "Who" else "thing")


def _count(w: Pieces) -> Iterator[Proposal]:
    """ "Seven men sailed in the lugger": how many men sailed in the lugger?"""
    subject = w.clause.subject
    at = w.past_number(subject.start, subject.end)
    rest = w.tail()
    if w.tokens[subject.start].lower in {"the", "all", "these", "those"}:
        return
    if at <= subject.start or at >= subject.end or not w.clean or not rest:
        return
    noun = w.tokens[subject.head].lower
    if noun in UNCOUNTED | MONEY or not subject.plural:
        return
    counted = w.clause.words(at, subject.end)
    verb = w.verb if w.clause.form != "be" else w.clause.words(w.clause.verb, w.clause.verb_end)
    answers = w.answers(subject, subject.start, subject.end)
    wordings = [f"How many {counted} {verb} {rest} {w.front}"]
    if w.front:
        wordings.append(f"{w.front}, how many {counted} {verb} {rest}")
    wordings.append(f"How many {counted} {w.was_it} that {verb} {rest} {w.front}")
    wordings.append(f"What was the number of {counted} that {verb} {rest} {w.front}")
    yield Proposal(answers, tuple(wordings), "number")


def _object(w: Pieces) -> Iterator[Proposal]:
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
    yield Proposal(w.answers(first.phrase, first.start, first.end), tuple(wordings), kind)


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
