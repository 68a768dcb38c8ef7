"""Quality traded against cost and latency: the winner, its words, and where it turns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.costing import Cost
from workbench.decision import decide
from workbench.decision.flips import PointModel, flip_points
from workbench.evaluation.summary import summarise
from workbench.evaluation.table import tables
from workbench.experiment.decision import DecisionSpec, WorkloadSpec
from workbench.experiment.variant import Variant
from workbench.report.links import look_up
from workbench.types import Latency, Question, Score
from workbench.wording import text

QUERIES = 10_000
NAMES = ("rag", "fine_tuned")


def priced(per_question: float, fixed: float = 0.0) -> Cost:
    result = Cost("USD", fixed, fixed, per_question, 0.0)
    return Cost("USD", fixed, fixed, per_question, 0.0, per_1000=1000 * per_question,
                per_month=result.monthly(QUERIES, 1.0))  # fmt: skip


# RAG is 20 points better, dearer by $4 for 1,000 questions, and slower by 2 seconds.
COSTS = {"rag": priced(5e-3), "fine_tuned": priced(1e-3)}
SECONDS = {"rag": 2.5, "fine_tuned": 0.5}


def verdict(costs: dict[str, Cost] | None = None, timed: bool = True, **decision: Any) -> Any:
    rng = np.random.default_rng(1)
    shared = rng.normal(0, 0.1, 240)
    questions = [Question(f"q{k}", "?", ("x",), stratum="unseen", cluster=f"s{k // 8}")
                 for k in range(240)]  # fmt: skip
    scores = [
        Score(f"q{k}", name, "f1", float(np.clip(mean + shared[k] + rng.normal(0, 0.03), 0, 1)))
        for name, mean in (("rag", 0.7), ("fine_tuned", 0.5))
        for k in range(240)
    ]
    times = [Latency(f"q{k}", name, 0.0, 0.1, 0.01, total, 3)
             for k in range(20) for name, total in SECONDS.items()]  # fmt: skip
    work = WorkloadSpec(strata={"unseen": 1.0}, queries_per_month=QUERIES)
    results = summarise(questions, [], scores, times if timed else [],
                        variants=list(map(Variant.named, NAMES)), mix=work.strata)  # fmt: skip
    traits = {name: Variant(name) for name in NAMES}
    for row in results["variants"]:
        row["cost"] = None
    result = decide(results, tables(questions, scores, NAMES)["f1"], traits,
                  COSTS if costs is None else costs, DecisionSpec(**decision), work)  # fmt: skip
    return {**results, "verdict": result}


def test_without_weights_quality_decides_and_nothing_is_said_of_utility() -> None:
    result = verdict()["verdict"]
    assert result["variant"] == "rag" and result["utility"] is None
    zero = verdict(points_per_money=0.0, points_per_second=0.0)["verdict"]
    assert {**zero, "statements": 0} == {**result, "statements": 0}


@pytest.mark.parametrize(
    ("weights", "winner"),
    [
        ({"points_per_money": 3.0}, "rag"),
        ({"points_per_money": 7.0}, "fine_tuned"),
        ({"points_per_second": 7.0}, "rag"),
        ({"points_per_second": 14.0}, "fine_tuned"),
        ({"points_per_money": 3.0, "points_per_second": 7.0}, "fine_tuned"),
    ],
)
def test_what_cost_and_latency_are_worth_decides(weights: dict[str, float], winner: str) -> None:
    result = verdict(**weights)["verdict"]
    assert (result["kind"], result["variant"]) == ("adopt", winner)
    assert result["confidence"] > 0.9 and result["leader"] == winner
    parts = result["utility"]["variants"]["rag"]
    lost = weights.get("points_per_money", 0) * 5.0 + weights.get("points_per_second", 0) * 2.5
    assert 100 * parts["utility"] == pytest.approx(100 * parts["quality"] - lost)


def test_the_sentence_says_what_its_points_are_and_every_number_is_where_it_points() -> None:
    result = verdict(points_per_money=7.0, points_per_second=1.0)
    sentence = result["verdict"]["sentence"]
    gap = result["verdict"]["utility"]["comparisons"][0]
    plain = next(item for item in result["comparisons"] if item["metric"] == "f1")
    ahead = gap["difference"] if gap["variant"] == "fine_tuned" else -gap["difference"]
    assert f"It beats RAG by +{100 * ahead:.1f} points" in sentence
    assert "quality less what you would give up" in sentence and "7 for each $1.00" in sentence
    assert abs(gap["high"] - gap["low"]) == pytest.approx(abs(plain["high"] - plain["low"]))
    for sentences in result["verdict"]["statements"]["sentence"]:
        assert "{" not in text(sentences)
        for value in sentences["values"].values():
            if isinstance(value, dict):
                matches = look_up(result, value["at"])
                assert matches * value.get("sign", 1) == pytest.approx(value["value"])


def test_what_was_not_measured_cannot_be_weighed_and_is_out_by_name() -> None:
    result = verdict(costs={"fine_tuned": COSTS["fine_tuned"]}, points_per_money=1.0)["verdict"]
    assert result["variant"] == "fine_tuned"
    assert [(item["variant"], item["constraint"]) for item in result["excluded"]] == [
        ("rag", "points_per_money")
    ]
    assert "cost is unknown" in text(result["statements"]["excluded"][0])
    slow = verdict(timed=False, points_per_second=1.0)["verdict"]
    assert slow["kind"] == "undecided" and len(slow["excluded"]) == 2


def point_model(**more: Any) -> PointModel:
    values: dict[str, Any] = {
        "names": NAMES, "quality": np.array([0.7, 0.5]),
        "costs": (priced(5e-3), priced(1e-3, fixed=60.0)), "margin": 0.0, "queries": 10_000.0,
        "updates": 1.0, "points_per_money": 4.0, **more,
    }  # fmt: skip
    return PointModel(**values)


def test_turning_points_turn_where_utilities_cross() -> None:
    now = point_model()
    assert now.names[int(now.winner(np.array(1e4), np.array(1.0)))] == "rag"
    flips = {flip_point["quantity"]: flip_point for flip_point in flip_points(now, "rag")}
    # RAG keeps 20 points; the other saves $4 for 1,000, less its $65 a month.
    assert "queries_per_month" not in flips
    dear = point_model(points_per_money=6.0)
    turn = {flip_point["quantity"]: flip_point for flip_point in flip_points(dear, "rag")}[
        "queries_per_month"
    ]
    assert turn["above"] and turn["winner"] == "fine_tuned"
    assert turn["at"] == pytest.approx(65_000 / (4 - 20 / 6), rel=1e-6)
    for factor, name in ((0.99, "rag"), (1.01, "fine_tuned")):
        chosen = dear.winner(np.array(turn["at"] * factor), np.array(1.0))
        assert dear.names[int(chosen)] == name


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0, 50), st.floats(0, 20), st.floats(0.1, 0.9), st.floats(0.1, 0.9),
    st.floats(0.1, 5), st.floats(0.1, 5),
)  # fmt: skip
def test_the_point_rule_takes_the_highest_utility(
    money: float, second: float, first: float, two: float, fast: float, slow: float
) -> None:
    time_worth = -second * np.array([fast, slow]) / 100
    now = point_model(quality=np.array([first, two]), points_per_money=money, time_worth=time_worth)
    months = [cost.monthly(1e4, 1.0) for cost in now.costs if cost is not None]
    by_hand = [
        100 * quality - money * month / 1e4 * 1000 - second * seconds
        for quality, month, seconds in zip((first, two), months, (fast, slow), strict=True)
    ]
    if abs(by_hand[0] - by_hand[1]) > 1e-6:
        assert int(now.winner(np.array(1e4), np.array(1.0))) == int(np.argmax(by_hand))
