"""Form or knowledge: what a verdict says of a lead that is only in the wording."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.decided import case, grid
from workbench.evaluation.extraction import extracted
from workbench.evaluation.metrics import score_answers
from workbench.types import Answer, Question


@pytest.mark.parametrize(
    ("question", "reply", "core"),
    [
        ("Who paid the boy?", "The answer is: Crispin Hallard.", "crispin hallard"),
        ("How much was the boy paid?", "The boy was paid three shillings.", "three shillings"),
        ("How much was the boy paid?", "Sure! According to the text, the boy was paid 3.5 pounds. "
         "That was a lot.", "35 pounds"),
        ("When was it closed?", "Based on passage [2], it closed in 1820.", "1820"),
        ("Why did he leave?", "He left because he was tired of it.", "left because he was tired"),
        ("Where does Ada live?", "Ada lives at the north quay", "lives at north quay"),
        ("Who is the keeper?", "the keeper", "keeper"),
        ("Who is it?", "Answer: Dr. B. Fitch", "dr b fitch"),
    ],
)  # fmt: skip
def test_the_answer_is_found_in_its_wrapping(question: str, reply: str, core: str) -> None:
    assert " ".join(extracted(reply, question)) == core


def test_the_answer_is_found_in_chinese() -> None:
    given = extracted("根据文本,答案是:王小明。", "院长是谁?", "zh")
    assert "".join(given) == "王小明"


@given(st.text(max_size=80), st.text(max_size=80))
def test_nothing_is_added_and_something_is_always_left(reply: str, question: str) -> None:
    from workbench.text import words

    core, every = extracted(reply, question), words(reply)
    # A sentence's end may take a mark away that joined two words of the whole.
    assert bool(core) == bool(every)
    assert set("".join(core)) <= set("".join(every))


def test_a_wrapped_right_answer_scores_full_marks_once_extracted() -> None:
    question = Question("q", "How much was the boy paid?", ("three shillings a week",))
    reply = Answer("q", "rag", "The boy was paid three shillings a week.", 1, 1, 0.1)
    scores = {item.metric: item.value for item in score_answers([question], [reply])}
    assert scores["f1_extracted"] == 1.0 and scores["containment"] == 1.0
    assert scores["f1"] is not None and scores["f1"] < 0.75


ONES = np.ones(200)


def _told(core: dict[str, np.ndarray], held: dict[str, np.ndarray]) -> tuple[str, str]:
    values = grid(noise=0.02, fine_tuned_rag=0.7, rag=0.4, few_shot_rag=0.69)
    result = case(values, further={"f1_extracted": core, "containment": held})
    assert result["leader"] == "fine_tuned_rag"
    return result["sentence"], result["form"]


def test_a_lead_that_only_the_wording_makes_is_called_form() -> None:
    same = grid(noise=0.02, fine_tuned_rag=0.7, rag=0.7, few_shot_rag=0.7)
    sentence, form = _told(same, same)
    assert "The lead over RAG is form, not knowledge: by Token F1 it is +" in sentence
    assert "RAG + examples, which is shown the form by examples, scores 69" in sentence
    assert "knows more" not in form


def test_a_lead_that_holds_without_the_wording_is_called_knowledge() -> None:
    apart = grid(noise=0.02, fine_tuned_rag=0.7, rag=0.45, few_shot_rag=0.45)
    sentence, form = _told(apart, apart)
    assert "form" not in sentence
    assert "Hybrid knows more than RAG, and does not merely word it better" in form


def test_a_lead_that_one_measure_confirms_is_called_form_in_part() -> None:
    apart = grid(noise=0.02, fine_tuned_rag=0.7, rag=0.55, few_shot_rag=0.7)
    same = grid(noise=0.02, fine_tuned_rag=0.7, rag=0.7, few_shot_rag=0.7)
    sentence, _ = _told(apart, same)
    assert "Part of the lead over RAG is form" in sentence
    # As wide a lead that one measure does not show is no doubt of form.
    wide = grid(noise=0.02, fine_tuned_rag=0.7, rag=0.4, few_shot_rag=0.7)
    loose = grid(noise=0.6, fine_tuned_rag=0.5, rag=0.45, few_shot_rag=0.5)
    sentence, form = _told(wide, loose)
    assert not form and "form" not in sentence


def test_nothing_is_said_where_no_lead_is_shown() -> None:
    values = grid(noise=0.4, fine_tuned_rag=0.52, rag=0.5)
    result = case(values, further={"f1_extracted": values, "containment": values})
    assert "form" not in result["sentence"] and not result["form"]
