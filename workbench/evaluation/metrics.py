"""One answer against its references: the first metrics, each from 0 to 1.

A metric that does not apply to a question (retrieval without passages, words of a behaviour
question) makes no score; one that applies but cannot be had (a failed answer) makes a score of
None, which is counted as missing and never as zero. On an unanswerable question every text metric
is 1 if the answer abstains and 0 if not; an abstention on an answerable question scores 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.evaluation.behaviour import behaves, rubric_of
from workbench.evaluation.citations import citations
from workbench.evaluation.labels import label_scores
from workbench.evaluation.text_scores import COMPARED, TEXT_METRICS, text_scores
from workbench.refusals import refuses
from workbench.text import length, words
from workbench.types import Answer, Question, Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embed = Callable[[list[str]], NDArray[np.float32]]

HITS = (1, 3, 5)
#: What decides on dev questions, and rewards, without a judge.
UNJUDGED = (*TEXT_METRICS, "accuracy")
#: Kinds of question whose answers are not compared by their words.
WORDLESS = ("behaviour", "label")
UNBOUNDED = frozenset({"answer_words"})
#: Characters up to which an answer is looked up among those of other variants.
SHORT = 400
_PASSAGE = re.compile(r"^(?P<document>.*):(?P<start>\d+)-(?P<end>\d+)$")


def score_answers(
    questions: Iterable[Question],
    answers: Iterable[Answer],
    language: str = "en",
    embed: Embed | None = None,
    passages: Mapping[str, str] | None = None,
    cited: bool = False,
    only: Collection[str] | None = None,
) -> list[Score]:
    """Every metric that applies to every answer, in the order of the answers.

    ``embed`` turns texts into vectors (n, d) for the semantic similarity; without it that metric
    is left out. ``passages`` are texts by id, for the groundedness; ``cited``: answers were
    asked to cite them. ``only`` are the metrics that are wanted, all by default: ROUGE, BLEU and
    chrF take most of the time. Raises WorkbenchError for an answer to a question that is not in
    the exam.
    """
    known = {question.id: question for question in questions}
    listed = list(answers)
    retrieving = {answer.variant for answer in listed if answer.passages}
    scores: list[Score] = []
    wanted: dict[str, list[list[str]]] = {}  # the words of each question's references
    # What several variants say to a question is compared once, where it is likely to be the same.
    said: dict[tuple[str, str, str], dict[str, float | None]] = {}
    for answer in listed:
        if answer.question not in known:
            raise WorkbenchError(
                f"There is an answer of {answer.variant!r} to an unknown question "
                f"{answer.question!r}.",
                "Check that the answers and the exam belong to the same run.",
            )
        question = known[answer.question]
        if question.id not in wanted:
            wanted[question.id] = [words(reference, language) for reference in question.answers]
        key = (question.id, answer.status, answer.text)
        compared = said.get(key)
        if compared is None and answered(answer) and question.kind not in WORDLESS:
            gave_up = abstained(answer, question)
            compared = text_scores(
                question, answer.text, gave_up, language, wanted[question.id], only
            )
            if len(key[-1]) <= SHORT:
                said[key] = compared
        values = _score(question, answer, compared, answer.variant in retrieving)
        if passages and question.kind not in WORDLESS:
            values.update(_grounded(question, answer, passages, language))
            if cited and answer.variant in retrieving:
                values.update(_cited(question, answer, passages, language))
        scores.extend(
            Score(question.id, answer.variant, name, value)
            for name, value in values.items()
            if only is None or name in only
        )
    if embed is not None:
        scores.extend(_similarities(known, listed, embed))
    return scores


def without_judge(metric: str) -> str:
    """The metric, or what stands in for one that a judge gives: F1."""
    return metric if metric in UNJUDGED else "f1"


def answered(answer: Answer) -> bool:
    """Whether there is a reply to score; a refusal is one (an abstention)."""
    return answer.status in ("answered", "refused") and answer.finish != "error"


def abstained(answer: Answer, question: Question) -> bool:
    """Whether a reply refuses or says that it cannot say; one that holds a reference does not."""
    return answer.status == "refused" or refuses(answer.text, question.answers)


def is_passage_id(name: str) -> bool:
    """Whether a text is the id of a passage (``document:start-end``)."""
    return _PASSAGE.match(name) is not None


def hit(passage: str, question: Question) -> bool:
    """Whether a passage (``document:start-end``) overlaps a span of evidence."""
    place = _PASSAGE.match(passage)
    if place is None:
        return False
    start, end = int(place["start"]), int(place["end"])
    return any(
        span.document == place["document"] and start < span.end and span.start < end
        for span in question.evidence
    )


def hit_rank(passages: Sequence[str], question: Question) -> int | None:
    """The rank from 1 of the first passage that holds evidence, or None."""
    return next((at for at, name in enumerate(passages, 1) if hit(name, question)), None)


def _score(
    question: Question,
    answer: Answer,
    compared: Mapping[str, float | None] | None,
    retrieves: bool,
) -> dict[str, float | None]:
    values: dict[str, float | None] = {}
    there = answered(answer)
    if question.kind == "behaviour":
        # What a rubric asks for is a judge's to score.
        check = question.tags.get("check")
        if isinstance(check, Mapping) and not rubric_of(question.tags):
            passed = behaves(answer.text, check, question.text) if there else None
            values["behaviour"] = None if passed is None else float(passed)
    elif question.kind == "label":
        values.update(
            label_scores(question, answer) if there else dict.fromkeys(("accuracy", "labelled"))
        )
        return values
    else:
        values.update(compared if there and compared is not None else dict.fromkeys(COMPARED))
    values["answer_words"] = float(length(answer.text)) if there else None
    if retrieves and question.evidence:
        rank = hit_rank(answer.passages, question)
        known = bool(answer.passages) or there
        for k in HITS:
            values[f"hit@{k}"] = float(rank is not None and rank <= k) if known else None
        values["mrr"] = (1 / rank if rank else 0.0) if known else None
    return values


def _grounded(
    question: Question, answer: Answer, passages: Mapping[str, str], language: str
) -> dict[str, float | None]:
    """Share of the answer's words that stand in its passages; none for an abstention."""
    texts = [passages[name] for name in answer.passages if name in passages]
    if not texts or (answered(answer) and abstained(answer, question)):
        return {}
    given = words(answer.text, language)
    if not answered(answer) or not given:
        return {"groundedness": None if not answered(answer) else 0.0}
    there = {word for text in texts for word in words(text, language)}
    return {"groundedness": sum(word in there for word in given) / len(given)}


