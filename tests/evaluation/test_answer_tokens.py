"""Tokens of answers: means, and how sure they are."""

from __future__ import annotations

import pytest

from workbench.evaluation.answer_counts import Replies
from workbench.types import Answer, Question


def replies(*tokens: tuple[int, int]) -> Replies:
    questions = [Question(f"q{place}", "Who?", ("Bo",)) for place in range(len(tokens))]
    given = [
        Answer(question.id, "rag", "Bo", read, wrote, 0.1)
        for question, (read, wrote) in zip(questions, tokens, strict=True)
    ]
    return Replies(questions, given)


def test_the_means_come_with_their_errors_and_covariance() -> None:
    """In 10, 20, 30: variance 100. Out 1, 3, 2: variance 1, covariance 10 x 1 / 2 = 5. Over 3."""
    result = replies((10, 1), (20, 3), (30, 2)).tokens("rag")
    assert (result["input"], result["output"]) == (20, 2)
    assert result["input_error"] == pytest.approx((100 / 3) ** 0.5)
    assert result["output_error"] == pytest.approx((1 / 3) ** 0.5)
    assert result["covariance"] == pytest.approx(5 / 3)


def test_one_answer_has_no_spread_and_none_has_no_mean() -> None:
    one = replies((10, 1)).tokens("rag")
    assert (one["input"], one["input_error"], one["covariance"]) == (10, None, None)
    assert set(replies().tokens("rag").values()) == {None}
