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
from workbench.questions.object_facts import of_object
from workbench.questions.phrase_facts import of_deed, of_phrases, of_reason
from workbench.questions.phrases import is_number
from workbench.questions.pieces import FAINT, MONEY, NEEDS, UNCOUNTED, Pieces
from workbench.questions.proposals import Proposal, polished
from workbench.questions.wholeness import cut_short, left_out

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
        "pay",
        "buy",
        "find",
    }
)


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
    if any(_only_number(clause, s.start, s.end) for s in clause.segments if s.kind == "object"):
        # "brought six": of what, only the text before tells.
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
    if left_out(clause):
        return
    short = cut_short(Pieces(clause))
    for rule in (_subject, _count, of_object, of_phrases, of_reason, of_deed, of_being):
        if short and rule in _WHOLE:
            continue
        for proposal in rule(Pieces(clause)):
            kept = polished(proposal.wordings)
            if kept:
                yield replace(proposal, wordings=kept)


def _only_number(clause: Clause, start: int, end: int) -> bool:
    return all(is_number(t) or t.lower in {"and", "a"} for t in clause.tokens[start:end])


def _subject(w: Pieces) -> Iterator[Proposal]:
    """ "Marta paid forty crowns": who paid forty crowns?"""
    yield from _who(w, "")
    after = next((s for s in w.clause.segments if s.kind == "time" and s.word != "that"), None)
    if after is not None:
        yield from _who(w, w.text(after))


def joined(first: Clause, second: Clause) -> Iterator[Proposal]:
    """ "Marta took the key and opened the bell chamber": who did both?"""
    if any(c.negated or left_out(c) or c.auxiliary for c in (first, second)):
        return
    w, then = Pieces(first), Pieces(second)
    if first.form != "past" or second.form != "past" or w.base in FAINT or then.base in FAINT:
        return
    if cut_short(then) or not then.clean or not then.segments:
        return
    for proposal in _who(w, f"and {then.verb} {then.tail()}"):
        wordings = polished(proposal.wordings)
        yield replace(proposal, wordings=wordings)


def _who(w: Pieces, more: str) -> Iterator[Proposal]:
    """The subject asked for, with ``more`` (a clause of time, a second deed) to tell which time."""
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
    needs = w.base in NEEDS
    if not needs and cut_short(w):
        return
    rest = w.tail(clauses=needs)
    if not rest or (subject.person and w.tokens[subject.start].lower in {"a", "an", "some"}):
        return
    if not subject.person and (w.segments[0].kind == "object" or _may_be_a_person(w)):
        return
    if more and (needs or w.front or not subject.person):
        return
    rest = f"{rest} {more}".strip()
    which = "Who" if subject.person else "What"
    tail = f"{rest} {w.front}".strip()
    wordings = [f"{which} {w.verb} {tail}"]
    if w.front:
        wordings.append(f"{w.front}, {which.lower()} {w.verb} {rest}")
    turned = "" if needs or more else w.turned()
    wordings.append(f"{which} {w.verb} {turned} {w.front}" if turned else "")
    wordings.append(f"{which} {w.was_it} that {w.verb} {turned or rest} {w.front}")
    passive = w.passive()
    if passive and which == "Who" and not needs and not more:
        thing, auxiliary, done, others = passive
        wordings.append(f"By whom {auxiliary} {thing} {done} {others} {w.front}")
        wordings.append(f"{thing} {auxiliary} {done} by whom {others} {w.front}")
    if which == "Who":
        wordings.append(f"Which person {w.verb} {tail}")
        wordings.append(f"Can you name the person who {w.verb} {tail}")
        wordings.append(f"What was the name of the person who {w.verb} {tail}")
    yield Proposal((w.subject,), tuple(wordings), "person" if which == "Who" else "thing")


def _may_be_a_person(w: Pieces) -> bool:
    """Whether "the Bailiff" or a bare name, said to do something, may be somebody after all."""
    subject = w.clause.subject
    named = w.tokens[subject.start + 1 if subject.end - subject.start > 1 else subject.start]
    return named.is_capital and w.clause.form in {"gerund", "have"}


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


#: Rules whose questions end with the tail of the clause, which must then be whole.
_WHOLE = (_count, of_object, of_phrases, of_being)
