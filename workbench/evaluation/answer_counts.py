"""What the answers themselves tell, apart from any metric: tokens, statuses, abstentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from workbench.evaluation.metrics import WORDLESS, abstained, answered
from workbench.types import Answer, Question

TOKENS = ("input", "output", "input_error", "output_error", "covariance")


class Replies:
    """What the answers themselves tell, apart from any metric."""

    def __init__(self, questions: Sequence[Question], answers: Sequence[Answer]) -> None:
        self._question = {question.id: question for question in questions}
        self._answers: dict[str, list[Answer]] = {}
        for answer in answers:
            if answer.question in self._question:
                self._answers.setdefault(answer.variant, []).append(answer)

    def tokens(self, variant: str) -> dict[str, float | None]:
        """Mean tokens in and out per answered question, with the errors of these means.

        ``covariance`` is that of the two means. None where there are too few answers. Where a model
        wrote what was searched with, its tokens are told beside.
        """
        there = [answer for answer in self._answers.get(variant, ()) if answered(answer)]
        result: dict[str, float | None] = dict.fromkeys(TOKENS)
        if not there:
            return result
        paid = np.array([item.cost for item in there if item.cost is not None], float)
        if len(paid):
            result["paid"] = float(paid.mean())
            if len(paid) > 1:
                result["paid_error"] = float(paid.std(ddof=1) / len(paid) ** 0.5)
        counts = np.array([(item.input_tokens, item.output_tokens) for item in there], float)
        if not counts.any():
            return result  # nobody counted: a system of another make that does not tell
        result["input"], result["output"] = map(float, counts.mean(axis=0))
        if len(there) > 1:
            spread = np.cov(counts, rowvar=False) / len(there)
            result["input_error"] = float(spread[0, 0] ** 0.5)
            result["output_error"] = float(spread[1, 1] ** 0.5)
            result["covariance"] = float(spread[0, 1])
        return result | self._written(there)

    @staticmethod
    def _written(there: Sequence[Answer]) -> dict[str, float | None]:
        """The same of the model that wrote what was searched with; nothing where none did."""
        counts = np.array([(a.search_input_tokens, a.search_output_tokens) for a in there], float)
        if not counts.any():
            return {}
        read, wrote = map(float, counts.mean(axis=0))
        result: dict[str, float | None] = {"written_input": read, "written_output": wrote}
        if len(there) > 1:
            errors = counts.std(axis=0, ddof=1) / len(there) ** 0.5
            result |= {"written_input_error": float(errors[0]),
                       "written_output_error": float(errors[1])}  # fmt: skip
        return result

    def counts(self, variant: str) -> dict[str, int]:
        """Answers by status, and those cut off at the token limit."""
        listed = self._answers.get(variant, [])
        result = Counter(answer.status for answer in listed)
        result["cut_off"] = sum(answer.finish == "length" for answer in listed)
        return dict(result)

    def failed_because(self, variant: str) -> str:
        """The commonest reason of answers that never came, in the server's or model's words."""
        reasons = Counter(a.error for a in self._answers.get(variant, ()) if a.error)
        return (reasons.most_common(1) or [("", 0)])[0][0] or ""

    def abstention(self, variant: str) -> dict[str, float | int | None]:
        """Precision and recall of abstaining on unanswerable questions, and the counts.

        ``invented`` are unanswerable questions that were answered all the same. Questions imported
        without references are not known to be unanswerable.
        """
        right = wrong = due = 0
        for answer in self._answers.get(variant, []):
            question = self._question[answer.question]
            if not answered(answer) or question.kind in WORDLESS:
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
