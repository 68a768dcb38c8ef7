"""Drafts: what a section offers to be asked, before any model has looked at it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from workbench.questions.clauses import Clause, clauses
from workbench.questions.dataset.plan import Plan, Side
from workbench.questions.facts import joined, proposals
from workbench.questions.names import Names
from workbench.questions.patterns import patterns
from workbench.questions.proposals import Proposal
from workbench.questions.reference import Referents
from workbench.questions.relative_facts import of_relatives
from workbench.questions.rule_facts import of_rules
from workbench.questions.sentences import Sentence, sentences
from workbench.questions.words import Token, tokens
from workbench.types import Kind, Section

#: Words around the evidence that the reader sees: some 130 of its tokens.
STRETCH_WORDS = 95
#: How doubtful a fact is (0 to 1) where a pronoun had to be read as a name, and where somebody
#: says it instead of the narrator.
RESOLVED, SPOKEN = 0.5, 0.4


@dataclass(frozen=True, slots=True)
class Draft:
    """One fact with wordings that ask for it; the first is the plainest.

    ``start`` and ``end`` span the evidence (a sentence) in the document; ``quote`` is its text, and
    ``stretch`` the evidence with its neighbours, cut to what a small window holds. ``more`` is
    further evidence (document, start, end, quote) of a question over two sections. ``lasting`` is
    as in :class:`~workbench.questions.proposals.Proposal`. ``named`` is the quote with the
    subject's name for its pronoun, where one was resolved. ``way`` is who wrote it: rule, reader or
    chat.
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

    @property
    def text(self) -> str:
        """The plainest wording."""
        return self.wordings[0]

    def with_wordings(self, wordings: Iterable[str]) -> Draft:
        return replace(self, wordings=tuple(wordings))


def drafts(section: Section, plan: Plan, names: Names) -> list[Draft]:
    """All drafts of a section, in reading order; nothing is judged yet."""
    run = sentences(section.text, section.start)
    referents = Referents(run, names)
    matches: dict[str, Draft] = {}
    for place, sentence in enumerate(run):
        if sentence.speech == "mixed":
            continue
        marks = tokens(sentence.text, sentence.start)
        if len(marks) < 4 or _small_capitals(marks, names):
            continue
        spoken = sentence.speech != ""
        for subject, named, proposal in _offers(
            marks, sentence.text, names, partial(referents.resolve, place), spoken
        ):
            fact = fact_id(
                section.document, sentence.start, proposal.wordings[0], proposal.answers[0]
            )
            draft = Draft(
                fact=fact,
                section=section.id,
                document=section.document,
                start=sentence.start,
                end=sentence.end,
                quote=sentence.text,
                stretch=stretch(run, place),
                answers=proposal.answers,
                wordings=proposal.wordings,
                type=proposal.type,
                kind="why_how" if proposal.type in {"reason", "means"} else "factoid",
                side=plan.side(section.id, sentence.start),
                subject=subject,
                doubt=round(proposal.doubt + SPOKEN * spoken, 2),
                lasting=proposal.lasting,
                named=named,
            )
            matches.setdefault(f"{fact}/{draft.text}", draft)
    return list(matches.values())


def _offers(
    marks: Sequence[Token],
    text: str,
    names: Names,
    resolve: Callable[[Token], str],
    spoken: bool,
) -> Iterator[tuple[str, str, Proposal]]:
    """(subject, sentence with its name, proposal) for all that the rules find in a sentence."""
    rules = [] if spoken else list(of_rules(marks, text, names))
    # A rule is read whole or not at all; the clauses of a rule would lose its condition.
    before: Clause | None = None
    for clause in [] if rules else clauses(marks, text, names, resolve):
        if spoken and clause.form != "past" and clause.auxiliary not in {"had", "was", "were"}:
            # What somebody says of the present is an opinion, a boast or a plan.
            continue
        subject = clause.alias or clause.words(clause.subject.start, clause.subject.end)
        doubt = RESOLVED if clause.alias else 0.0
        both = joined(before, clause) if before is not None and _goes_on(before, clause) else ()
        before = clause
        for proposal in [*proposals(clause), *both]:
            yield subject, _with_name(clause), replace(proposal, doubt=proposal.doubt + doubt)
    for proposal in [*patterns(marks, text, names), *of_relatives(marks, text, names), *rules]:
        yield "", "", proposal


def _with_name(clause: Clause) -> str:
    """The sentence with the name that a clause's subject stands for, or ""."""
    if not clause.alias:
        return ""
    origin = clause.tokens[0].start
    start, end = clause.span(clause.subject.start, clause.subject.end)
    return clause.text[: start - origin] + clause.alias + clause.text[end - origin :]


def _goes_on(before: Clause, clause: Clause) -> bool:
    """Whether a clause is the next predicate of the same subject, straight after the other."""
    return before.subject == clause.subject and before.verb < clause.verb <= before.end + 3


def _small_capitals(marks: Sequence[Token], names: Names) -> bool:
    """Whether a chapter opens here in capitals ("IN his suite"), so that names look like shouts."""
    word = next((t.text for t in marks if t.is_word), "")
    known = names.small[word.lower()] or names.inside[word.title()] or names.initial[word.title()]
    return len(word) > 1 and word.isupper() and bool(known)


def fact_id(document: str, start: int, asked: str, answer: str) -> str:
    """Twelve hex digits: the same fact on every machine and in every run."""
    return hashlib.sha256(f"{document}\t{start}\t{asked}\t{answer}".encode()).hexdigest()[:12]


def stretch(run: Sequence[Sentence], place: int, limit: int = STRETCH_WORDS) -> str:
    """The sentence with as many of its neighbours as ``limit`` words allow, the earlier first."""
    first = last = place
    size = len(run[place].text.split())
    while True:
        before = len(run[first - 1].text.split()) if first > 0 else limit
        after = len(run[last + 1].text.split()) if last + 1 < len(run) else limit
        if size + before <= limit and (place - first <= last - place or size + after > limit):
            first, size = first - 1, size + before
        elif size + after <= limit:
            last, size = last + 1, size + after
        else:
            break
    return " ".join(" ".join(s.text.split()) for s in run[first : last + 1])
