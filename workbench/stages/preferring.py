"""What tuning by preferences learns from, of a run's questions, judge and labels; no exam in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

from workbench.engine.inputs import Inputs, aside
from workbench.experiment.answering import DecodingSpec
from workbench.experiment.judge import JudgeSpec
from workbench.experiment.tuning import TuningSpec
from workbench.refusals import refuses
from workbench.types import Answer, Message, Prompt, Question

if TYPE_CHECKING:
    from workbench.tuning import Example
    from workbench.tuning.preferring import Asked, Preferring
    from workbench.tuning.preferring.pairs import Pair, Word

CALLS = "judge_calls.jsonl"
#: What a judge is told. The reference is shown: it judges the answers, not the question.
BETTER = (
    "Two answers to one question are to be compared. The better one is right by the reference, "
    "says nothing that the reference does not bear out, and wastes no words. Where the reference "
    "says that there is no answer, the better one says so too. Reply with A, B or SAME alone."
)
_WORD = re.compile(r"\b(A|B|SAME)\b")


class PreferringInputs(Inputs):
    """What a tuning by preferences reads beside its adapter's inputs.

    ``labels`` is the hash of people's file, ``gold`` the texts of hand-written exam questions,
    which no label may be on.
    """

    metric: str
    decoding: DecodingSpec
    judge: JudgeSpec | None = None
    labels: str | None = None
    gold: tuple[str, ...] = ()
    path: Path | None = aside(default=None)
    price_book: str | None = aside(default=None)


class Better(BaseModel):
    """A judge's word on two answers."""

    better: Literal["A", "B", "SAME"]


def preferring(
    inputs: PreferringInputs,
    spec: TuningSpec,
    train: tuple[Sequence[Question], Sequence[Example]],
    dev: tuple[Sequence[Question], Sequence[Example]],
    exam: Sequence[Question],
    near: float,
    language: str,
    render: Callable[[str], Prompt],
    seed: int,
    out: Path,
) -> Preferring:
    """The job of a tuning by preferences: questions with their examples, and who prefers.

    ``exam`` are the questions that nothing may be learned of, ``render`` the prompt of a question
    of one's own. Raises WorkbenchError for labels on the exam, and for a judge without a price.
    """
    from workbench.tuning.preferring import Asked, Preferring
    from workbench.tuning.preferring.labelled import labelled

    known: dict[str, Question] = {}
    trained, judged = _asked(*train, known), _asked(*dev, known)
    labels: list[Pair] = []
    labels_dev: list[Pair] = []
    own: dict[str, str] = {}
    if inputs.path is not None:
        gold = [Question(f"gold:{text}", text, ()) for text in inputs.gold]
        labels, labels_dev, own = labelled(
            inputs.path, {item.question: item.text for item in trained},
            _is_examined([*exam, *gold], near), {item.question: item.text for item in judged},
        )  # fmt: skip
    references = {name: question.answers for name, question in known.items()}
    assert spec.preferences is not None, "the caller asks for preferences"
    by_judge = inputs.judge if spec.preferences.judged else None
    return Preferring(
        spec, trained, judged, _value(known, inputs.metric, language),
        inputs.decoding.value(seed),
        _word(by_judge, inputs.price_book, references, out / CALLS) if by_judge else None,
        labels, labels_dev, [Asked(name, text, render(text), "") for name, text in own.items()],
    )  # fmt: skip


def _asked(
    questions: Sequence[Question], examples: Sequence[Example], known: dict[str, Question]
) -> list[Asked]:
    """Questions as they are asked; ``known`` gets each as its replies are scored.

    Behaviours are left out, whose replies no reference scores. Where an example's reply is to
    abstain, as RAFT's is without the evidence, abstaining is right.
    """
    from workbench.tuning.preferring import Asked

    asked = []
    for question, example in zip(questions, examples, strict=True):
        if question.kind == "behaviour":
            continue
        bare = bool(question.answers) and refuses(example.completion, question.answers)
        known[question.id] = replace(question, answers=()) if bare else question
        asked.append(Asked(question.id, question.text, example.prompt, example.completion))
    return asked


def _value(
    known: dict[str, Question], metric: str, language: str
) -> Callable[[str, str], float | None]:
    from workbench.evaluation.metrics import score_answers

    def value(name: str, text: str) -> float | None:
        answer = Answer(name, "drawn", text, 0, 0, 0.0)
        scores = score_answers([known[name]], [answer], language)
        return next((score.value for score in scores if score.metric == metric), None)

    return value


def _is_examined(exam: Sequence[Question], near: float) -> Callable[[str, str], bool]:
    """Whether a question (id, text) is the exam's, or asks for the same in near words."""
    from workbench.questions.quality.likeness import near_question

    ids = {question.id for question in exam}

    def examined(name: str, text: str) -> bool:
        asked = Question(name, text, ())
        return name in ids or any(near_question(asked, other, near) >= near for other in exam)

    return examined


def _word(
    spec: JudgeSpec, book: str | None, references: dict[str, tuple[str, ...]], path: Path
) -> Callable[[Asked, str, str], Word]:
    """A judge's word on two answers; every call is kept, and none goes beyond its budget."""
    from workbench.costing import price_book
    from workbench.evaluation.judge_calls import Calls
    from workbench.models import load
    from workbench.models.budget import Budget

    prices = price_book(book).per_million(spec.model)
    budget = Budget(spec.max_tokens_spent, spec.max_money_spent, prices)
    calls = Calls(path, load(spec.reference()), budget, spec.reply_tokens)

    def prefers(asked: Asked, first: str, second: str) -> Word:
        wanted = references.get(asked.question) or (asked.reply,)
        shown = (
            f"Question: {asked.text}\nReference: {' / '.join(wanted)}\n"
            f"Answer A: {first}\nAnswer B: {second}"
        )
        reply = calls.ask(Prompt((Message("system", BETTER), Message("user", shown))), Better)
        found = _WORD.search(reply.text.upper()) if reply.error is None else None
        words: dict[str, Word] = {"A": "first", "B": "second"}
        return words.get(found[1], "same") if found else "same"

    return prefers
