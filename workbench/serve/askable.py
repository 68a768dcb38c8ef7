"""Which questions the playground may ask: dev questions and a person's own, never the exam's."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.records.playground import LONGEST_QUESTION, Try
from workbench.stages.answers import asked_questions
from workbench.text import runs as folded
from workbench.types import Question


def dev_questions(run: Path) -> list[Question]:
    """The questions that may be asked here: of the role dev, and none that the exam holds too."""
    exam = asked_questions(run)
    ids, texts = {item.id for item in exam}, _texts(exam)
    return [
        item for item in asked_questions(run, ("dev",))
        if item.role == "dev" and item.id not in ids and _folded(item.text) not in texts
    ]  # fmt: skip


def own_question(run: Path, text: str) -> Question:
    """A question that a person typed; raises WorkbenchError for one of the exam's."""
    text = text.strip()
    if not text or len(text) > LONGEST_QUESTION:
        raise WorkbenchError(
            "That is no question to ask.", f"Write one of {LONGEST_QUESTION:,} characters at most."
        )
    if _folded(text) in _texts(asked_questions(run)):
        raise WorkbenchError(
            "That question is one of the exam's, which stays locked.",
            "Choose the prompt on dev questions; a run asks the exam.",
        )
    return Question(id=own_id(text), text=text, answers=(), role="dev", origin="own")


def own_id(text: str) -> str:
    """The id under which the answers to a typed question are kept."""
    return f"own-{sha256(text.strip().encode()).hexdigest()[:12]}"


def _folded(text: str) -> tuple[str, ...]:
    """A question without what typing it anew may change: case, marks, space."""
    return tuple(folded(text))


def _texts(exam: Sequence[Question]) -> set[tuple[str, ...]]:
    return {_folded(item.text) for item in exam}


def questions_of(run: Path, tried: Try) -> list[Question]:
    """What a try asks. Raises WorkbenchError for any question that is no dev question."""
    if tried.own:
        return [own_question(run, tried.own)]
    known = {item.id: item for item in dev_questions(run)}
    other = [name for name in tried.questions if name not in known]
    if other or not tried.questions:
        raise WorkbenchError(
            f"{other[0] if other else 'Nothing'} is no dev question of this run: the exam stays "
            "locked.",
            "Choose among the dev questions; a run asks the exam.",
        )
    return [known[name] for name in tried.questions]
