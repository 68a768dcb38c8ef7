"""The floor: one answer to every question. Values worked out by hand."""

from __future__ import annotations

from workbench.evaluation.constant import constant_answer
from workbench.types import Question

TRAINED = [
    Question("a", "Who?", ("Ada Pell",), role="train"),
    Question("b", "Who else?", ("Ada Pell",), role="train"),
    Question("c", "When?", ("1820",), role="train"),
    Question("d", "Who knew?", (), role="train"),
]


def test_the_commonest_answer_scores_where_the_exam_asks_for_it() -> None:
    exam = [
        Question("1", "?", ("Ada Pell",), stratum="reworded"),
        Question("2", "?", ("four",), stratum="reworded"),
        Question("3", "?", ("Mistress Pell", "Pell"), stratum="unseen"),  # F1 of Pell: 2/3
        Question("4", "?", (), stratum="unseen"),
    ]
    found = constant_answer(TRAINED, exam, {"reworded": 0.25, "unseen": 0.75})
    assert found is not None and found[0] == "Ada Pell"
    assert abs(found[1] - (0.25 * 0.5 + 0.75 * (2 / 3) / 2)) < 1e-9
    # A stratum that the exam lacks weighs nothing.
    alone = constant_answer(TRAINED, exam[:2], {"reworded": 0.25, "unseen": 0.75})
    assert alone is not None and alone[1] == 0.5


def test_without_training_questions_or_exam_there_is_none() -> None:
    assert constant_answer([], TRAINED, {}) is None
    assert constant_answer(TRAINED, [], {}) is None
    assert constant_answer(TRAINED[3:], TRAINED, {}) is None
