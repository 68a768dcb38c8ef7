"""One set of questions for every rule, and no adoption where missing answers could turn it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.decided import case, grid, priced


def failing_on_the_hard_half() -> dict[str, np.ndarray]:
    """RAG answers the 40 easy questions of 200 well and lacks the rest; both know the easy ones."""
    rng = np.random.default_rng(1)
    easy = np.arange(200) < 40
    tuned = np.where(easy, 0.85, 0.3) + rng.normal(0, 0.02, 200)
    rag = np.where(easy, 0.92 + rng.normal(0, 0.02, 200), np.nan)
    return {"rag": rag, "fine_tuned": tuned}


def test_who_answers_only_the_easy_ones_is_not_adopted() -> None:
    result = case(failing_on_the_hard_half())
    assert result["kind"] == "undecided" and result["variant"] is None
    held = result["missing"]
    assert (held["due"], held["complete"]) == (200, 40)
    assert held["variants"]["rag"]["missing"] == 160
    # 40 questions at about .92, of 200: .184 with all others wrong, .984 with all right.
    assert held["variants"]["rag"]["worst"] == pytest.approx(0.184, abs=0.003)
    assert held["variants"]["rag"]["best"] == pytest.approx(0.984, abs=0.003)
    assert "lacks 160 of 200 scores" in result["sentence"]


def test_what_is_missing_is_asked_for_first_and_counted_in_the_risk() -> None:
    """15 of RAG's 100 scores are missing: they alone could put it 9 points ahead or 6 behind."""
    values = {"rag": np.full(100, 0.6), "prompt_only": np.full(100, 0.595)}
    values["rag"][::7] = np.nan
    result = case(values, {"rag": priced(0.01), "prompt_only": priced(1e-4)})
    assert result["kind"] == "undecided" and result["needed_questions"] is None
    assert "First the missing scores must be had" in result["sentence"]
    assert "more questions" not in result["sentence"]
    today = result["today"]
    assert today["variant"] == "prompt_only"
    # Behind by .005 as it stands; by .595 - (.85 * .6 + .15) = -.065 with all missing ones right.
    assert today["missing"] == pytest.approx(0.06)
    assert "missing scores could add up to 6.0 points" in today["sentence"]
    assert "next to nothing to lose" not in today["sentence"]


def test_without_a_shared_question_it_is_said() -> None:
    half = np.arange(40) < 20
    result = case({"rag": np.where(half, 0.5, np.nan), "fine_tuned": np.where(half, np.nan, 0.5)})
    assert result["kind"] == "undecided" and result["today"]["points"] is None
    assert "no question that all of them have a score for" in result["sentence"]


def test_confidence_and_interval_speak_of_the_same_questions() -> None:
    """RAG poor on hard questions, the other missing just those: neither may win by its own mean."""
    rng = np.random.default_rng(2)
    easy = np.arange(200) % 10 < 5
    rag = np.where(easy, 0.9, 0.2) + rng.normal(0, 0.02, 200)
    tuned = np.where(easy, 0.8 + rng.normal(0, 0.02, 200), np.nan)
    result = case({"rag": rag, "fine_tuned": tuned})
    assert result["kind"] == "undecided"
    # Over the shared questions RAG leads by ten points, whatever is drawn.
    assert result["leader"] == "rag" and result["wins"]["rag"] > 0.99
    assert result["missing"]["comparisons"][0]["difference"] == pytest.approx(-0.1, abs=0.01)


def test_a_few_missing_answers_do_not_keep_a_clear_winner_from_adoption() -> None:
    values = grid(n=400, rag=0.8, fine_tuned=0.4)
    values["rag"][:8] = np.nan
    result = case(values)
    assert (result["kind"], result["variant"]) == ("adopt", "rag")
    low = next(item for item in result["missing"]["comparisons"])
    gap = {low["variant"]: 1, low["baseline"]: -1}["rag"] * low["difference"]
    assert 0.38 < gap < 0.42


def test_a_variant_without_one_score_leaves_nothing_to_adopt_against() -> None:
    result = case({"rag": np.full(100, np.nan), "fine_tuned": np.full(100, 0.6)})
    assert result["kind"] == "undecided" and result["variant"] is None
    assert "meets your constraints" not in result["sentence"]
    assert "RAG has not one scored answer" in result["sentence"]


def test_where_others_can_be_compared_the_unscored_one_is_named() -> None:
    values = {**grid(rag=0.8, fine_tuned=0.4), "few_shot": np.full(200, np.nan)}
    result = case(values, {"rag": priced(1e-4), "fine_tuned": priced(1e-4)})
    assert result["variant"] == "rag" and result["unscored"] == ["few_shot"]
    assert "Without one scored answer, Few-shot could not be compared." in result["sentence"]
