"""Questions that the embedded reader words itself, where no rule was sure of a sentence.

The reader is given a sentence and an answer in it, and writes the question. It is a small model: a
question of its own is kept only if all its words come from the text around, if it is as likely as
questions are, and if the reader gives the very answer back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from workbench.questions.dataset.plan import Plan
from workbench.questions.parsing.statements import Reading, Statement
from workbench.questions.prompting import prompt
from workbench.questions.quality.filters import answer_fault, wording_fault
from workbench.questions.quality.leaks import leak_fault
from workbench.questions.words import content
from workbench.questions.writers.drafts import Draft, fact_id, stretch
from workbench.questions.writers.offline import Dropped
from workbench.questions.writers.proposals import polish
from workbench.types import Decoding, LanguageModel, Section

if TYPE_CHECKING:
    from spacy.tokens import Span

#: Answers tried in a sentence, and words of a sentence that is tried.
ANSWERS, SHORTEST, LONGEST = 2, 8, 40
#: What the reader words is ranked below what a rule does.
SCORE = 0.2
_TYPES = {
    "DATE": "time", "TIME": "time", "CARDINAL": "number", "MONEY": "money", "PERSON": "person",
    "GPE": "place", "LOC": "place", "FAC": "place", "ORG": "thing", "PRODUCT": "thing",
}  # fmt: skip


def reader_drafts(
    section: Section,
    plan: Plan,
    reading: Reading,
    model: LanguageModel,
    asked: frozenset[int],
) -> tuple[list[Draft], list[Dropped]]:
    """What the reader asks of sentences that do not start at ``asked``, and what was dropped."""
    tale = reading.is_tale(section.document)
    statements = reading.statements(section)
    texts = [s.text for s in statements]
    tried = [
        (place, statement, span)
        for place, statement in enumerate(statements)
        if not statement.spoken and statement.place[0] not in asked
        for span in _answers(statement)
    ]
    prompts = [
        prompt(model.prompt_format, "write", passage=statement.text, answer=span.text)
        for _, statement, span in tried
    ]
    worded = [polish(done.text) for done in model.complete(prompts, Decoding(32))]
    drafts: list[Draft] = []
    dropped: list[Dropped] = []
    for (place, statement, span), question in zip(tried, worded, strict=True):
        start, end = statement.place
        answer = " ".join(span.text.split())
        draft = Draft(
            fact=fact_id(section.document, start, question, answer),
            section=section.id,
            document=section.document,
            start=start,
            end=end,
            quote=reading.corpus.document(section.document).text[start:end],
            stretch=stretch(texts, place),
            answers=(answer,),
            wordings=(question,),
            type=_TYPES.get(span.label_, "thing"),
            kind="factoid",
            side=plan.side(section.id, start),
            subject="",
            score=SCORE,
            way="reader",
            tale=tale,
        )
        fault = _fault(draft, reading)
        if fault:
            dropped.append(Dropped(question, answer, section.id, fault, way="reader"))
        else:
            drafts.append(draft)
    return drafts, dropped


def _fault(draft: Draft, reading: Reading) -> str | None:
    if not content(draft.text) <= content(draft.stretch):
        return "words of its own"
    return (
        answer_fault(draft, reading.names)
        or wording_fault(draft.text, draft, reading.names)
        or leak_fault(draft.text, draft.answers)
    )


def _answers(statement: Statement) -> Iterator[Span]:
    """Names, dates, numbers and objects in a sentence, the first few."""
    sentence = statement.sentence
    if not SHORTEST <= len(statement.text.split()) <= LONGEST or statement.text.endswith(
        ("?", ":")
    ):
        return
    found: Sequence[Span] = [e for e in sentence.ents if e.label_ in _TYPES]
    if not found:
        found = [c for c in sentence.noun_chunks if c.root.dep_ == "dobj" and len(c) > 1]
    yield from found[:ANSWERS]
