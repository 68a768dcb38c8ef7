"""Verdicts: the rules, the flip points, honesty with thin evidence, and error rates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support import made_run
from tests.support.decided import case, grid, priced
from workbench.decision.flips import PointModel, flip_points, winner_map
from workbench.decision.rules import winners
from workbench.decision.shares import mix_flips
from workbench.evaluation.metrics import score_answers
from workbench.types import Latency

CHEAP, DEAR = priced(1e-4), priced(5e-4, fixed=50.0)


@pytest.mark.parametrize(
    ("sections", "promised"),
    [
        (0, "more questions, from further sections, would settle it"),
        (4000, "more questions, from further sections, would settle it"),
        (8, "the exam already asks about 8 of its 8 sections"),
        (9, "the exam already asks about 8 of its 9 sections"),
    ],
)
def test_more_questions_are_promised_only_from_sections_that_are_left(
    sections: int, promised: str
) -> None:
    result = case(grid(40, noise=0.25, rag=0.5, fine_tuned=0.47), sections=sections)
    assert result["kind"] == "undecided" and result["needed_questions"] > 10
    assert promised in result["sentence"]
    told = " ".join(result["would_change"])
    assert ("more questions from further sections would settle it" in told) == (
        "from further sections" in promised
    )


def test_a_verdict_names_what_it_could_not_compare_and_what_it_rests_on() -> None:
    result = case(
        grid(rag=0.7, prompt_only=0.4), origin="gold", left_out=("fine_tuned", "fine_tuned_rag")
    )
    assert result["variant"] == "rag" and result["on_gold"]
    assert result["left_out"] == ["fine_tuned", "fine_tuned_rag"]
    assert result["sentence"].endswith(
        "For want of training questions, Fine-tuned and Hybrid could not be compared."
    )
    plain = case(grid(rag=0.7, prompt_only=0.4))
    assert not plain["on_gold"] and "could not be compared" not in plain["sentence"]


def test_a_clear_winner_is_adopted() -> None:
    result = case(grid(rag=0.7, fine_tuned=0.4), {"rag": DEAR, "fine_tuned": CHEAP})
    assert (result["kind"], result["variant"]) == ("adopt", "rag")
    assert "Adopt RAG" in result["sentence"] and "beats Fine-tuned" in result["sentence"]
    assert result["confidence"] == 1.0
    assert len(result["reasons"]) >= 2


def test_equal_ones_are_a_tie_that_cost_decides() -> None:
    result = case(grid(noise=0.02, rag=0.6, fine_tuned_rag=0.605),
                {"rag": CHEAP, "fine_tuned_rag": DEAR})  # fmt: skip
    assert (result["kind"], result["variant"], result["tied"]) == ("tie", "rag", ["fine_tuned_rag"])
    assert "Take RAG, the cheaper" in result["sentence"]


def test_a_tie_without_prices_names_both_and_says_what_is_missing() -> None:
    result = case(grid(noise=0.02, rag=0.6, fine_tuned_rag=0.605))
    assert (result["kind"], result["variant"]) == ("tie", None)
    assert result["on_quality_alone"] and "costs" in result["sentence"]


def test_a_wide_interval_is_undecided_with_a_number_of_questions() -> None:
    result = case(grid(n=40, noise=0.5, rag=0.55, fine_tuned=0.45),
                {"rag": DEAR, "fine_tuned": CHEAP})  # fmt: skip
    assert result["kind"] == "undecided" and result["variant"] is None
    assert result["needed_questions"] and result["needed_questions"] > 0
    assert "more questions" in result["sentence"]


def test_the_oracle_is_never_a_candidate() -> None:
    result = case(grid(oracle=0.95, rag=0.7, fine_tuned=0.3))
    assert result["variant"] == "rag"
    assert "oracle" not in result["wins"]


def test_not_worse_and_cheaper_is_enough() -> None:
    result = case(grid(n=400, noise=0.05, rag=0.66, fine_tuned=0.62),
                {"rag": CHEAP, "fine_tuned": DEAR})  # fmt: skip
    assert (result["kind"], result["variant"]) == ("adopt", "rag")


def test_constraints_exclude_and_are_named() -> None:
    times = (("rag", 2.0), ("fine_tuned", 0.2))
    latencies = [Latency(f"q{k}", name, 0.0, 0.1, 0.01, total, 3)
                 for k in range(20) for name, total in times]  # fmt: skip
    result = case(grid(rag=0.8, fine_tuned=0.4), latencies=latencies, max_p90_s=1.0)
    assert result["variant"] == "fine_tuned"
    assert result["excluded"][0]["constraint"] == "max_p90_s"
    cited = case(grid(rag=0.3, fine_tuned=0.8), must_cite=True)
    assert cited["variant"] == "rag"
    assert "only variant" in cited["sentence"]


def test_contradictory_constraints_are_an_honest_undecided() -> None:
    result = case(grid(rag=0.8, fine_tuned=0.4), {"rag": CHEAP, "fine_tuned": CHEAP},
                must_cite=True, max_monthly_cost=0.0001)  # fmt: skip
    assert result["kind"] == "undecided" and "no variant meets" in result["sentence"]
    assert result["flip_points"] == []


@pytest.mark.parametrize(
    "values",
    [
        {"rag": np.array([]), "fine_tuned": np.array([])},
        {"rag": np.array([1.0]), "fine_tuned": np.array([0.0])},
        {"rag": np.full(5, np.nan), "fine_tuned": np.full(5, np.nan)},
        {"rag": np.full(5, np.nan), "fine_tuned": np.ones(5)},
        {"rag": np.ones(5), "fine_tuned": np.zeros(5)},
        {"rag": np.ones(40), "fine_tuned": np.ones(40)},
    ],
)
def test_thin_evidence_never_crashes_and_never_overclaims(values) -> None:
    for costs in ({}, {"rag": CHEAP, "fine_tuned": DEAR}):
        result = case(values, costs, per_cluster=50)
        assert result["kind"] in ("undecided", "adopt", "tie")
        assert result["sentence"] and result["against"]
        both = all(not np.isnan(column).all() and len(column) for column in values.values())
        if both:
            assert result["kind"] == "undecided"


def test_the_point_rule_takes_the_cheapest_within_the_margin() -> None:
    quality = np.array([[0.70, 0.72, 0.50], [0.70, 0.75, 0.50], [np.nan, 0.2, 0.1]])
    months = np.array([[1.0, 5.0, 0.1]] * 3)
    assert list(winners(quality, months, np.array(0.03))) == [0, 1, 1]
    assert list(winners(np.full((1, 2), np.nan), np.ones((1, 2)), np.array(0.03))) == [-1]
    assert list(winners(np.array([[0.7, 0.71]]), np.full((1, 2), np.nan), np.array(0.03))) == [1]


def point_model(**more: Any) -> PointModel:
    values: dict[str, Any] = {
        "names": ("rag", "fine_tuned"), "quality": np.array([0.60, 0.61]),
        "costs": (priced(5e-4), priced(1e-4, fixed=12.0)), "margin": 0.03,
        "queries": 10_000.0, "updates": 1.0, **more,
    }  # fmt: skip
    return PointModel(**values)


def test_flip_points_flip() -> None:
    """Beyond each point the named variant wins, before it the first one does."""
    now = point_model()
    assert now.names[int(now.winner(np.array(1e4), np.array(1.0)))] == "rag"
    flips = {flip_point["quantity"]: flip_point for flip_point in flip_points(now, "rag")}
    queries, updates = flips["queries_per_month"], flips["updates_per_month"]
    assert queries["at"] == pytest.approx((12 + 1) / 4e-4)
    for factor, name in ((0.99, "rag"), (1.01, "fine_tuned")):
        place = int(now.winner(np.array(queries["at"] * factor), np.array(1.0)))
        assert now.names[place] == name
    assert updates["above"] is False and updates["winner"] == "fine_tuned"
    assert updates["at"] == pytest.approx((4 - 1) / 12)
    assert flips["margin"]["at"] == pytest.approx(0.01) and not flips["margin"]["above"]
    price = flips["price"]["at"]
    dearer = point_model(costs=(priced(5e-4 * price * 1.01), priced(1e-4, fixed=12.0)))
    assert dearer.names[int(dearer.winner(np.array(1e4), np.array(1.0)))] == "fine_tuned"
    gain = flips["quality"]
    raised = point_model(quality=np.array([0.60, 0.61 + gain["at"] + 1e-6]))
    assert raised.names[int(raised.winner(np.array(1e4), np.array(1.0)))] == gain["winner"]
    worth = flips["worth_of_a_correct_answer"]
    months = now.months(np.array(1e4), np.array(1.0))
    gains = worth["at"] * 1e4 * now.quality - months
    assert gains[0] == pytest.approx(gains[1])


def test_no_margin_is_told_that_is_finer_than_what_is_shown() -> None:
    level = point_model(quality=np.array([0.6000, 0.6004]))
    assert "margin" not in {flip_point["quantity"] for flip_point in flip_points(level, "rag")}
    apart = point_model(quality=np.array([0.6000, 0.6006]))
    assert "margin" in {flip_point["quantity"] for flip_point in flip_points(apart, "rag")}


def test_the_share_of_a_stratum_can_flip_it() -> None:
    now = point_model(quality=np.array([0.6, 0.5]))
    means = np.array([[0.6, 0.8], [0.6, 0.2]])
    flips = mix_flips(means, np.array([0.5, 0.5]), ["reworded", "unseen"], now, "rag")
    by_share = {(flip["quantity"], flip["above"]): flip for flip in flips}
    assert by_share["share_reworded", True]["at"] == pytest.approx(0.72, abs=0.01)
    assert by_share["share_unseen", False]["at"] == pytest.approx(0.28, abs=0.01)


def test_the_map_agrees_with_the_rule_and_holds_the_declared_point() -> None:
    now = point_model()
    result = winner_map(now)
    assert 10_000 in result["queries_per_month"] and 1.0 in result["updates_per_month"]
    assert {name for row in result["winner"] for name in row} == {"rag", "fine_tuned"}
    column = result["queries_per_month"].index(10_000)
    assert result["winner"][result["updates_per_month"].index(1.0)][column] == "rag"


def test_the_same_input_gives_the_same_verdict() -> None:
    first, second = (case(grid(rag=0.6, fine_tuned=0.55), {"rag": DEAR, "fine_tuned": CHEAP})
                     for _ in range(2))  # fmt: skip
    assert first == second


@pytest.mark.slow
def test_false_adoptions_are_rare_when_all_variants_are_alike() -> None:
    """Four equal variants, right/wrong answers, 12 sections, no margin: any adoption is false."""
    rng = np.random.default_rng(5)
    false = 0
    runs = 120
    for _ in range(runs):
        cluster = np.arange(120) // 10
        values = {}
        for name in ("prompt_only", "rag", "fine_tuned", "fine_tuned_rag"):
            skill = np.clip(0.5 + rng.normal(0, 0.2, 12), 0, 1)[cluster]
            values[name] = (rng.random(120) < skill).astype(float)
        false += case(values, per_cluster=10, margin=0.0)["kind"] != "undecided"
    assert false / runs <= 0.06


def test_a_whole_run_decides_and_each_sentence_is_made() -> None:
    result = made_run.results(decision={"margin": 0.2})
    verdict = result["verdict"]
    assert verdict["kind"] in ("adopt", "tie", "undecided")
    assert "{" not in verdict["sentence"] + verdict["against"]
    assert all("{" not in item for item in [*verdict["reasons"], *verdict["would_change"]])
    assert len(score_answers([], [])) == 0


def test_constraints_that_exclude_each_other_name_the_way_out() -> None:
    result = made_run.results(decision={"must_cite": True, "max_p90_s": 0.15})
    verdict = result["verdict"]
    assert verdict["kind"] == "undecided" and verdict["variant"] is None
    assert "no variant meets all your constraints" in verdict["sentence"]
    assert verdict["would_change"] == [
        "If answers need not show their source, there would be left: Prompt only, Fine-tuned.",
        "Without the limit on latency, there would be left: RAG, Hybrid.",
    ]
    hopeless = made_run.results(
        decision={"must_cite": True, "max_p90_s": 0.05, "max_monthly_cost": 1e-6}
    )
    assert "no single one" in hopeless["verdict"]["would_change"][0]


def test_a_missing_price_is_named_and_the_verdict_rests_on_quality(tmp_path) -> None:
    book = tmp_path / "prices.yaml"
    book.write_text("dated: 2026-01-01\ncurrency: EUR\n", encoding="utf-8")
    result = made_run.results(price_book=str(book))
    assert result["verdict"]["on_quality_alone"] and result["break_even"] == []
    (sentences,) = [item for item in result["warnings"] if "is not fully known" in item]
    assert "Prompt only, RAG, Fine-tuned, Hybrid" in sentences and "machine.per_hour" in sentences
    assert all(
        row["cost"] is None or row["cost"]["per_month"] is None for row in result["variants"]
    )


def test_no_share_beyond_all_of_the_questions_is_named() -> None:
    """Fine-tuned catches up only where every single question is a reworded one."""
    now = point_model(quality=np.array([0.6, 0.35]), margin=0.0)
    means = np.array([[0.6, 0.6001], [0.6, 0.1]])
    assert mix_flips(means, np.array([0.5, 0.5]), ["reworded", "unseen"], now, "rag") == []
