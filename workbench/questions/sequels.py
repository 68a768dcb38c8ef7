"""How one thing told leads to the next: what happened after it, what was done then, why, and how it
was felt.

People ask this of tales more than anything else, but the answers are whole clauses, too loosely
bounded to be marked fairly: no exam uses them. To a model that learns to read they are worth much.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

from workbench.questions import verbs
from workbench.questions.clauses import Clause, clauses
from workbench.questions.lexicon import lexicon
from workbench.questions.names import Names
from workbench.questions.proposals import Proposal, lower_first, polish
from workbench.questions.reference import Referents
from workbench.questions.sentences import Sentence
from workbench.questions.words import tokens

#: Words of an answer and of a question; before a reason, words of what it is the reason of.
LONGEST_ANSWER, LONGEST_QUESTION, LONGEST_STEM = 22, 24, 14

#: "for" tells a reason before a clause, and not before a mere noun: "for his journey".
_CAUSE = re.compile(
    r",? (?:because|so that|for(?= (?:he|she|they|there)\b)"
    r"|(?<=[,;] )for(?= (?:it|the|his|her|their) (?:\w+ ){0,3}(?:was|were|had|could|would)\b))"
    r" (.+)$"
)
_FEELINGS = lexicon("sequels", "feelings")
_FEELING_VERBS = frozenset({"felt", "grew", "became", "seemed", "looked"})
_DEGREES = frozenset({"so", "very", "much", "too", "more", "quite", "and"})
_AFTER = ("after", "after", "when", "once", "as soon as")
_ODD = frozenset('“”"()[]_*;:')


def sequels(run: Sequence[Sentence], names: Names, rng: random.Random) -> Iterator[Proposal]:
    """What the sentences of a passage offer, one wording each, its form drawn by ``rng``."""
    referents = Referents(run, names)
    told: list[tuple[int, Clause, Sentence]] = []
    for place, sentence in enumerate(run):
        if not sentence.speech:
            marks = tokens(sentence.text, sentence.start)
            matches = clauses(marks, sentence.text, names, partial(referents.resolve, place))
            told += [(place, clause, sentence) for clause in matches]
    for _, clause, sentence in told:
        yield from _felt(clause)
        yield from _caused(clause, sentence)
    for (before, first, _), (after, second, sentence) in pairwise(told):
        if after - before <= 1 and _is_deed(first) and _is_deed(second):
            yield from _followed(first, second, sentence, rng)


def _is_deed(clause: Clause) -> bool:
    """Whether the clause tells a thing done, by somebody whom a question can name."""
    return (
        clause.form == "past"
        and not clause.negated
        and not clause.auxiliary
        and clause.end > clause.verb_end
        and _can_be_named(clause)
        and verbs.base_of_past(clause.tokens[clause.verb].lower) is not None
    )


def _can_be_named(clause: Clause) -> bool:
    first = clause.tokens[clause.subject.start].lower
    return bool(clause.alias) or clause.subject.named or first in {"the", "a", "an"}


def _subject(clause: Clause) -> str:
    return clause.alias or lower_first(clause.words(clause.subject.start, clause.subject.end))


def _to_the_end(clause: Clause, sentence: Sentence) -> str:
    """The predicate with all that follows it in the sentence."""
    start = clause.tokens[clause.verb].start - clause.tokens[0].start
    return " ".join(sentence.text[start:].split()).strip(" .,;!?\"'")


def _followed(
    first: Clause, second: Clause, sentence: Sentence, rng: random.Random
) -> Iterator[Proposal]:
    """What the second clause tells, asked by the first."""
    who, deed = _subject(second), second.words(second.verb, second.end).strip(" ,;:")
    earlier = f"{_subject(first)} {first.words(first.verb, first.end).strip(' ,;:')}"
    if rng.random() < 0.4:
        deed = _to_the_end(second, sentence)
    if deed.lower() in earlier.lower():
        return
    link, kind = rng.choice(_AFTER), rng.random()
    if kind < 0.4:
        subject = second.words(second.subject.start, second.subject.end)
        asked = rng.choice(
            (
                f"What happened {link} {earlier}",
                f"What happened {link} {earlier}",
                f"What happened because {earlier}",
                f"What will happen after {earlier}",
            )
        )
        yield from _kept(asked, f"{subject} {deed}", "outcome")
    elif second.fronted and kind < 0.6:
        front = lower_first(second.words(*second.fronted))
        yield from _kept(f"What did {who} do {front}", deed, "deed")
    else:
        yield from _kept(f"What did {who} do {link} {earlier}", deed, "deed")


def _caused(clause: Clause, sentence: Sentence) -> Iterator[Proposal]:
    """ "Dorcas wept, for the lamp was gone": why did Dorcas weep?"""
    verb = clause.tokens[clause.verb].lower
    base = "be" if clause.form == "be" else verbs.base_of_past(verb)
    if clause.form not in {"past", "be"} or clause.negated or not base or not _can_be_named(clause):
        return
    rest = _to_the_end(clause, sentence)
    cause = _CAUSE.search(rest)
    if not cause or len(rest[: cause.start()].split()) > LONGEST_STEM:
        return
    tail = rest[: cause.start()].partition(" ")[2]
    stem = f"{verb} {_subject(clause)}" if base == "be" else f"did {_subject(clause)} {base}"
    yield from _kept(f"Why {stem} {tail}", cause[1], "reason")


def _felt(clause: Clause) -> Iterator[Proposal]:
    """ "The porter was sorely afraid": how did the porter feel?"""
    run = clause.tokens
    feels = clause.form == "past" and run[clause.verb].lower in _FEELING_VERBS
    if clause.negated or not (feels or clause.form in {"be", "participle"}):
        return
    start = clause.verb if clause.form == "participle" else clause.verb_end
    at = start
    while at < len(run) and (run[at].lower.endswith("ly") or run[at].lower in _DEGREES):
        at += 1
    if at >= len(run) or run[at].lower not in _FEELINGS:
        return
    tail = clause.words(at + 1, clause.end) if clause.end > at + 1 else ""
    when = tail if tail.partition(" ")[0].lower() in {"at", "when", "to", "about"} else ""
    yield from _kept(
        f"How did {_subject(clause)} feel {when}", clause.words(start, at + 1), "thing"
    )


def _kept(asked: str, answer: str, type_: str) -> Iterator[Proposal]:
    short = len(answer.split()) <= LONGEST_ANSWER and len(asked.split()) <= LONGEST_QUESTION
    if answer and short and not _ODD & set(asked):
        yield Proposal((answer,), (polish(asked),), type_)
