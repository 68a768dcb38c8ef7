"""A person's verdict on written questions: accept, reject or edit, in a file that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.questions.dataset.imports import import_questions
from workbench.questions.dataset.question_set import load, save_questions
from workbench.questions.dataset.tables import Fault
from workbench.types import Question

_REJECT = frozenset({"reject", "rejected", "no", "n", "0", "false", "drop"})


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review did: questions rejected, edited and left, and rows that fit no question."""

    rejected: int
    edited: int
    kept: int
    faults: tuple[Fault, ...]


def review(folder: Path, file: Path, columns: Mapping[str, str] | None = None) -> Reviewed:
    """Apply a reviewed file to the questions of a folder; ids stay, edits raise ``rev``.

    A row is rejected by its verdict; it is an edit where its text, answers or kind differ from the
    folder's; else the question stays as it is, as do questions that the file does not name.
    Raises WorkbenchError where no row of the file is a question.
    """
    imported = import_questions(file, columns)
    if not imported.questions:
        raise WorkbenchError(
            f"No row of {file} is a question: {imported.faults[0]}.",
            "Mend the rows, or name the columns with --column.",
        )
    given = {q.id: q for q in imported.questions}
    exam = load(folder)
    rejected = edited = kept = 0
    known: set[str] = set()
    for role in ("train", "dev", "test"):
        matches: list[Question] = []
        for question in getattr(exam, role):
            known.add(question.id)
            new = given.get(question.id)
            if new is not None and imported.verdicts.get(question.id, "") in _REJECT:
                rejected += 1
                continue
            changed = new is not None and (new.text, new.answers, new.kind) != (
                question.text,
                question.answers,
                question.kind,
            )
            if changed and new is not None:
                edited += 1
                question = replace(
                    question,
                    text=new.text,
                    answers=new.answers,
                    kind=new.kind,
                    rev=question.rev + 1,
                )
            else:
                kept += 1
            matches.append(question)
        if (folder / f"{role}.jsonl").is_file():
            save_questions(folder / f"{role}.jsonl", matches)
    strange = [
        Fault(str(file), 0, f"{q.id} ({q.text!r}) is no question of {folder}")
        for q in imported.questions
        if q.id not in known
    ]
    return Reviewed(rejected, edited, kept, (*imported.faults, *strange))
