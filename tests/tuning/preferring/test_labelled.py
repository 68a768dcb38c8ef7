"""People's pairs: read as the dashboard exports them, and never on a question of the exam."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import WorkbenchError
from workbench.stages.preferring import _is_examined
from workbench.tuning.preferring.labelled import labelled
from workbench.tuning.preferring.pairs import Pair
from workbench.types import Question

TRAIN, DEV = {"t1": "Who kept the bridge?"}, {"d1": "Who sold the boat?"}
EXAM = [Question("e1", "Which miller kept the ferry at Harrow?", ("Anna",))]


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def read(path: Path) -> Any:
    return labelled(path, TRAIN, _is_examined(EXAM, 0.85), DEV)


def row(prompt: str, question: str = "", chosen: str = "Anna", rejected: str = "Pym") -> Any:
    return {"prompt": prompt, "question": question, "chosen": chosen, "rejected": rejected}


def test_pairs_on_train_dev_and_questions_of_ones_own(tmp_path: Path) -> None:
    path = written(
        tmp_path, row(TRAIN["t1"]), row("edited", "t1"), row(DEV["d1"], "d1"), row("What is salt?")
    )
    pairs, judged, own = read(path)
    assert pairs == [
        Pair("t1", "Anna", "Pym", "labels"), Pair("t1", "Anna", "Pym", "labels"),
        Pair("labels:What is salt?", "Anna", "Pym", "labels"),
    ]  # fmt: skip
    assert judged == [Pair("d1", "Anna", "Pym", "labels")]
    assert own == {"labels:What is salt?": "What is salt?"}


def test_a_csv_file_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("question,prompt,chosen,rejected\nt1,Who kept the bridge?,Anna,Pym\n", "utf-8")
    assert read(path)[0] == [Pair("t1", "Anna", "Pym", "labels")]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("e1", "something else"),
        ("", "Which miller kept the ferry at Harrow?"),
        ("", "At Harrow, which miller kept the ferry?"),
    ],
)
def test_a_question_of_the_exam_is_refused(question: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"line 2: .* is a question of the exam") as error:
        read(written(tmp_path, row(TRAIN["t1"], "t1"), row(text, question)))
    assert "Training" in error.value.hint


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.jsonl", '{"prompt": "q", "chosen": "a"}\n', "line 1: there is no 'rejected'"),
        ("a.csv", "question,variant,label\nq,rag,right\n", "line 2: there is no 'prompt'"),
        ("a.jsonl", "{prompt\n", "line 1: this is no JSON"),
        ("a.jsonl", "[1]\n", "line 1: an object with prompt"),
    ],
)
def test_what_is_no_pair_is_one_sentence(name: str, text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(WorkbenchError, match=said):
        read(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="cannot be read"):
        read(tmp_path / "none.jsonl")
