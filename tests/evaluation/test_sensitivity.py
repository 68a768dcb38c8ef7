"""Other wordings: what the rules make of a question, and the spread of scores over them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from workbench import wording
from workbench.evaluation import sensitivity
from workbench.evaluation.wordings import wordings
from workbench.report.links import look_up
from workbench.types import Question, Score


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Who cast the Bishop and the Dean?", "Which person cast the Bishop and the Dean?"),
        ("Who were the two clerks?", "Which people were the two clerks?"),
        ("Why did Edda leave?", "For what reason did Edda leave?"),
        ("Where was the ledger kept?", "In which place was the ledger kept?"),
        ("When did the ferry sink?", "At what time did the ferry sink?"),
        ("How many sacks did he carry?", "What number of sacks did he carry?"),
        ("How much did the boat cost?", "What amount did the boat cost?"),
        ("How much salt was sold?", "What amount of salt was sold?"),
        ("How long did the siege last?", "For what length of time did the siege last?"),
        ("How did she open the door?", "In what way did she open the door?"),
        ("What was the name of the ferry?", "What was the ferry called?"),
        ("Which queen granted the Charter?", "What queen granted the Charter?"),
        ("In which year was it built?", "In what year was it built?"),
        ("What did Pell find?", "According to the text, what did Pell find?"),
        ("Which was built first, the mill or the mole?",
         "According to the text, which was built first, the mill or the mole?"),
        ("On which of the steps did he stand?",
         "According to the text, on which of the steps did he stand?"),
        ("How much longer did it take?", "According to the text, how much longer did it take?"),
    ],
)  # fmt: skip
def test_a_rule_changes_the_words_and_not_the_question(question: str, first: str) -> None:
    result = wordings(question, "en", 5)
    assert result[0] == first
    assert len(result) == 5 and len(set(result)) == 5 and question not in result
    assert wordings(question, "en", 2) == result[:2]
    kept = question.split()[2:-1]
    assert all(all(word.lower() in item.lower() for word in kept[-1:]) for item in result)


def test_names_keep_their_capital_and_other_languages_get_frames() -> None:
    assert "I would like to know: Edda's boat was which?" in wordings(
        "Edda's boat was which?", "en", 5
    )
    chinese = wordings("沈怀砚家的灯铺叫什么名字？", "zh", 3)
    assert chinese[0] == "请问，沈怀砚家的灯铺叫什么名字？" and len(chinese) == 3
    assert wordings("Wer baute die Brücke?", "de", 5) == [
        "Wer baute die Brücke", "wer baute die brücke?",
    ]  # fmt: skip


def steadiness_of(values: dict[str, list[list[float | None]]], **changes: Any) -> dict[str, Any]:
    """Steadiness of variants whose scores are given per question and wording (right = 1)."""
    count = len(next(iter(values.values())))
    questions = [Question(f"q{n}", "Who?", ("x",), cluster=f"s{n // 2}") for n in range(count)]
    questions.append(Question("apart", "Who else?", ("y",), cluster="s0"))
    further, scores = [], []
    for n in range(count):
        for k in range(1, len(next(iter(values.values()))[n])):
            further.append(Question(f"q{n}.{k}", "Which?", ("x",), cluster=f"s{n // 2}",
                                    tags={sensitivity.OF: f"q{n}"}))  # fmt: skip
    for variant, listed in values.items():
        scores.append(Score("apart", variant, "f1", 1.0))
        for n, item in enumerate(listed):
            for k, value in enumerate(item):
                name = f"q{n}" + (f".{k}" if k else "")
                scores.append(Score(name, variant, "f1", value))
                right = None if value is None else float(value == 1)
                scores.append(Score(name, variant, "containment", right))
    labels = {"rag": "RAG", "fine_tuned": "Fine-tuned"}
    return sensitivity.steadiness(
        questions,
        further,
        scores,
        variants=list(values),
        labels=labels,
        ceilings=["oracle"],
        **changes,
    )


RAG = [[1.0, 1.0, 1.0], [1.0, 0.5, 1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.2, 0.0, 0.1],
       [1.0, 1.0, 1.0]]  # fmt: skip
TUNED = [[1.0, 0.0, 0.0], [1.0, 0.5, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 1.0], [0.2, 0.0, 0.1],
         [1.0, None, None]]  # fmt: skip


def test_spread_and_turns_are_what_they_are_by_hand() -> None:
    matches = steadiness_of({"rag": RAG, "fine_tuned": TUNED, "oracle": TUNED})
    assert (matches["questions"], matches["wordings"], matches["metric"]) == (6, 3.0, "f1")
    rag, tuned, _ = matches["variants"]
    assert rag["flipped"]["value"] == pytest.approx(1 / 6)
    assert rag["range"]["value"] == pytest.approx((0.5 + 0.2) / 6)
    assert rag["sd"]["value"] == pytest.approx(np.mean([np.std(item, ddof=1) for item in RAG]))
    assert (rag["solved"], rag["turned"]) == (4, 1)
    assert (rag["flipped"]["n"], rag["flipped"]["clusters"]) == (6, 3)
    # A question of which one wording alone was scored says nothing about wordings.
    assert (tuned["flipped"]["n"], tuned["flipped"]["missing"]) == (5, 1)
    assert tuned["flipped"]["value"] == pytest.approx(3 / 5)
    assert tuned["range"]["value"] == pytest.approx((1 + 1 + 0 + 1 + 0.2) / 5)
    assert tuned["flipped"]["low"] < 3 / 5 < tuned["flipped"]["high"]


def test_what_is_said_names_the_least_and_the_most_steady_but_never_the_ceiling() -> None:
    matches = steadiness_of({"rag": RAG, "fine_tuned": TUNED, "oracle": [[1.0, 0.0, 0.0]] * 6})
    assert [item["key"] for item in matches["statements"]] == [
        "sensitivity_most", "sensitivity_least",
    ]  # fmt: skip
    assert matches["sentence"].startswith("Fine-tuned hangs most on the wording: on 60% of 5")
    assert (
        "RAG is the steadiest: of 4 questions that it gets right in some wording it gets 1"
        in (matches["sentence"])
    )
    for item in matches["statements"]:
        for value in item["values"].values():
            if isinstance(value, dict):
                assert look_up({"sensitivity": matches}, value["at"]) == value["value"]
    ignorant = steadiness_of({"rag": RAG, "fine_tuned": [[0.0, 0.0, 0.0]] * 6})
    assert [item["key"] for item in ignorant["statements"]] == ["sensitivity_most"]
    steady = steadiness_of({"rag": [[1.0, 1.0]] * 4, "fine_tuned": [[0.0, 0.0]] * 4})
    assert [item["key"] for item in steady["statements"]] == ["sensitivity_steady"]
    silent = steadiness_of({"rag": [[None, None]] * 4})
    assert wording.text(silent["statements"][0]).startswith("No question was answered in two")
