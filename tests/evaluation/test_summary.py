"""The figures of results.json recomputed from the records by simple means."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support import made_run
from workbench.evaluation.metrics import score_answers
from workbench.evaluation.summary import summarise
from workbench.experiment.variant import Variant
from workbench.types import Answer, Question

MIX = {"reworded": 0.5, "same_section": 0.3, "unseen": 0.2}


@pytest.fixture(scope="module")
def sample():
    result = made_run.make()
    scores = score_answers(result.questions, result.answers)
    results = summarise(result.questions, result.answers, scores, result.latencies,
                        variants=list(map(Variant.named, made_run.DEFAULT)), mix=MIX,
                        passages=result.passages)  # fmt: skip
    return result, scores, results


def test_pooled_figures_are_the_mix_of_the_strata_over_the_written_exam(sample) -> None:
    result, scores, results = sample
    asked = {q.id: q for q in result.questions}
    for row in results["variants"]:
        means = {}
        for stratum in MIX:
            means[stratum] = np.mean([
                s.value for s in scores
                if s.variant == row["name"] and s.metric == "f1"
                and asked[s.question].origin != "gold" and asked[s.question].stratum == stratum
            ])  # fmt: skip
            assert row["strata"][stratum]["f1"]["value"] == pytest.approx(means[stratum])
        expected = sum(MIX[stratum] * means[stratum] for stratum in MIX)
        assert row["metrics"]["f1"]["value"] == pytest.approx(expected)


def test_gold_is_kept_apart(sample) -> None:
    result, scores, results = sample
    gold = {q.id for q in result.questions if q.origin == "gold"}
    row = next(row for row in results["variants"] if row["name"] == "rag")
    values = [s.value for s in scores
              if s.variant == "rag" and s.metric == "f1" and s.question in gold]  # fmt: skip
    assert row["gold"]["f1"]["value"] == pytest.approx(np.mean(values))
    assert row["gold"]["f1"]["n"] == len(gold)
    assert row["metrics"]["f1"]["n"] == len(result.questions) - len(gold)


def test_every_pair_is_compared_and_the_oracle_is_outside_holms_family(sample) -> None:
    _, _, results = sample
    pairs = [c for c in results["comparisons"] if c["metric"] == "f1" and c["stratum"] is None]
    assert len(pairs) == 10
    for pair in pairs:
        if "oracle" in (pair["variant"], pair["baseline"]):
            assert pair["p"] == pair["p_raw"]
        else:
            assert pair["p"] >= pair["p_raw"]


def test_the_waterfall_adds_up_to_the_delivered_score(sample) -> None:
    _, _, results = sample
    assert set(results["waterfall"]) == {"prompt_only", "rag", "fine_tuned", "fine_tuned_rag"}
    for variant, fall in results["waterfall"].items():
        row = next(row for row in results["variants"] if row["name"] == variant)
        assert fall["delivered"] == pytest.approx(row["metrics"]["f1"]["value"])
        lost = sum(step["points"] for step in fall["steps"])
        assert 1 - lost == pytest.approx(fall["delivered"], abs=0.002)
        causes = {step["cause"] for step in fall["steps"]}
        assert ("retrieval_missed" in causes) == (variant in ("rag", "fine_tuned_rag"))
        for step in fall["steps"]:
            assert step["count"] == len(step["questions"]) == len(set(step["questions"]))


def test_gold_that_ranks_otherwise_is_said() -> None:
    rng = np.random.default_rng(0)
    questions, answers = [], []
    for number in range(400):
        gold = number >= 200
        questions.append(
            Question(f"q{number}", "Who?", ("yes",), stratum="unseen", cluster=f"s{number % 40}",
                     origin="gold" if gold else "written")
        )  # fmt: skip
        for variant, chance in (("rag", 0.3 if gold else 0.8), ("fine_tuned", 0.5)):
            text = "yes" if rng.random() < chance else "no"
            answers.append(Answer(f"q{number}", variant, text, 1, 1, 0.1))
    results = summarise(questions, answers, score_answers(questions, answers), variants=[
        Variant.named("rag"), Variant.named("fine_tuned")], mix={"unseen": 1.0})  # fmt: skip
    sentences = results["gold_agreement"]
    assert sentences["same_order"] is False
    assert sentences["swaps"][0]["resolved"] is True
    assert "contradict" in sentences["sentence"]


@pytest.mark.parametrize(
    ("written", "text", "swapped"),
    [(0, "the written exam has the two level", False), (1, "the other way round", True)],
)
def test_a_written_exam_that_shows_no_difference_is_not_said_to_contradict(
    written: int, text: str, swapped: bool
) -> None:
    """On gold RAG is ahead; on 30 written questions both are right, but for ``written``."""
    questions = [
        Question(f"w{n}", "Who?", ("yes",), cluster=f"s{n % 6}", stratum="unseen")
        for n in range(30)
    ]
    questions += [Question(f"g{n}", "Who?", ("yes",), origin="gold", cluster=f"s{n % 6}")
                  for n in range(12)]  # fmt: skip
    right = {"rag": 30 - written, "fine_tuned": 30}
    gold = {"rag": 8, "fine_tuned": 6}
    answers = [
        Answer(f"{exam}{n}", variant, "yes" if n < limits[variant] else "no", 1, 1, 0.1)
        for exam, limits, size in (("w", right, 30), ("g", gold, 12))
        for variant in right
        for n in range(size)
    ]
    results = summarise(questions, answers, score_answers(questions, answers), variants=[
        Variant.named("rag"), Variant.named("fine_tuned")], mix={"unseen": 1.0})  # fmt: skip
    matches = results["gold_agreement"]
    assert text in matches["sentence"] and matches["sentence"].startswith(
        "The hand-written questions"
    )
    assert bool(matches["swaps"]) is swapped
    assert matches["same_order"] is (not swapped)


def test_warnings_name_what_is_thin() -> None:
    questions = [Question(f"q{n}", "Who?", ("yes",)) for n in range(30)]
    answers = [
        Answer(f"q{n}", variant, "yes", 1, 1, 0.1,
               status="failed" if variant == "rag" and n < 9 else "answered")
        for n in range(30) for variant in ("rag", "fine_tuned")
    ]  # fmt: skip
    results = summarise(questions, answers, score_answers(questions, answers),
                        variants=list(map(Variant.named, ["rag", "fine_tuned"])),
                        mix=MIX)  # fmt: skip
    sentences = " ".join(results["warnings"])
    assert "each stands alone" in sentences
    assert "RAG is missing 9 of 30" in sentences
    assert "miss answers unequally" in sentences
    assert "no strata" in sentences


def test_all_answers_failed_gives_no_number_and_no_crash() -> None:
    questions = [Question(f"q{n}", "Who?", ("yes",), cluster=f"s{n}") for n in range(5)]
    answers = [Answer(q.id, "rag", "", 0, 0, 0.0, status="failed") for q in questions]
    results = summarise(questions, answers, score_answers(questions, answers),
                        variants=[Variant.named("rag"), Variant.named("fine_tuned")])  # fmt: skip
    row = results["variants"][0]["metrics"]["f1"]
    assert (row["value"], row["missing"]) == (None, 5)
    assert any("no scored answer" in result for result in results["warnings"])


def test_examples_carry_passages_and_who_won(sample) -> None:
    _, _, results = sample
    assert 4 <= len(results["examples"]) <= 12
    winners = {result["winner"] for result in results["examples"]}
    assert {"rag", "fine_tuned_rag"} <= winners
    shown = [p for result in results["examples"] for p in result["answers"]["rag"]["passages"]]
    assert shown and all(p["text"] for p in shown)


@pytest.mark.parametrize(("trained", "words"), [(1, "asks about a fact"), (2, "ask about facts")])
def test_the_warning_on_trained_hand_written_questions_counts_in_the_right_number(
    trained: int, words: str
) -> None:
    exam = [Question(f"q{n}", "Who?", ("x",), stratum="unseen", cluster=f"s{n}") for n in range(12)]
    gold = [Question(f"g{n}", "Who?", ("x",), stratum="reworded" if n < trained else "unseen",
                     cluster=f"s{n}", origin="gold") for n in range(5)]  # fmt: skip
    answers = [Answer(q.id, v, "x", 1, 1, 0.1) for v in ("a", "b") for q in [*exam, *gold]]
    result = summarise([*exam, *gold], answers, score_answers([*exam, *gold], answers),
                     variants=[Variant("a"), Variant("b")])  # fmt: skip
    assert any(f"{trained} of the 5 hand-written questions {words}" in item
               for item in result["warnings"])  # fmt: skip
