"""Which questions are the exam, and what may be trained on beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.little import gold_records, write_gold
from tests.support.tale import small_corpus
from workbench.errors import WorkbenchError
from workbench.experiment.questions import QuestionSpec
from workbench.io.files import read_json
from workbench.questions import QuestionSet, certificate, load, place_gold, settle
from workbench.questions.dataset.exam import TooFewQuestionsError
from workbench.questions.dataset.yields import read_yield
from workbench.retrieval.embeddings import embed
from workbench.types import Question

SPEC = QuestionSpec(train_facts=24, test=18, dev=6)
FOUND: dict[str, Any] = {"sections": 12, "sentences": 84}


@pytest.fixture
def gold(tmp_path: Path) -> list[Question]:
    """36 questions by hand, three on each section of the tale."""
    return place_gold(write_gold(tmp_path, gold_records(12, 3)), small_corpus())


def unseen(written: Path) -> list[str]:
    return list(read_json(written / "plan.json")["plan"]["unseen"])


def test_enough_written_questions_are_the_exam_and_gold_stands_apart(
    written: Path, gold: list[Question]
) -> None:
    exam = settle(load(written), gold, SPEC, read_yield(written), unseen(written))
    assert exam.questions.test == load(written).test and not exam.on_gold and exam.trains
    assert len(exam.questions.gold) == 36 and exam.withheld == ()


def test_no_training_question_on_an_examined_fact_may_be_an_example(
    written: Path, gold: list[Question]
) -> None:
    everything = load(written)
    asked = next(q for q in everything.test if q.stratum == "unseen")
    # Another fact by its id, in another section, and yet what the exam asks for.
    twin = replace(everything.train[0], id="twin", text=f"Tell me: {asked.text}", fact="another",
                   answers=asked.answers, evidence=())  # fmt: skip
    exam = settle(replace(everything, train=(*everything.train, twin)), gold, SPEC, FOUND,
                  unseen(written), embed=embed)  # fmt: skip
    facts = {q.fact for q in exam.questions.test}
    told = {q.id for q in exam.questions.train if q.fact in facts}
    assert told and {*told, "twin"} <= set(exam.examined) < {q.id for q in exam.questions.train}


def test_without_written_questions_gold_is_the_exam_and_nothing_is_trained(
    gold: list[Question],
) -> None:
    exam = settle(QuestionSet(), gold, SPEC, FOUND)
    assert exam.on_gold and not exam.trains
    assert [q.text for q in exam.questions.test] == [q.text for q in gold]
    assert {(q.role, q.origin, q.stratum) for q in exam.questions.test} == {("test", "gold", None)}
    assert exam.questions.gold == exam.questions.train == ()


def test_a_few_written_questions_do_not_mix_with_a_gold_exam(
    written: Path, gold: list[Question]
) -> None:
    few = replace(load(written), test=load(written).test[:5])
    exam = settle(few, gold, SPEC, FOUND, unseen(written))
    assert exam.on_gold and {q.origin for q in exam.questions.test} == {"gold"}


def test_training_questions_never_give_a_gold_exam_away(
    written: Path, gold: list[Question]
) -> None:
    everything = load(written)
    # One asked by hand in the very words of a training question, on the same sentence.
    twin = everything.train[0]
    copied = replace(gold[0], text=twin.text, answers=twin.answers, evidence=twin.evidence,
                     cluster=twin.cluster)  # fmt: skip
    exam = settle(replace(everything, test=()), [copied, *gold[1:]], SPEC, FOUND, unseen(written))
    assert exam.on_gold and exam.trains and twin.id in exam.withheld
    assert twin.text not in {q.text for q in exam.questions.train}
    assert certificate(exam.questions.train, exam.questions.test)["clean"]
    assert {q.id for q in everything.train} == {
        *exam.withheld, *(q.id for q in exam.questions.train)
    }  # fmt: skip
    assert {"unseen", "reworded"} <= {str(q.stratum) for q in exam.questions.test}


def test_too_few_facts_leave_training_out_where_there_is_gold(
    written: Path, gold: list[Question]
) -> None:
    thin = replace(load(written), train=load(written).train[:2])
    exam = settle(thin, gold, SPEC, FOUND, unseen(written))
    assert not exam.on_gold and not exam.trains
    assert {q.stratum for q in (*exam.questions.test, *exam.questions.gold)} == {None}


def test_facts_to_train_on_count_only_where_something_is_trained(written: Path) -> None:
    bare = replace(load(written), train=())
    assert settle(bare, (), SPEC, FOUND, training=False).questions.test
    with pytest.raises(TooFewQuestionsError):
        settle(bare, (), SPEC, FOUND)
    # Asked for on purpose, it is no shortfall.
    none_asked = SPEC.model_copy(update={"train_facts": 0})
    assert not settle(bare, (), none_asked, FOUND).trains


def test_too_few_by_hand_says_how_many_more(gold: list[Question]) -> None:
    with pytest.raises(
        WorkbenchError, match=r"The 7 hand-written questions .* are too few"
    ) as told:
        settle(QuestionSet(), gold[:7], SPEC, FOUND)
    assert "5 more questions in the gold file" in told.value.hint


def test_a_fault_of_the_gold_file_is_named_by_its_line(tmp_path: Path) -> None:
    records = gold_records(3, 3)
    records[4].pop("answer")
    records[6]["evidence"] = "Nobody ever said this."
    path = write_gold(tmp_path, records)
    with pytest.raises(WorkbenchError, match=r"line 5: no answer is given"):
        place_gold(path, small_corpus())
    with pytest.raises(WorkbenchError, match=r"line 7: the evidence of"):
        place_gold(write_gold(tmp_path, [*gold_records(1, 4), records[5], records[5] | {
            "question": "Who?"}, records[6]]), small_corpus())  # fmt: skip
    (tmp_path / "empty.jsonl").write_text("", "utf-8")
    with pytest.raises(WorkbenchError, match="holds no question"):
        place_gold(tmp_path / "empty.jsonl", small_corpus())
