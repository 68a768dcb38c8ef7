"""Questions by rule for training: what they ask, and that their answers stand in the passage."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from workbench.questions import mine
from workbench.questions.names import learn_names
from workbench.questions.sentences import sentences
from workbench.questions.sequels import sequels
from workbench.questions.words import words

TALE = (
    "Dorcas Pell climbed the tower before dawn. She hung a lantern in the window, because the "
    "fog had come in. The porter was sorely afraid when the bell rang. When the ferry came, Dorcas "
    "Pell ran down the stairs and counted the passengers. The porter locked the gate for the "
    "night. “Who is there?” asked the porter. "
)


def offered(text: str) -> dict[str, str]:
    """Question -> answer over many draws."""
    run = sentences(text)
    names = learn_names([s.text for s in run] * 3)
    return {
        p.wordings[0]: p.answers[0]
        for seed in range(40)
        for p in sequels(run, names, random.Random(seed))
    }


def test_a_tale_is_asked_for_what_follows_why_and_how_it_felt() -> None:
    matches = offered(TALE)
    assert matches["Why did Dorcas Pell hang a lantern in the window?"] == "the fog had come in"
    assert matches["How did the porter feel when the bell rang?"] == "sorely afraid"
    happened = {q: a for q, a in matches.items() if q.startswith("What happened")}
    assert happened
    assert "Why did the porter lock the gate?" not in matches  # "for the night" is no reason
    done = matches["What did Dorcas Pell do after Dorcas Pell climbed the tower before dawn?"]
    assert done.startswith("hung a lantern in the window")


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
        if pair["type"] not in {"person", "outcome"}:  # these may put a name for its pronoun
            assert pair["answer"] in context, pair
        assert set(words(pair["answer"])) <= set(words(context)), pair


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