def _cited(
    question: Question, answer: Answer, passages: Mapping[str, str], language: str
) -> dict[str, float | None]:
    """Whether the cited passages hold the claims; nothing for an abstention."""
    if not answered(answer):
        return dict.fromkeys(("citation_recall", "citation_precision"))
    if abstained(answer, question):
        return {}
    return citations(answer.text, [passages.get(name, "") for name in answer.passages], language)


def _similarities(
    questions: Mapping[str, Question], answers: Sequence[Answer], embed: Embed
) -> list[Score]:
    """Cosine of answer and nearest reference, negative ones as 0; each text is embedded once."""
    import numpy as np

    asked = [answer for answer in answers if questions[answer.question].kind not in WORDLESS]
    wanted: dict[str, int] = {}
    for answer in asked:
        references = questions[answer.question].answers
        if not references or not answered(answer) or abstained(answer, questions[answer.question]):
            continue
        if answer.text.strip():
            for text in (answer.text, *references):
                wanted.setdefault(text, len(wanted))
    vectors = np.zeros((0, 1), dtype=np.float32)
    if wanted:
        vectors = np.asarray(embed(list(wanted)), dtype=np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    scores = []
    for answer in asked:
        references = questions[answer.question].answers
        value: float | None = None
        if answered(answer):
            if not references:
                value = float(abstained(answer, questions[answer.question]))
            elif answer.text not in wanted or abstained(answer, questions[answer.question]):
                value = 0.0
            else:
                near = vectors[[wanted[text] for text in references]] @ vectors[wanted[answer.text]]
                value = float(min(1.0, max(0.0, near.max())))
        scores.append(Score(answer.question, answer.variant, "similarity", value))
    return scores
