"""An answer that never came counts as zero; what says nothing of a system stays missing."""

from __future__ import annotations

from workbench.decision.build_results import ResultInputs, build_results
from workbench.evaluation.failures import count_failures
from workbench.evaluation.metrics import score_answers
from workbench.types import Answer, Question, Score


def reply(number: int, variant: str, text: str, **more: str) -> Answer:
    return Answer(f"q{number}", variant, text, 1, 1, 0.1, **more)  # type: ignore[arg-type]


ASKED = [Question(f"q{n}", "Who?", ("Ada",), cluster=f"s{n // 4}", stratum="unseen")
         for n in range(40)]  # fmt: skip


def test_errors_timeouts_and_empty_answers_count_as_zero() -> None:
    answers = [
        reply(0, "rag", "Ada"),
        reply(1, "rag", "", status="failed", finish="error", error="timed out"),
        reply(2, "rag", ""),
        reply(3, "rag", "", finish="length"),
    ]
    scores = count_failures(score_answers(ASKED, answers), answers)
    f1 = {score.question: score.value for score in scores if score.metric == "f1"}
    assert f1 == {"q0": 1.0, "q1": 0.0, "q2": 0.0, "q3": 0.0}
    words = {score.question: score.value for score in scores if score.metric == "answer_words"}
    assert words["q1"] is None


def test_skipped_rows_and_lost_judgements_stay_missing() -> None:
    answers = [
        reply(0, "vendor", "", status="skipped", finish="error"),
        reply(1, "rag", "Ada"),
    ]
    scores = [Score("q0", "vendor", "f1", None), Score("q1", "rag", "ragas:faithfulness", None)]
    assert count_failures(scores, answers) == scores


def test_who_fails_on_the_hard_half_is_not_adopted_and_it_is_said() -> None:
    from tests.support.made_run import experiment

    answers = [
        reply(n, "rag", "Ada") if n < 20 else
        reply(n, "rag", "", status="failed", finish="error", error="timed out")
        for n in range(40)
    ]  # fmt: skip
    answers += [reply(n, "fine_tuned", "Ada" if n % 10 else "Bram") for n in range(40)]
    scores = count_failures(score_answers(ASKED, answers), answers)
    results = build_results(ResultInputs(
        experiment(variants=["rag", "fine_tuned"]), {"id": "x"}, ASKED, answers, scores, {},
    ))  # fmt: skip
    row = results.variants[0].metrics["f1"]
    assert (row.value, row.n, row.missing) == (0.5, 40, 0)
    assert results.verdict.leader == "fine_tuned" and results.verdict.variant != "rag"
    assert any("RAG gave no answer to 20 questions" in item for item in results.warnings)
