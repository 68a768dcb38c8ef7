"""All that a clause offers: each part of a clause that can be an answer is asked for.

Every rule gives wordings that differ in structure (the phrase in front, active or passive, the noun
asked by name), since one fact is trained in some wordings and examined in another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workbench.questions.lexicon import lexicon
from workbench.questions.parsing.clauses import Clause
from workbench.questions.writers.proposals import Proposal, polished
from workbench.questions.writers.rules.asker import LONGEST_DEED, Asker
from workbench.questions.writers.rules.circumstances import of_measure, of_phrase
from workbench.questions.writers.rules.objects import of_agent, of_complement, of_object
from workbench.questions.writers.rules.phrases import DURATIONS
from workbench.questions.writers.rules.predicates import (
    of_condition,
    of_predicate,
    of_purpose,
    of_reason,
)
from workbench.questions.writers.rules.subjects import of_definition, of_subject

_STILL = frozenset({"stand", "lie", "sit", "hang", "come", "go", "rise", "fall", "remain"})
_NOBODY = frozenset(
    {"no", "none", "nobody", "nothing", "neither", "few", "little", "hardly", "not"}
)


def proposals(w: Asker) -> Iterator[Proposal]:
    """Everything a clause offers to be asked."""
    clause = w.clause
    if clause.main.lemma_ in _STILL and any(p.role in {"object", "attribute"} for p in w.parts):
        # "Before us stood a bundle": what was read as an object is the subject.
        return
    if w.points():
        return
    if any(t.lemma_ == "do" and t.dep_ == "aux" for t in clause.group):
        # "does include": said against what came before.
        return
    if clause.subject is not None and clause.doc[clause.subject[0]].lower_ in _NOBODY:
        return
    if any(t.lower_ == "respectively" for t in clause.sentence) or _of_a_case(clause):
        return
    if _of_which(clause):
        return
    if _foretells(w) or _narrows(clause) or _supposes(w) or _lets(clause) or _may_be_participle(w):
        return
    if _date_in_subject(clause) or _two_objects(w):
        return
    if (
        clause.negated
        or clause.doubtful
        or (clause.imperative and clause.verb.lemma_.lower() in {"let", "see", "note"})
    ):
        return
    if clause.verb.lemma_ == "be" and len(clause.group) > 1 and clause.group[1].lower_ == "to":
        return
    for rule in (of_subject, of_definition, _phrases, of_predicate, of_condition):
        for proposal in rule(w):
            wordings = polished(proposal.wordings)
            if wordings and proposal.answers and proposal.answers[0]:
                answers = tuple(dict.fromkeys(_unquoted(a) for a in proposal.answers))
                yield replace(proposal, wordings=wordings, answers=answers)


def _unquoted(answer: str) -> str:
    """An answer without the marks around all of it."""
    inner = answer[1:-1]
    whole = answer[:1] in _MARKS and answer[-1:] == _MARKS[answer[:1]] and answer[:1] not in inner
    return inner.strip() if whole and inner.strip() else answer


_MARKS = {'"': '"', "“": "”"}
#: Phrases that say a sentence of one case only.
_OF_A_CASE = frozenset(phrase.replace("-", " ") for phrase in lexicon("asking", "of_a_case"))


def _of_which(clause: Clause) -> bool:
    """Whether the subject is some of what the sentence before told: "notable examples include"."""
    if clause.subject is None:
        return False
    root = clause.doc[clause.subject[0] : clause.subject[1]].root
    told = any(c.dep_ in {"prep", "relcl", "acl"} for c in root.rights)
    return root.lemma_ in {"example", "instance", "exception"} and not told


def _of_a_case(clause: Clause) -> bool:
    return any(
        clause.of(p).lower() in _OF_A_CASE for p in clause.parts if p.role in {"prep", "adverb"}
    )


def _narrows(clause: Clause) -> bool:
    """Whether "only" or "even" bears on some part: no question says on which."""
    first = clause.doc[clause.subject[0]].lower_ if clause.subject is not None else ""
    near = any(t.lower_ in _NEARLY for t in clause.main.lefts if t.dep_ == "advmod")
    return near or first in _NARROWING or any(t.lower_ in _NARROWING for t in clause.group)


_NARROWING = frozenset({"only", "even", "just", "merely", "simply"})
#: With one of these it was not so: "he almost danced with excitement".
_NEARLY = frozenset({"almost", "nearly", "hardly", "scarcely", "barely", "seldom", "rarely"})


def _supposes(w: Asker) -> bool:
    """Whether it is only supposed of the reader: "you are conducting research"."""
    clause = w.clause
    going = clause.main.tag_ == "VBG" and any(t.lemma_ == "be" for t in clause.group)
    return not w.narrative and going and w.subject.lower() in {"you", "we"}


def _lets(clause: Clause) -> bool:
    """Whether somebody else does it: "let Ambrose Keel teach her"."""
    return clause.main.lemma_ in {"let", "make", "see", "hear", "watch", "help"} and any(
        p.role == "clause" for p in clause.parts
    )


def _may_be_participle(w: Asker) -> bool:
    """Whether what is read as past tense stands in a rule: "the copy, carried to Saltby, is"."""
    clause = w.clause
    past = clause.group == (clause.verb,) and clause.verb.tag_ == "VBD"
    if w.narrative or not past or any(p.role in {"object", "attribute"} for p in w.parts):
        return False
    return any(t.tag_ in {"VBZ", "VBP", "MD"} for t in clause.sentence)


def _foretells(w: Asker) -> bool:
    """Whether a guide says what its reader will see and do, which no reader asks for.

    Under a condition it is a rule: "You will get an error if you use both".
    """
    first = w.clause.group[0].lower_
    foretold = first in {"will", "'ll", "’ll", "shall"} and w.subject.lower() in {"you", "we"}
    condition = next((p for p in w.clause.parts if p.role == "condition"), None)
    mark = condition.marker if condition is not None else None
    ruled = mark is not None and mark.lower_ in {"if", "unless"}
    ruled = ruled or w.clause.verb.lemma_ in {"need", "have", "require"}
    return not w.narrative and foretold and not ruled


def _date_in_subject(clause: Clause) -> bool:
    """Whether a phrase of time was read into a name: "the next instant Holmes"."""
    if clause.subject is None:
        return False
    span = clause.doc[clause.subject[0] : clause.subject[1]]
    return span.root.pos_ == "PROPN" and any(
        t.pos_ == "NOUN" and t.lemma_.lower() in DURATIONS and t.head == span.root for t in span
    )


def _two_objects(w: Asker) -> bool:
    """Whether a second noun phrase, set off by a comma, was read as one more object."""
    doc = w.clause.doc
    for part in w.parts:
        if part.role not in {"object", "attribute"} or part.start - 1 <= w.clause.main.i:
            continue
        before, first = doc[part.start - 1], doc[part.start]
        run_on = before.pos_ in {"NOUN", "PROPN"} and first.pos_ in {"NOUN", "PROPN"}
        if before.text in {",", "("} or (
            run_on and not any(p.role == "dative" for p in w.clause.parts)
        ):
            return True
    return False


def _phrases(w: Asker) -> Iterator[Proposal]:
    """Each part of the clause that can be the answer."""
    for part in w.parts:
        if part.role in {"object", "dative"}:
            yield from of_object(w, part)
        elif part.role == "complement":
            yield from of_complement(w, part)
        elif part.role == "agent":
            yield from of_agent(w, part)
        elif part.role == "measure":
            yield from of_measure(w, part)
        elif part.role == "prep":
            yield from of_phrase(w, part)
        elif part.role == "reason":
            yield from of_reason(w, part)
        elif part.role == "means":
            answer = w.clause.of(part)
            inner = w.clause.inner(part)
            if len(answer.split()) <= LONGEST_DEED:
                yield Proposal(
                    (answer, inner),
                    (*w.both("How", [part]), w.asked("In what way", [part])),
                    "means",
                )
        elif part.role == "purpose":
            yield from of_purpose(w, part)
