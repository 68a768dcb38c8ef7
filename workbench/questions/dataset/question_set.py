"""The exam as it lies in a folder: train, dev, test and gold, and the lock on the exam."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.records import migrate
from workbench.records.layout import question_file
from workbench.types import Question

_LOCKED = ("test", "gold")
Upgrade = Callable[[dict[str, Any]], dict[str, Any]]


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
    if not question_file(folder, "test").is_file():
        raise WorkbenchError(
            f"{folder} holds no test.jsonl.",
            "Write the questions first: workbench questions write.",
        )
    return QuestionSet(
        *(
            tuple(read_questions(question_file(folder, name)))
            for name in ("train", "dev", "test", "gold")
        )
    )


def read_questions(path: Path, upgrade: Upgrade = migrate.question) -> list[Question]:
    """The questions of one JSONL file, in today's words; none where the file is missing."""
    if not path.is_file():
        return []
    way_out = "Mend the line, or write the questions again."

    def read(record: dict[str, Any]) -> Question:
        return Question.from_record(upgrade(record))

    return list(jsonl.load(path, read, "a question", way_out))


def save_questions(path: Path, questions: Iterable[Question]) -> None:
    """Write one question per line; equal questions give equal bytes."""
    jsonl.write(path, (question.to_record() for question in questions), sort_keys=True)


def lock(folder: Path) -> str:
    """The hash of what the exam asks and accepts; a run records it when its exam is written.

    It covers every field of the exam and gold questions and their order, nothing of how the file
    is laid out.
    """
    digest = hashlib.sha256()
    for path in (question_file(folder, role) for role in _LOCKED):
        for question in read_questions(path, dict):
            line = json.dumps(question.to_record(), ensure_ascii=False, sort_keys=True)
            digest.update(f"{path.name}\t{line}\n".encode())
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
