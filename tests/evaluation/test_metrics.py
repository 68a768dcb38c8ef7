"""Scores of single answers: what counts, what does not apply, what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from workbench.errors import WorkbenchError
from workbench.evaluation.behaviour import behaves
from workbench.evaluation.metrics import hit_rank, score_answers
from workbench.types import Answer, Evidence, Question

ROOT = Path(__file__).parents[2]


def question(*answers: str, **more: object) -> Question:
    return Question(id="q", text="Who?", answers=answers, **more)  # type: ignore[arg-type]


def scored(asked: Question, text: str, language: str = "en", **more: object) -> dict[str, object]:
    answer = Answer("q", "rag", text, 10, 3, 0.1, **more)  # type: ignore[arg-type]
    return {
        score_answer.metric: score_answer.value
        for score_answer in score_answers([asked], [answer], language)
    }


def test_an_exact_answer_scores_full_marks_whatever_its_dress() -> None:
    result = scored(question("the Brass Key"), "Brass key.")
    assert {result[name] for name in ("em", "f1", "containment", "abstention")} == {1.0}


def test_f1_takes_the_best_reference_and_counts_repeats() -> None:
    result = scored(question("nine crowns", "nine silver crowns"), "nine nine silver crowns")
    assert result["f1"] == pytest.approx(2 * 3 / (4 + 3))
    assert result["em"] == 0.0
    assert result["containment"] == 1.0


def test_f1_and_exact_match_are_those_of_squad() -> None:
    pairs = [("The  Red, Fox!", "red fox", 1.0), ("a fox", "the red fox", 2 / 3), ("x", "y", 0.0)]
    for given, wanted, f1 in pairs:
        assert scored(question(wanted), given)["f1"] == pytest.approx(f1)


def test_chinese_is_scored_by_character() -> None:
    result = scored(question("三把铜钥匙"), "铜钥匙。", "zh")
    assert result["f1"] == pytest.approx(2 * 3 / (3 + 5))
    assert scored(question("3个月"), "3 个月", "zh")["em"] == 1.0
    assert scored(question("2020年"), "2021年", "zh")["f1"] == pytest.approx(1 / 2)
    assert scored(question("曹操"), "曹操", "zh")["bleu"] == pytest.approx(1.0)


def test_unanswerable_questions_reward_abstaining_alone() -> None:
    assert scored(question(), "unanswerable")["f1"] == 1.0
    assert scored(question(), "nine crowns")["f1"] == 0.0
    gave_up = scored(question("nine crowns"), "I do not know.")
    assert gave_up["f1"] == 0.0 and gave_up["abstention"] == 0.0
    assert scored(question("nine crowns"), "", status="refused")["abstention"] == 0.0


def test_a_reply_that_holds_a_reference_is_no_abstention() -> None:
    sailor = scored(question(), "an unknown sailor")
    assert sailor["f1"] == 0.0 and sailor["abstention"] == 0.0
    hedged = scored(question("nine crowns"), "The text does not say exactly, but nine crowns.")
    assert hedged["containment"] == 1.0 and hedged["abstention"] == 1.0
    unsure = scored(question("not sure"), "I'm not sure.")
    assert unsure["abstention"] == 1.0


def test_rouge_l_is_that_of_the_rouge_score_package() -> None:
    from rouge_score.rouge_scorer import RougeScorer

    usual = RougeScorer(["rougeL"])
    pairs = [
        ("the brass key of the north gate", "a brass key to a gate"), ("The Fox!", "the fox"),
        ("sea-door", "the sea door"), ("", "a fox"), ("nine", "ten"), ("the the the", "the"),
    ]  # fmt: skip
    for given, wanted in pairs:
        value = usual.score(wanted, given)["rougeL"].fmeasure
        assert scored(question(wanted), given)["rouge_l"] == pytest.approx(value), (given, wanted)
    # Two of the three words, counting the article that F1 leaves out.
    assert scored(question("a fox"), "the fox")["rouge_l"] == pytest.approx(1 / 2)
    assert scored(question("銅鑰匙"), "銅匙", "zh")["rouge_l"] == pytest.approx(4 / 5)


def test_a_failed_answer_is_missing_and_not_wrong() -> None:
    result = scored(question("x"), "", status="failed", finish="error", error="timeout")
    assert result["f1"] is None and result["em"] is None and result["answer_words"] is None


def test_retrieval_is_scored_where_there_are_passages_and_evidence() -> None:
    asked = question("x", evidence=(Evidence("a:b.md", 100, 120, "…"),))
    result = scored(asked, "x", passages=("a:b.md:0-100", "a:b.md:110-300"))
    assert (result["hit@1"], result["hit@3"], result["mrr"]) == (0.0, 1.0, 0.5)
    assert hit_rank(("other.md:100-120", "nonsense"), asked) is None
    assert "hit@1" not in scored(asked, "x")


def test_similarity_embeds_each_text_once_and_follows_the_cosine() -> None:
    seen: list[str] = []

    def embed(texts: list[str]) -> np.ndarray:
        seen.extend(texts)
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    answers = [Answer("q", name, "four", 1, 1, 0.1) for name in ("rag", "fine_tuned")]
    result = score_answers([question("four", "nine crowns")], answers, "en", embed)
    values = [item.value for item in result if item.metric == "similarity"]
    assert values == pytest.approx([1.0, 1.0])
    assert sorted(seen) == ["four", "nine crowns"]


def test_every_behaviour_check_of_the_handbook_passes_its_own_answer_only() -> None:
    path = ROOT / "corpora" / "handbook" / "gold.jsonl"
    asked = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    checks = [item for item in asked if "check" in item["tags"]]
    assert len(checks) >= 20
    for check in checks:
        assert all(behaves(text, check["tags"]["check"]) for text in check["answers"]), check[
            "text"
        ]
        assert not behaves("Hi! No idea, sorry.", check["tags"]["check"])


def test_behaviour_alone_is_scored_on_behaviour_questions() -> None:
    asked = question("Good day", kind="behaviour",
                     tags={"check": {"type": "max_words", "value": 2}})  # fmt: skip
    assert scored(asked, "Good day")["behaviour"] == 1.0
    assert scored(asked, "Good day to you")["behaviour"] == 0.0
    assert "f1" not in scored(asked, "Good day")


def test_a_reply_fits_a_json_schema_or_not() -> None:
    schema = {"type": "object", "required": ["toll"],
              "properties": {"toll": {"type": "integer", "minimum": 0}}}  # fmt: skip
    check = {"type": "schema", "schema": schema}
    assert behaves('{"toll": 3}', check)
    for wrong in ('{"toll": -1}', '{"toll": "three"}', "{}", "[3]", "three crowns"):
        assert not behaves(wrong, check)
    with pytest.raises(WorkbenchError, match="the schema is none"):
        behaves("{}", {"type": "schema", "schema": {"type": "sonnet"}})


def test_what_a_rubric_asks_for_is_left_to_a_judge() -> None:
    asked = question("", kind="behaviour", tags={"check": {"type": "rubric", "rubric": "Polite."}})
    assert "behaviour" not in scored(asked, "Good day")


def test_a_check_that_cannot_be_read_is_named() -> None:
    with pytest.raises(WorkbenchError, match="Unknown behaviour check 'sonnet'"):
        behaves("x", {"type": "sonnet"})
    with pytest.raises(WorkbenchError, match="cannot be applied"):
        behaves("x", {"type": "regex", "pattern": "("})


def test_an_answer_to_an_unknown_question_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="unknown question 'z'"):
        score_answers([question("x")], [Answer("z", "rag", "x", 1, 1, 0.1)])


def test_groundedness_is_the_share_of_words_that_the_passages_hold() -> None:
    texts = {"d:0-9": "Edda Marsh kept the brass key."}
    for text, value in (("Brass key", 1.0), ("brass ledger", 0.5), ("unanswerable", None)):
        answer = Answer("q", "rag", text, 1, 1, 0.1, passages=("d:0-9",))
        result = {s.metric: s.value for s in score_answers([question("x")], [answer],
                                                         passages=texts)}  # fmt: skip
        assert result.get("groundedness") == value
