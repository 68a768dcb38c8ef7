"""Every variant answers every question, in batches sorted by length, streamed to disk."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.types import Answer, Completion, Context, Progress, Prompt, Question, silent
from workbench.variants.choosing import label_confidence
from workbench.variants.providers import WholeText
from workbench.variants.system import System

#: Share of failures in passing with which a run goes on: they count as wrong until asked again.
MOST_LOST = 0.1
COMPARED = 16  # prompts whose common beginning is looked for


def answer_questions(
    system: System, questions: Sequence[Question], path: Path, progress: Progress = silent
) -> None:
    """Let ``system`` answer what ``path`` does not hold yet; each batch is one durable write.

    A killed process loses only the current batch; the next call continues after the last
    recorded one. What failed in passing (an outage, a lost connection) is asked again. Raises
    WorkbenchError where that is more than ``MOST_LOST`` of the questions: a run that goes on would
    weigh the server's bad hour.
    """
    records = AnswerRecords(path, questions)
    progress(records.count, len(questions), system.name)
    for answers in answered(system, records.left):
        records.add(answers)
        progress(records.count, len(questions), system.name)
    records.require_answers(system.model.reference.endpoint or system.name)


def answered(system: System, questions: Sequence[Question]) -> Iterator[list[Answer]]:
    """The system's answers to questions, batch by batch."""
    if not questions:
        return
    prepared = system.prepare(questions)
    for batch in _batches(system, [prompt for prompt, _ in prepared]):
        batch = _with_label_confidence(system, batch, prepared)
        yield _answers(system, batch, questions, prepared)


class AnswerRecords:
    """One variant's answers on disk, and what is still to be asked: also what failed in passing."""

    def __init__(self, path: Path, questions: Sequence[Question]) -> None:
        records = list(jsonl.stream(path))
        kept = [record for record in records if not record.get("passing")]
        if len(kept) < len(records):
            jsonl.write(path, kept)
        done = {record["question"] for record in kept}
        self.left = [question for question in questions if question.id not in done]
        self.count = len(questions) - len(self.left)
        self._path, self._asked = path, len(questions)
        self._lost: Counter[str] = Counter()

    def add(self, answers: Sequence[Answer]) -> None:
        """Record answers: one durable write."""
        jsonl.append(self._path, (answer.to_record() for answer in answers))
        self._lost.update(answer.error or "" for answer in answers if answer.passing)
        self.count += len(answers)

    def require_answers(self, whom: str) -> None:
        """Raise WorkbenchError where too many of what was added are failures in passing."""
        lost = self._lost
        if lost.total() <= MOST_LOST * self._asked:
            return
        # Those that were not even asked say nothing of why.
        told = [reason for reason, _ in lost.most_common() if "not asked again" not in reason]
        reason = (told or [*lost])[0]
        raise WorkbenchError(
            f"{lost.total()} of {self._asked} questions got no answer from {whom}: {reason}.",
            "Run again when the server is well: what was answered is kept, and only these are "
            "asked again.",
        )


def _answers(
    system: System,
    batch: Sequence[tuple[int, Completion]],
    questions: Sequence[Question],
    prepared: Sequence[tuple[Prompt, Context]],
) -> list[Answer]:
    """The records of a batch; the time that a signal takes is the answers'."""
    asked = [questions[index] for index, _ in batch]
    given = [prepared[index] for index, _ in batch]
    started = time.perf_counter()
    signals = system.signals(asked, given)
    share = (time.perf_counter() - started) / max(1, len(batch))
    return [
        system.answer(question, context, replace(item, seconds=item.seconds + share), signal)
        if signal is not None
        else system.answer(question, context, item)
        for question, (_, context), (_, item), signal in zip(
            asked, given, batch, signals, strict=True
        )
    ]


def _with_label_confidence(
    system: System,
    batch: list[tuple[int, Completion]],
    prepared: Sequence[tuple[Prompt, Context]],
) -> list[tuple[int, Completion]]:
    """Where labels are asked for, a completion's confidence is that in its label."""
    labels = system.book.labels if system.book is not None else ()
    if not labels or system.model.reference.task == "classify":
        return batch
    sure = label_confidence(
        system.model, [prepared[i][0] for i, _ in batch], [item for _, item in batch], labels
    )
    return [
        (i, replace(item, confidence=value)) for (i, item), value in zip(batch, sure, strict=True)
    ]


def lost_in_passing(path: Path) -> bool:
    """Whether a record of answers holds failures that asking again may mend."""
    return any(record.get("passing") for record in jsonl.stream(path))


def share_seen(system: System, questions: Sequence[Question]) -> float | None:
    """The share of the corpus in the prompt of a long-context variant; None for the others."""
    if not questions or not isinstance(system.provider, WholeText):
        return None
    return system.prepare(questions[:1])[0][1].share


def shared_prompt(system: System, questions: Sequence[Question]) -> float:
    """The share of a prompt, in tokens, that all of a variant's prompts begin with.

    The instruction, few-shot examples and whole texts are the same each time, so that an endpoint
    can read them from its cache; a question and its passages are not. 0 where nothing is known:
    from a single question it could not be told what belongs to it alone.
    """
    texts = [
        prompt.text
        for prompt, _ in system.prepare(questions[:: max(1, len(questions) // COMPARED)])
    ]
    if len(set(texts)) < 2:
        return 0.0
    count = system.model.count_tokens
    # The least and the greatest in order differ first where any two do.
    first, last = min(texts), max(texts)
    same = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    )
    return count(first[:same]) / (sum(map(count, texts)) / len(texts))


def _batches(system: System, prompts: Sequence[Prompt]) -> Iterator[list[tuple[int, Completion]]]:
    """Batches of (index, completion); models with only ``complete`` get slices."""
    in_batches = getattr(system.model, "complete_batches", None)
    if in_batches is not None:
        yield from in_batches(prompts, system.decoding)
        return
    size = 16
    for start in range(0, len(prompts), size):
        completions = system.model.complete(prompts[start : start + size], system.decoding)
        yield list(enumerate(completions, start))


def read_answers(path: Path) -> list[Answer]:
    """The recorded answers of one variant."""
    return [
        Answer(**{**record, "passages": tuple(record["passages"]),
                  "texts": tuple(record.get("texts", ()))})
        for record in jsonl.stream(path)
    ]  # fmt: skip
