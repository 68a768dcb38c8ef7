"""What the answers themselves tell, apart from any metric: tokens, statuses, abstentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.long_texts import text_of
from workbench.evaluation.metrics import WORDLESS
from workbench.evaluation.value_columns import Columns
from workbench.refusals import refuses
from workbench.types import Answer, Question

TOKENS = ("input", "output", "input_error", "output_error", "covariance")


class Replies:
    """What the answers themselves tell, apart from any metric."""

    def __init__(self, questions: Sequence[Question], answers: Iterable[Answer]) -> None:
        self._question = {question.id: question for question in questions}
        listed = Columns.of(Answer, answers)
        self._answers = listed.where("question", self._question).by("variant")
        self._scorable: dict[str, Columns[Answer]] = {}

    def tokens(self, variant: str) -> dict[str, float | None]:
        """Mean tokens in and out per answered question, with the errors of these means.

        ``covariance`` is that of the two means. None where there are too few answers. Where a model
        wrote what was searched with, its tokens are told beside.
        """
        there = self._there(variant)
        result: dict[str, float | None] = dict.fromkeys(TOKENS)
        if not len(there):
            return result
        if there.varies("cost"):
            paid = np.array([cost for cost in there.column("cost") if cost is not None], float)
            result["paid"] = float(paid.mean())
            if len(paid) > 1:
                result["paid_error"] = float(paid.std(ddof=1) / len(paid) ** 0.5)
        counts = _pairs(there, "input_tokens", "output_tokens")
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
    def _written(there: Columns[Answer]) -> dict[str, float | None]:
        """The same of the model that wrote what was searched with; nothing where none did."""
        counts = _pairs(there, "search_input_tokens", "search_output_tokens")
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
        own = self._of(variant)
        result = Counter(own.column("status"))
        result["cut_off"] = sum(finish == "length" for finish in own.column("finish"))
        return dict(result)

    def failed_because(self, variant: str) -> str:
        """The commonest reason of answers that never came, in the server's or model's words."""
        reasons = Counter(error for error in self._of(variant).column("error") if error)
        return (reasons.most_common(1) or [("", 0)])[0][0] or ""

    def abstention(self, variant: str) -> dict[str, float | int | None]:
        """Precision and recall of abstaining on unanswerable questions, and the counts.

        ``invented`` are unanswerable questions that were answered all the same. Questions imported
        without references are not known to be unanswerable.
        """
        right = wrong = due = 0
        there = self._there(variant)
        rows = (there.column(name) for name in ("question", "status", "text"))
        for name, status, given, refusing in zip(*rows, _refusing(there), strict=True):
            question = self._question[name]
            if question.kind in WORDLESS:
                continue
            unanswerable = not question.answers and question.origin != "imported"
            due += unanswerable
            if status == "refused" or (refusing and refuses(text_of(given), question.answers)):
                right += unanswerable
                wrong += not unanswerable
        return {
            "precision": right / (right + wrong) if right + wrong else None,
            "recall": right / due if due else None,
            "abstained": right + wrong,
            "unanswerable": due,
            "invented": due - right,
        }

    def _of(self, variant: str) -> Columns[Answer]:
        return self._answers.get(variant) or Columns.of(Answer, ())

    def _there(self, variant: str) -> Columns[Answer]:
        """A variant's answers that can be scored, as :func:`answered` tells them."""
        if variant not in self._scorable:
            own = self._of(variant)
            rows = zip(own.column("status"), own.column("finish"), strict=True)
            places = [at for at, (status, finish) in enumerate(rows)
                      if status in ("answered", "refused") and finish != "error"]  # fmt: skip
            self._scorable[variant] = own if len(places) == len(own) else own.rows(places)
        return self._scorable[variant]


def _refusing(there: Columns[Answer]) -> Iterable[bool]:
    """Whether the words of each answer may refuse; what is known of them is not asked again."""
    return there.given["refuses"] if "refuses" in there.given else [True] * len(there)


def _pairs(there: Columns[Answer], *names: str) -> NDArray[np.float64]:
    """Two columns of counts beside each other: (answers, 2)."""
    return np.array([*zip(*map(there.column, names), strict=True)], float)
