"""Questions written by hand: placed in the corpus, never filtered, reported apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from workbench.corpus.corpus import Corpus
from workbench.errors import WorkbenchError
from workbench.questions.dataset.imports import import_questions
from workbench.questions.quality.certificate import TrainWordings
from workbench.questions.words import essential
from workbench.text import token_f1
from workbench.types import Document, Evidence, Question, Section, Stratum

#: Token F1 between a gold answer and a trained one on the same sentence that makes them one fact.
SAME_FACT_F1 = 0.6


def read_gold(
    path: Path,
    corpus: Corpus,
    train: Sequence[Question] = (),
    unseen: Iterable[str] = (),
) -> list[Question]:
    """Gold questions with evidence found in the corpus, cluster and stratum.

    ``unseen`` are the ids of the sections that were kept out of training. A question on such a
    section is ``unseen``; one whose sentence and answer are trained is ``reworded``; any other is
    ``same_section``. Without evidence (an unanswerable question) the stratum is ``unseen``, since
    nothing about it was trained. Raises WorkbenchError naming file and line where a row is no
    question or its quote does not occur in the corpus: gold is by hand, so a fault is a mistake.
    """
    imported = import_questions(path, origin="gold")
    if imported.faults:
        fault = imported.faults[0]
        raise WorkbenchError(
            f"{fault} ({len(imported.faults)} faulty of "
            f"{len(imported.faults) + len(imported.questions)} rows).",
            "Mend the gold file; nothing in it is dropped silently.",
        )
    placer = Placer(corpus)
    trained = TrainWordings(train)
    away = frozenset(unseen)
    result = []
    for question in imported.questions:
        evidence = tuple(placer.place(item, question, path) for item in question.evidence)
        cluster = placer.section(evidence[0]) if evidence else question.cluster
        placed = replace(
            question,
            evidence=evidence,
            cluster=cluster,
            origin="gold",
            role="test",
            edition=corpus.edition,
        )
        result.append(_related(placed, trained, away) if train or away else placed)
    return result


def _related(question: Question, trained: TrainWordings, unseen: frozenset[str]) -> Question:
    if question.cluster is None or question.cluster in unseen:
        return replace(question, stratum="unseen")
    for item in question.evidence:
        for start, end, other in trained.spans[(item.document, question.cluster)]:
            near = max(
                (
                    token_f1(essential(a), essential(b))
                    for a in question.answers
                    for b in other.answers
                ),
                default=0,
            )
            if start < item.end and item.start < end and near >= SAME_FACT_F1:
                return replace(question, stratum="reworded", fact=other.fact)
    stratum: Stratum = "same_section"
    return replace(question, stratum=stratum)


class Placer:
    """Finds quotes in the documents, however their white space is broken."""

    def __init__(self, corpus: Corpus) -> None:
        self._documents = corpus.documents
        self._sections: dict[str, list[Section]] = {}
        for section in corpus.sections:
            self._sections.setdefault(section.document, []).append(section)

    def place(self, item: Evidence, question: Question, path: Path) -> Evidence:
        """The evidence with its true place. Raises WorkbenchError where no document holds it."""
        named = [d for d in self._documents if d.id == item.document] or list(self._documents)
        for document in named:
            if 0 < item.end <= len(document.text) and (
                document.text[item.start : item.end] == item.quote
            ):
                return replace(item, document=document.id)
        for document in [*named, *self._documents]:
            span = _find(item.quote, document)
            if span is not None:
                return Evidence(document.id, *span, document.text[slice(*span)])
        raise WorkbenchError(
            f"{path}: the evidence of {question.id} ({question.text!r}) occurs in no document: "
            f"{item.quote[:80]!r}.",
            "Quote the text word for word.",
        )

    def section(self, item: Evidence) -> str | None:
        """The id of the section that holds most of the evidence."""
        best = max(
            self._sections.get(item.document, []),
            key=lambda s: min(s.end, item.end) - max(s.start, item.start),
            default=None,
        )
        return best.id if best and min(best.end, item.end) > max(best.start, item.start) else None


def _find(quote: str, document: Document) -> tuple[int, int] | None:
    at = document.text.find(quote)
    if at >= 0:
        return at, at + len(quote)
    pieces = [re.escape(piece) for piece in quote.split()]
    hit = re.search(r"\s+".join(pieces), document.text) if pieces else None
    return hit.span() if hit else None
