"""Questions by rule for training: what they ask, and that their answers stand in the passage."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from training.reader import mine
from training.reader.data.passages import words

TALE = (
    "Dorcas Pell climbed the tower before dawn. She hung a lantern in the window, because the "
    "fog had come in. The porter was sorely afraid when the bell rang. When the ferry came, Dorcas "
    "Pell ran down the stairs and counted the passengers. The porter locked the gate for the "
    "night. “Who is there?” asked the porter. "
)


def test_every_question_comes_with_a_passage_that_holds_its_answer(tmp_path: Path) -> None:
    rows = [{"title": "The Ferry", "section": str(n), "text": TALE * 3} for n in range(4)]
    given, out = tmp_path / "sections.jsonl", tmp_path / "mined.jsonl"
    given.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    mine.main([str(given), str(out)])
    records = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert records and all(record["title"] == "The Ferry" for record in records)
    pairs = [(record["context"], q) for record in records for q in record["questions"]]
    assert len(pairs) > 10
    for context, pair in pairs:
        assert pair["question"].endswith("?")
        assert len(context.split()) <= mine.LONGEST
        assert words(pair["answer"]) <= words(context), pair


def test_one_question_is_kept_for_each_answer_and_few_of_a_passage() -> None:
    two = [mine.Offer("Who rang?", "Anna", "person"), mine.Offer("Who ran?", "anna", "person")]
    firsts = {tuple(mine.chosen(two, random.Random(seed))) for seed in range(20)}
    assert firsts == {(two[0],), (two[1],)}
    many = [mine.Offer(f"How many were on day {n}?", str(n), "number") for n in range(50)]
    kept = mine.chosen(many, random.Random(0))
    assert len(set(kept)) == mine.PER_PASSAGE and set(kept) <= set(many)


def test_passages_cover_the_text_in_whole_sentences() -> None:
    cut = list(mine.passages(TALE * 9, random.Random(0)))
    assert " ".join(cut) == " ".join((TALE * 9).split())
    assert len(cut) > 2
    assert all(len(passage.split()) <= mine.LONGEST for passage in cut)


@pytest.mark.parametrize(
    "text", ["", "   \n\n ", "他登上了塔。她点亮了灯。", "No. Yes! (x) *" * 40]
)
def test_a_text_without_questions_gives_none(text: str) -> None:
    assert list(mine.mined("x", text, random.Random(0))) == []


def test_a_folder_of_texts_is_read_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("First.\n\nSecond.", encoding="utf-8")
    (tmp_path / "two.txt").write_bytes(b"Caf\xe9.")
    (tmp_path / "notes.md").write_text("not read", encoding="utf-8")
    assert [title for title, _ in mine.texts(tmp_path)] == ["one", "two"]
