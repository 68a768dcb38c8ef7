"""Questions written by hand: placed in the corpus, never filtered, reported apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from workbench.corpus.corpus import Corpus
from workbench.corpus.finding import span_of
from workbench.errors import WorkbenchError
from workbench.fairness.masking import Masker
from workbench.questions.dataset.imports import ImportedQuestions, import_questions
from workbench.questions.quality.likeness import TrainWordings
from workbench.questions.words import essential
from workbench.text import token_f1
from workbench.types import Evidence, Question, Section, Stratum

FAULTS_SHOWN = 5
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
    trained, away = TrainWordings(train), frozenset(unseen)
    placed = place_gold(path, corpus)
    return [relate(question, trained, away) for question in placed] if train or away else placed


def place_gold(path: Path, corpus: Corpus) -> list[Question]:
    """Gold questions with evidence found in the corpus, and cluster; without a stratum.

    Raises WorkbenchError as :func:`read_gold` does.
    """
    placer = Placer(corpus)
    masker = Masker.of_masked([d.text for d in corpus.documents], corpus.masked, corpus.personal)
    result = []
    sound = sound_gold(path)
    for question in sound.questions:
        question = _masked(question, masker)
        where = f"{path}, line {sound.lines[question.id]}"
        evidence = tuple(placer.place(item, question, where) for item in question.evidence)
        cluster = placer.section(evidence[0]) if evidence else question.cluster
        result.append(
            replace(
                question,
                evidence=evidence,
                cluster=cluster,
                origin="gold",
                role="test",
                edition=corpus.edition,
            )
        )
    return result


def _masked(question: Question, mask: Masker) -> Question:
    """The question as the corpus is read: what is replaced there is replaced in it too."""
    if not mask.kinds:
        return question
    return replace(
        question,
        text=mask(question.text),
        answers=tuple(mask(answer) for answer in question.answers),
        evidence=tuple(replace(e, quote=mask(e.quote)) for e in question.evidence),
    )


def sound_gold(path: Path) -> ImportedQuestions:
    """The questions of a gold file as they stand there.

    Raises WorkbenchError naming every line (the first of many) that holds no question.
    """
    imported = import_questions(path, origin="gold")
    faults, count = imported.faults, len(imported.questions)
    if faults:
        more = "".join(f"; line {fault.line}: {fault.reason}" for fault in faults[1:FAULTS_SHOWN])
        raise WorkbenchError(
            f"{faults[0]}{more} ({len(faults)} faulty of {len(faults) + count} rows).",
            "Mend the gold file; nothing in it is dropped silently.",
        )
    return imported


def relate(
    question: Question,
    trained: TrainWordings,
    unseen: frozenset[str],
    *,
    by_sentence: bool = False,
) -> Question:
    """The question with its stratum: how it relates to what is trained.

    ``by_sentence``: a question on a sentence that is trained for another answer counts as
    ``reworded`` too, so that what the tuned variants were told of is never taken for what they
    were not.
    """
    if question.cluster is None or question.cluster in unseen:
        return replace(question, stratum="unseen")
    touched = False
    for item in question.evidence:
        for start, end, other in trained.spans[(item.document, question.cluster)]:
            if not (start < item.end and item.start < end):
                continue
            near = max(
                (
                    token_f1(essential(a), essential(b))
                    for a in question.answers
                    for b in other.answers
                ),
                default=0,
            )
            if near >= SAME_FACT_F1:
                return replace(question, stratum="reworded", fact=other.fact)
            touched = True
    stratum: Stratum = "reworded" if touched and by_sentence else "same_section"
    return replace(question, stratum=stratum)


class Placer:
    """Finds quotes in the documents, however their white space is broken."""

    def __init__(self, corpus: Corpus) -> None:
        self._documents = corpus.documents
        self._sections: dict[str, list[Section]] = {}
        for section in corpus.sections:
            self._sections.setdefault(section.document, []).append(section)

    def place(self, item: Evidence, question: Question, where: str) -> Evidence:
        """The evidence with its true place. Raises WorkbenchError where no document holds it."""
        named = [d for d in self._documents if d.id == item.document] or list(self._documents)
        for document in named:
            if 0 < item.end <= len(document.text) and (
                document.text[item.start : item.end] == item.quote
            ):
                return replace(item, document=document.id)
        for document in [*named, *self._documents]:
            span = span_of(item.quote, document.text)
            if span is not None:
                return Evidence(document.id, *span, document.text[slice(*span)])
        raise WorkbenchError(
            f"{where}: the evidence of {question.id} ({question.text!r}) occurs in no document: "
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
