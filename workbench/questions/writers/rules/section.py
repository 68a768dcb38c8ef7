"""Questions by rule on the parse: what a section's sentences, lists, tables and headings offer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from workbench.questions.dataset.plan import Plan
from workbench.questions.parsing.blocks import Block
from workbench.questions.parsing.clauses import Clause, clauses
from workbench.questions.parsing.parts import MisreadError
from workbench.questions.parsing.reference import Referents
from workbench.questions.parsing.statements import Reading, Statement
from workbench.questions.writers.drafts import Draft, fact_id, stretch
from workbench.questions.writers.proposals import Proposal
from workbench.questions.writers.rules.appositions import of_appositions
from workbench.questions.writers.rules.asker import Asker
from workbench.questions.writers.rules.clause import proposals
from workbench.questions.writers.rules.headings import context_label, within
from workbench.questions.writers.rules.layout import leads, of_layout, of_list
from workbench.questions.writers.rules.naming import (
    SPOKEN,
    is_guide,
    named_subject,
    narrators_own,
    organisation_of,
    own_words,
    readers_own,
    subject_head,
    with_name,
)
from workbench.types import Section

#: Words of a sentence that is read: shorter ones are shouts and fragments, longer ones mislead.
SHORTEST, LONGEST = 4, 60
_FIRST = frozenset({"we", "us", "our", "ours"})


def drafts_of(section: Section, plan: Plan, reading: Reading) -> list[Draft]:
    """All drafts of a section by rule, in reading order; nothing is judged yet."""
    names = reading.names
    statements = reading.statements(section)
    tale = reading.is_tale(section.document)
    referents = Referents(
        [s.sentence for s in statements], [s.spoken for s in statements], names, reading.classes
    )
    found: dict[str, Draft] = {}
    narrated = tale and reading.is_first_person(section.document)
    organisation = organisation_of(reading, section.document)
    guide = not tale and is_guide(reading.corpus.document(section.document).text)
    texts = [s.text for s in statements]
    for place, statement in enumerate(statements):
        if not _readable(statement, tale):
            continue
        before = statements[place - 1] if place else None
        for subject, named, proposal in _offers(
            statement, before, place, referents, reading, organisation, tale, narrated, guide
        ):
            start, end = statement.place
            _add(found, section, plan, proposal, (start, end), subject, named,
                 stretch(texts, place), reading, statement.block.path, tale)  # fmt: skip
    lists = {} if tale else leads(reading.blocks(section))
    for statement in statements:
        for proposal, items in _lists(statement, lists, referents, reading):
            span = (statement.place[0], items[-1].end)
            context = f"{statement.text} {'; '.join(i.text for i in items)}"
            _add(found, section, plan, proposal, span, "", "", context, reading,
                 statement.block.path, tale)  # fmt: skip
    if not tale:
        for proposal, (start, end), path, context in of_layout(reading, section):
            _add(found, section, plan, proposal, (start, end), "", "", context, reading, path, tale)
    return list(found.values())


def _add(
    found: dict[str, Draft],
    section: Section,
    plan: Plan,
    proposal: Proposal,
    span: tuple[int, int],
    subject: str,
    named: str,
    context: str,
    reading: Reading,
    path: tuple[str, ...],
    tale: bool,
) -> None:
    document = reading.corpus.document(section.document)
    wordings = proposal.wordings
    if not tale:
        label = context_label(reading, section.document, path, wordings[0], proposal.answers[0])
        if label:
            wordings = tuple(within(w, label, n) for n, w in enumerate(wordings))
    fact = fact_id(section.document, span[0], proposal.wordings[0], proposal.answers[0])
    draft = Draft(
        fact=fact,
        section=section.id,
        document=section.document,
        start=span[0],
        end=span[1],
        quote=document.text[slice(*span)],
        stretch=context,
        answers=proposal.answers,
        wordings=wordings,
        type=proposal.type,
        kind="why_how" if proposal.type in {"reason", "means"} else proposal.kind,
        tags=_tags(proposal),
        side=plan.side(section.id, span[0]),
        subject=subject,
        doubt=round(proposal.doubt, 2),
        lasting=proposal.lasting,
        named=named,
        tale=tale,
    )
    found.setdefault(f"{fact}/{draft.text}", draft)


def _lists(
    statement: Statement, lists: Mapping[int, list[Block]], referents: Referents, reading: Reading
) -> Iterator[tuple[Proposal, list[Block]]]:
    """What the lead of a list asks for, answered by its items."""
    items = lists.get(statement.block.start, [])
    if not items or not statement.text.endswith(":"):
        return
    for clause in clauses(statement.sentence, {}):
        subject, _ = named_subject(clause, None, referents, 0, reading, tale=False)
        if subject is not None:
            asker = Asker(clause, subject, reading, narrative=False)
            for proposal in of_list(asker, [i.text.strip().rstrip(".;,") for i in items]):
                yield proposal, items


#: "Grading - what to look for": a label before a sentence, which a parse reads into it.
_LABELLED = re.compile(r"^[^.,;]{2,60}?(?: [-–—] |: )")


#: What its items tell is no advice: what has been learned, or is to be practised.
_RECAP = re.compile(r"\b(?:learn(?:ed|t)|how to|exercises?|practi[cs]e|homework|quiz)\b", re.I)


def _torn(statement: Statement) -> bool:
    """Whether something was taken out of a sentence, so that a preposition hangs in the air."""
    for token in statement.sentence:
        after = token.i + 1
        if token.dep_ != "prep" or list(token.children) or after >= statement.sentence.end:
            continue
        if token.doc[after].pos_ in {"ADP", "CCONJ", "PUNCT"}:
            return True
    return False


def _tags(proposal: Proposal) -> dict[str, Any]:
    told = dict(proposal.told)
    items = told.pop("items", None)
    return {**({"told": told} if told else {}), **({"items": items} if items else {})}


def _readable(statement: Statement, tale: bool) -> bool:
    text = statement.text
    if statement.block.kind in {"heading", "row"} or (tale and statement.spoken == "partly"):
        return False
    if _LABELLED.match(text) or _torn(statement):
        return False
    if statement.block.kind == "item" and _RECAP.search(statement.block.lead):
        return False
    if text.endswith(("?", ":")) or not SHORTEST <= len(text.split()) <= LONGEST:
        return False
    return statement.block.kind == "item" or text[:1].isupper() or not text[:1].isalpha()


def _offers(
    statement: Statement,
    before: Statement | None,
    place: int,
    referents: Referents,
    reading: Reading,
    organisation: str,
    tale: bool,
    narrated: bool,
    guide: bool,
) -> Iterator[tuple[str, str, Proposal]]:
    """(subject, sentence with its name, proposal) for all that the clauses of a sentence offer."""
    sentence = statement.sentence
    head = subject_head(sentence.root)
    swapped = dict(referents.replacements(place, head))
    if organisation:
        for token in sentence:
            if token.lower_ in _FIRST:
                own = token.tag_ == "PRP$"
                swapped[token.i] = f"{organisation}'s" if own else organisation
    elif guide:
        swapped.update(readers_own(sentence))
    if tale and not statement.spoken and narrated:
        swapped.update(narrators_own(sentence))
    for clause in clauses(sentence, swapped):
        subject, doubt = named_subject(clause, before, referents, place, reading, tale)
        if subject is None:
            continue
        if clause.verb.dep_ == "relcl" and not _is_named(clause, reading):
            continue
        if tale and _timeless(clause):
            continue
        clause = own_words(clause, subject)
        asker = Asker(clause, subject, reading, tale)
        if tale and statement.spoken:
            # What somebody says of the present is an opinion, a boast or a plan.
            if clause.verb.tag_ not in {"VBD", "VBN"} or subject.lower() in {"you", "i"}:
                continue
            doubt += SPOKEN
        named = with_name(statement, clause, subject)
        try:
            found = list(proposals(asker))
        except MisreadError:
            continue
        for proposal in found:
            yield subject, named, replace(proposal, doubt=proposal.doubt + doubt)
    if not statement.spoken:
        for proposal in of_appositions(sentence, swapped, reading.names, tale):
            yield "", "", proposal


def _is_named(clause: Clause, reading: Reading) -> bool:
    """Whether a relative clause is told of a name, so that it is a statement of its own."""
    if clause.subject is None:
        return False
    head = clause.doc[clause.subject[0] : clause.subject[1]].root
    apart = clause.doc[clause.verb.left_edge.i - 1].text == ","
    return head.pos_ == "PROPN" and apart


def _timeless(clause: Clause) -> bool:
    """Whether a clause of a tale is no event: present tense, or what may or would be."""
    first = clause.group[0]
    return first.tag_ in {"VBZ", "VBP", "MD"}
