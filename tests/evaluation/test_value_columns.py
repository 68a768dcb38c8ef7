"""Values held by column: what they say is what a list of them says."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from workbench.evaluation.answer_counts import Replies
from workbench.evaluation.long_texts import LongTexts, answer_of, text_of
from workbench.evaluation.value_columns import Columns
from workbench.io import jsonl
from workbench.types import Answer, Question

QUESTIONS = [
    Question("1", "Who?", ("Ada",)),
    Question("2", "Where?", ()),
    Question("3", "X?", ("x",)),
]
SAID = [
    ("1", "rag", "Ada", "answered"), ("1", "plain", "I do not know.", "answered"),
    ("2", "plain", "", "refused"), ("2", "rag", "on the quay", "answered"),
    ("3", "rag", "", "failed"), ("9", "rag", "not asked", "answered"),
]  # fmt: skip


def columns() -> Columns[Answer]:
    names = ("question", "variant", "text", "status")
    given = {
        name: list(values) for name, values in zip(names, zip(*SAID, strict=True), strict=True)
    }
    size = len(SAID)
    return Columns(Answer, {
        **given, "input_tokens": [*range(size)], "output_tokens": [3] * size,
        "seconds": [0.5] * size,
        "finish": ["error" if item[3] == "failed" else "stop" for item in SAID],
        "refuses": ["not know" in item[2] for item in SAID],
    })  # fmt: skip


def test_columns_are_the_values_that_they_hold() -> None:
    held = columns()
    listed = [Answer(q, v, text, at, 3, 0.5, status=status,
                     finish="error" if status == "failed" else "stop")
              for at, (q, v, text, status) in enumerate(SAID)]  # fmt: skip
    assert list(held) == listed and held[1] == listed[1] and held[-2:] == listed[-2:]
    assert held == Columns.of(Answer, listed) and Columns.of(Answer, held) is held
    assert {name: list(part) for name, part in held.by("variant").items()} == {
        name: [item for item in listed if item.variant == name] for name in ("rag", "plain")
    }
    assert list(held.where("question", ("2",))) == listed[2:4]
    assert held.varies("status") and not held.varies("seconds") and not held.varies("error")
    assert list(held.column("error")) == [None] * len(SAID)


@pytest.mark.parametrize("variant", ["rag", "plain", "none"])
def test_what_is_counted_is_the_same_by_column_and_one_by_one(variant: str) -> None:
    held = columns()
    one, other = Replies(QUESTIONS, held), Replies(QUESTIONS, list(held))
    for count in (Replies.tokens, Replies.counts, Replies.failed_because, Replies.abstention):
        assert count(one, variant) == count(other, variant)
    assert one.abstention("plain")["abstained"] == 2 and one.abstention("rag")["abstained"] == 0
    assert one.counts("rag") == {"answered": 2, "failed": 1, "cut_off": 0}


def test_a_long_text_is_taken_from_its_place() -> None:
    told = ["long é " * 90, "brief"]
    held = Columns(Answer, {
        "question": ["1", "2"], "variant": ["a", "a"], "text": LongTexts().put(told),
        "input_tokens": [1, 1], "output_tokens": [1, 1], "seconds": [0.1, 0.1],
    }, answer_of)  # fmt: skip
    assert [type(text).__name__ for text in held.column("text")] == ["Place", "str"]
    assert [item.text for item in held] == [*map(text_of, held.column("text"))] == told


def test_records_by_column_are_the_lines_that_they_are_one_by_one(tmp_path: Path) -> None:
    held = {"id": ['"a"\n', "é 100%"], "n": [1, 2.5], "listed": [["x"], []], "none": [None, 1]}
    rows = [{"fixed": "50 % of \"it\"", **{name: column[at] for name, column in held.items()}}
            for at in range(2)]  # fmt: skip
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    jsonl.write(one, rows)
    jsonl.write_columns(other, rows[0], {**held, "id": iter(held["id"])})
    assert one.read_bytes() == other.read_bytes()
    assert [json.loads(line) for line in other.read_text("utf-8").splitlines()] == rows
    with pytest.raises(ValueError, match="not JSON compliant"):
        jsonl.write_columns(other, {"n": 1.0}, {"n": [1.0, math.nan]})
    assert other.read_bytes() == one.read_bytes(), "what was there stays"
