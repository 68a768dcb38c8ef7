"""The exam as it lies in a folder: train, dev, test and gold, and the lock on the exam."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.types import Question

_LOCKED = ("test.jsonl", "gold.jsonl")


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """All questions of a run. ``gold`` is by hand, has role test, and is reported apart."""

    train: tuple[Question, ...] = ()
    dev: tuple[Question, ...] = ()
    test: tuple[Question, ...] = ()
    gold: tuple[Question, ...] = ()


def question_id(text: str, answers: Sequence[str], place: str) -> str:
    """A content hash: twelve hex digits of the question, its answers and where it stands."""
    content = json.dumps([text, list(answers), place], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def load(folder: Path) -> QuestionSet:
    """Read train.jsonl, dev.jsonl, test.jsonl and gold.jsonl; a missing file is empty.

    Raises WorkbenchError where there is no test.jsonl, or a line is not a question.
    """
    if not (folder / "test.jsonl").is_file():
        raise WorkbenchError(
            f"{folder} holds no test.jsonl.",
            "Write the questions first: workbench questions write.",
        )
    return QuestionSet(
        *(
            tuple(read_questions(folder / f"{name}.jsonl"))
            for name in ("train", "dev", "test", "gold")
        )
    )


def read_questions(path: Path) -> list[Question]:
    """The questions of one JSONL file; none where the file is missing."""
    if not path.is_file():
        return []
    way_out = "Mend the line, or write the questions again."
    return list(jsonl.load(path, Question.from_record, "a question", way_out))


def save_questions(path: Path, questions: Iterable[Question]) -> None:
    """Write one question per line; equal questions give equal bytes."""
    jsonl.write(path, (question.to_record() for question in questions), sort_keys=True)


def lock(folder: Path) -> str:
    """The hash of what the exam asks and accepts; a run records it when its exam is written.

    It covers every field of the exam and gold questions and their order, nothing of how the file
    is laid out.
    """
    digest = hashlib.sha256()
    for name in _LOCKED:
        for question in read_questions(folder / name):
            line = json.dumps(question.to_record(), ensure_ascii=False, sort_keys=True)
            digest.update(f"{name}\t{line}\n".encode())
    return digest.hexdigest()


def verify_lock(folder: Path, expected: str) -> None:
    """Raise WorkbenchError where the exam is not the one that was locked."""
    matches = lock(folder)
    if matches != expected:
        raise WorkbenchError(
            f"The exam in {folder} has changed since it was locked "
            f"({expected[:12]} then, {matches[:12]} now).",
            "Answers to two exams cannot be compared: restore the file, or start a new run.",
        )
