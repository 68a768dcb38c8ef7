"""What the answers themselves tell, apart from any metric: tokens, statuses, abstentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from workbench.evaluation.metrics import abstained, answered
from workbench.types import Answer, Question


class Replies:
    """What the answers themselves tell, apart from any metric."""

    def __init__(self, questions: Sequence[Question], answers: Sequence[Answer]) -> None:
        self._question = {question.id: question for question in questions}
        self._answers: dict[str, list[Answer]] = {}
        for answer in answers:
            if answer.question in self._question:
                self._answers.setdefault(answer.variant, []).append(answer)

    def tokens(self, variant: str) -> dict[str, float | None]:
        """Mean tokens in and out per answered question."""
        there = [answer for answer in self._answers.get(variant, ()) if answered(answer)]
        if not there:
            return {"input": None, "output": None}
        return {
            "input": sum(answer.input_tokens for answer in there) / len(there),
            "output": sum(answer.output_tokens for answer in there) / len(there),
        }

    def counts(self, variant: str) -> dict[str, int]:
        """Answers by status, and those cut off at the token limit."""
        listed = self._answers.get(variant, [])
        result = Counter(answer.status for answer in listed)
        result["cut_off"] = sum(answer.finish == "length" for answer in listed)
        return dict(result)

    def abstention(self, variant: str) -> dict[str, float | int | None]:
        """Precision and recall of abstaining on unanswerable questions, and the counts.

        ``invented`` are unanswerable questions that were answered all the same. Questions imported
        without references are not known to be unanswerable.
        """
        right = wrong = due = 0
        for answer in self._answers.get(variant, []):
            question = self._question[answer.question]
            if not answered(answer) or question.kind == "behaviour":
                continue
            unanswerable = not question.answers and question.origin != "imported"
            due += unanswerable
            if abstained(answer, question):
                right += unanswerable
                wrong += not unanswerable
        return {
            "precision": right / (right + wrong) if right + wrong else None,
            "recall": right / due if due else None,
            "abstained": right + wrong,
            "unanswerable": due,
            "invented": due - right,
        }
