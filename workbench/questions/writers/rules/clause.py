"""All that a clause offers: each part of a clause that can be an answer is asked for.

Every rule gives wordings that differ in structure (the phrase in front, active or passive, the noun
asked by name), since one fact is trained in some wordings and examined in another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workbench.questions.writers.proposals import Proposal, polished
from workbench.questions.writers.rules.asker import LONGEST_DEED, Asker
from workbench.questions.writers.rules.circumstances import of_measure, of_phrase
from workbench.questions.writers.rules.objects import of_agent, of_complement, of_object
from workbench.questions.writers.rules.predicates import (
    of_condition,
    of_predicate,
    of_purpose,
    of_reason,
)
from workbench.questions.writers.rules.subjects import of_definition, of_subject

_STILL = frozenset({"stand", "lie", "sit", "hang", "come", "go", "rise", "fall", "remain"})
_NOBODY = frozenset({"no", "none", "nobody", "nothing", "neither", "few", "little", "hardly"})


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
                yield replace(proposal, wordings=wordings)


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
