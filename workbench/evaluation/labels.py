"""Which of a closed set of labels an answer names."""

from __future__ import annotations

from workbench.text import label_in
from workbench.types import Answer, Question


def closed_set(question: Question) -> tuple[str, ...]:
    """The labels that a message may have; at least its own."""
    return tuple(question.tags.get("labels") or question.answers)


def label_scores(question: Question, answer: Answer) -> dict[str, float | None]:
    """Whether the right label was named (an answer without any is wrong), and whether one was."""
    label = label_in(answer.text, closed_set(question))
    return {"accuracy": float(label in question.answers), "labelled": float(label is not None)}
