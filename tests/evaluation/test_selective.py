"""Risk against coverage, and the threshold that the dev questions give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.evaluation.selective import MOST_LOST, choose_threshold, risk_coverage
from workbench.types import Answer, Question, Score


def case(
    rows: list[tuple[float | None, float]], unanswerable: int = 0
) -> tuple[list[Question], list[Answer], list[Score]]:
    """Questions, answers and F1 from (confidence, score) pairs; the last few have no answer."""
    count = len(rows) - unanswerable
    questions = [
        Question(f"q{at}", "Who?", ("Bo",) if at < count else ()) for at in range(len(rows))
    ]
    answers = [
        Answer(f"q{at}", "rag", f"reply {at}", 5, 2, 0.1, confidence=sure)
        for at, (sure, _) in enumerate(rows)
    ]
    return questions, answers, [Score(f"q{at}", "rag", "f1", f1) for at, (_, f1) in enumerate(rows)]


def curve(rows: list[tuple[float | None, float]], **more: int) -> dict | None:
    return risk_coverage(*case(rows, **more), "rag", "f1")


def test_the_curve_goes_from_the_surest_answer_to_all() -> None:
    result = curve([(0.5, 0.0), (0.9, 1.0), (0.7, 1.0), (0.3, 0.0)])
    assert result is not None
    assert [point[0] for point in result["points"]] == [0.25, 0.5, 0.75, 1.0]
    assert [point[1] for point in result["points"]] == pytest.approx([1, 1, 2 / 3, 1 / 2])
    # Selective risks 0, 0, 1/3, 1/2.
    assert result["area"] == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    assert result["random"] == pytest.approx(1 / 2)


def test_answers_of_one_confidence_come_together() -> None:
    first = curve([(0.5, 0.0), (0.5, 1.0), (0.1, 1.0)])
    second = curve([(0.5, 1.0), (0.5, 0.0), (0.1, 1.0)])
    assert first is not None and second is not None
    assert first["points"] == second["points"]
    assert first["points"][0][:2] == pytest.approx([2 / 3, 1 / 2])
    assert first["area"] == pytest.approx((1 / 2 + 1 / 2 + 1 / 3) / 3)


def test_who_refuses_does_not_reach_full_coverage() -> None:
    questions, answers, scores = case([(0.9, 1.0), (0.8, 0.0)])
    answers[1] = Answer("q1", "rag", "unanswerable", 5, 2, 0.1, confidence=0.8)
    result = risk_coverage(questions, answers, scores, "rag", "f1")
    assert result is not None and result["answered"] == 1
    assert result["points"] == [[0.5, 1.0, 0.9]]


def test_there_is_no_curve_where_the_model_tells_no_probabilities() -> None:
    assert curve([(None, 1.0), (None, 0.0)]) is None
    assert curve([(None, 1.0), (0.5, 0.0)]) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=60))
def test_the_area_is_that_of_a_slow_reckoning(rows: list[tuple[float, float]]) -> None:
    result = curve(list(rows))
    assert result is not None
    slow = np.mean([1 - np.mean([f for s, f in rows if s >= sure]) for sure, _ in rows])
    assert result["area"] == pytest.approx(slow)
    assert len(result["points"]) <= 40
    assert result["points"][-1][1] == pytest.approx(np.mean([f for _, f in rows]))


def chosen(rows: list[tuple[float | None, float]], unanswerable: int = 0) -> dict:
    questions, answers, scores = case(rows, unanswerable)
    return choose_threshold(questions, answers, {s.question: s.value or 0.0 for s in scores})


def test_the_highest_threshold_that_loses_five_points_at_most_is_taken() -> None:
    # 20 answerable ones: one right answer is exactly five points.
    rows = [(0.1, 0.0), (0.2, 1.0), (0.3, 0.0), (0.4, 1.0), *[(0.9, 1.0)] * 16]
    result = chosen([*rows, (0.35, 0.0), (0.95, 0.0)], unanswerable=2)
    assert result["below"] == 0.4
    assert result["lost"] == pytest.approx(0.05)
    assert (result["refused"], result["refused_unanswerable"]) == (4, 1)
    assert (result["answerable"], result["unanswerable"]) == (20, 2)


def test_without_answerable_questions_or_confidence_none_is_chosen() -> None:
    assert chosen([(0.5, 0.0)], unanswerable=1)["below"] is None
    assert chosen([(None, 1.0)])["below"] is None
    assert chosen([])["below"] is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30))
def test_no_threshold_loses_more_and_the_next_one_would(rows: list[tuple[float, float]]) -> None:
    below = chosen(list(rows))["below"]

    def lost(threshold: float) -> float:
        return sum(f for s, f in rows if s < threshold) / len(rows)

    most = max(MOST_LOST, 1 / len(rows))
    assert lost(below) <= most + 1e-9
    higher = [sure for sure, _ in rows if sure > below]
    assert not higher or lost(min(higher)) > most


def test_of_fewer_than_20_questions_one_may_be_lost() -> None:
    rows = [(0.1, 0.0), (0.2, 1.0), (0.3, 1.0), *[(0.9, 1.0)] * 7]
    assert chosen(rows)["below"] == 0.3
    assert chosen(rows)["lost"] == pytest.approx(0.1)
