"""What the rules ask about a text of a test's own, without filters and without a reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from workbench.corpus.corpus import Corpus
from workbench.questions.dataset.plan import Plan
from workbench.questions.parsing.clauses import Clause, clauses
from workbench.questions.parsing.nlp import parse
from workbench.questions.parsing.noun_classes import NounClasses
from workbench.questions.parsing.statements import Reading
from workbench.questions.writers.drafts import Draft
from workbench.questions.writers.rules import drafts_of
from workbench.types import Document, Section

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from spacy.tokens import Span


def by_embedding(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors of the embedding model that the writer uses."""
    from workbench.retrieval.embeddings import embed

    vectors: NDArray[np.float32] = embed(list(texts))
    return vectors


@cache
def noun_classes() -> NounClasses:
    """Classes by the real embedding model, its examples embedded once."""
    return NounClasses(by_embedding)


def one_document(text: str, more: str = "", title: str = "") -> Corpus:
    """``text`` is the first section, ``more`` the second one of the same document."""
    whole = f"{text}\n\n{more}" if more else text
    pieces = [(0, len(text)), *([(len(text) + 2, len(whole))] if more else [])]
    sections = tuple(
        Section(f"page#{n}", "page", start, end, title, whole[start:end], n)
        for n, (start, end) in enumerate(pieces)
    )
    return Corpus((Document("page", whole, "edition", title),), sections, "edition", "en", title)


def reading_of(corpus: Corpus) -> Reading:
    """The corpus read, all its sections taken for its names."""
    reading = Reading(corpus, [s.id for s in corpus.sections])
    reading.classes = noun_classes()
    return reading


def drafts(text: str, more: str = "", title: str = "") -> list[Draft]:
    """All drafts by rule of the first section."""
    corpus = one_document(text, more, title)
    ids = tuple(s.id for s in corpus.sections)
    plan = Plan(7, ids, (), ids, 0.3)
    return drafts_of(corpus.sections[0], plan, reading_of(corpus))


def asked(text: str, more: str = "", title: str = "") -> dict[str, str]:
    """Every wording with the first answer of its draft."""
    result: dict[str, str] = {}
    for draft in drafts(text, more, title):
        for wording in draft.wordings:
            result.setdefault(wording, draft.answers[0])
    return result


def sentences_of(text: str) -> list[Span]:
    """The parsed sentences of one paragraph."""
    return [s for doc in parse([(text, ())]) for s in doc.sents]


def clauses_of(text: str) -> list[Clause]:
    """The clauses of all sentences of a paragraph, pronouns as they stand."""
    return [clause for sentence in sentences_of(text) for clause in clauses(sentence, {})]


def told(clause: Clause) -> Iterator[tuple[str, str]]:
    """(role, text) of every part of a clause."""
    for part in clause.parts:
        yield part.role, clause.of(part)
