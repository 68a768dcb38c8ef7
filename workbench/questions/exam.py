"""The exam as it lies in a folder: drill, dev, exam and gold, and the lock on the exam."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.types import Question

_LOCKED = ("exam.jsonl", "gold.jsonl")


@dataclass(frozen=True, slots=True)
class Exam:
    """All questions of a run. ``gold`` is by hand, has role exam, and is reported apart."""

    drill: tuple[Question, ...] = ()
    dev: tuple[Question, ...] = ()
    exam: tuple[Question, ...] = ()
    gold: tuple[Question, ...] = ()


def question_id(text: str, answers: Sequence[str], place: str) -> str:
    """A content hash: twelve hex digits of the question, its answers and where it stands."""
    content = json.dumps([text, list(answers), place], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def load(folder: Path) -> Exam:
    """Read drill.jsonl, dev.jsonl, exam.jsonl and gold.jsonl; a missing file is empty.

    Raises WorkbenchError where there is no exam.jsonl, or a line is not a question.
    """
    if not (folder / "exam.jsonl").is_file():
        raise WorkbenchError(
            f"{folder} holds no exam.jsonl.",
            "Write the questions first: workbench questions write.",
        )
    return Exam(
        *(
            tuple(read_questions(folder / f"{name}.jsonl"))
            for name in ("drill", "dev", "exam", "gold")
        )
    )


def read_questions(path: Path) -> list[Question]:
    """The questions of one JSONL file; none where the file is missing."""
    if not path.is_file():
        return []
    result = []
    with path.open(encoding="utf-8", newline="\n") as source:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            try:
                result.append(Question.from_record(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise WorkbenchError(
                    f"{path}, line {number}, is not a question ({error}).",
                    "Mend the line, or write the questions again.",
                ) from error
    return result


def save_questions(path: Path, questions: Iterable[Question]) -> None:
    """Write one question per line, under a temporary name until all is written."""
    save_lines(path, (question.to_record() for question in questions))


def save_lines(path: Path, records: Iterable[dict[str, Any]]) -> None:
    """Write JSON lines with sorted keys, so that equal content gives equal bytes."""
    text = "".join(json.dumps(r, ensure_ascii=False, sort_keys=True) + "\n" for r in records)
    save_text(path, text)


def save_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees the whole of it or nothing."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)


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
