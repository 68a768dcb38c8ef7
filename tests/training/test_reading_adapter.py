"""The reading adapter's examples and batches: the evidence is shown, or the reply refuses."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import torch

from training.reader.data.sources import SourceItem, Sources
from training.reading_adapter.base import Encoded, batches, pieces, tensors
from training.reading_adapter.examples import Draws, draw
from training.reading_adapter.passages import Text, ranked
from training.reading_adapter.prepare import exam
from workbench.text import ABSTENTION


@pytest.fixture(scope="module")
def draws() -> Draws:
    items, sections = [], {}
    for title in ("The Ferry", "The Bell"):
        texts = []
        for n in range(4):
            text = " ".join(
                f"On day {i} the man of {title} in house {n} held {title[4]}{n}{i} oars."
                for i in range(12)
            )
            texts.append(text)
            for i in range(12):
                question = f"How many oars were held in house {n} on day {i}?"
                answer = f"{title[4]}{n}{i} oars"
                items.append(SourceItem(title, text, question, (answer,), "tale"))
        sections[title] = tuple(texts)
    return Draws(Sources(tuple(items), sections, ("It rained. " * 400,)))


def test_a_reply_stands_in_the_passages_or_refuses(draws: Draws) -> None:
    rng = random.Random(0)
    replies = []
    for item in draws.items * 3:
        example = draws.reading(item, rng)
        assert example is not None
        # Examples, where it has some, are earlier turns.
        roles = [role for role, _ in example.turns]
        assert roles[0] == "system" and roles[-1] == "user"
        assert roles[1:-1] == ["user", "assistant"] * (len(roles) // 2 - 1)
        assert ABSTENTION in example.turns[0][1]
        assert example.reply in example.turns[-1][1]
        refused = draws.refusing(item, rng)
        if refused is not None:
            assert refused.reply == ABSTENTION
            assert item.answers[0] not in refused.turns[-1][1]
        drawn = draw(draws, item, rng)
        replies.append(drawn.reply if drawn else "")
    assert 0.05 < sum(reply == ABSTENTION for reply in replies) / len(replies) < 0.35


def test_evidence_keeps_to_the_budget_and_rivals_to_the_rest() -> None:
    text = Text.of("t", [f"In {n} there were {n} owls here." for n in range(40)])
    taken = text.evidence((7, 8), "How many owls in 7?", "7 owls", 30, random.Random(1))
    passage = text.joined(*taken)
    assert "7 owls" in passage
    assert len(passage.split()) <= 30
    assert all("there were 7 owls" not in rest for rest in text.rest(taken, 30, random.Random(1)))


def test_bm25_puts_the_passage_that_shares_rare_words_first() -> None:
    passages = ["the king slept", "the king ate a green pear", "the queen slept"]
    assert ranked("Who ate the pear?", passages)[0] == passages[1]


def test_batches_are_full_and_pieces_small() -> None:
    chunk = [Encoded(tuple(range(n)), n - 2) for n in range(5, 75)]
    found = batches(chunk, 16, random.Random(0))
    assert {len(batch) for batch in found} == {16}
    for piece in pieces(found[0], 300):
        ids, labels = tensors(piece, 0, torch.device("cpu"))
        assert ids.shape == labels.shape
        # The reply is the last two tokens: each is the label of the place before it.
        assert all(int((row != -100).sum()) == 2 for row in labels)
        assert labels[0][piece[0].start - 1] == piece[0].ids[piece[0].start]


def test_the_exam_asks_each_question_with_and_without_its_evidence(tmp_path: Path) -> None:
    rows, sections = [], []
    for title in ("a", "b"):
        for n in range(4):
            text = f"In {title}{n} lived {n} owls."
            sections.append({"title": title, "text": text})
            question = f"Who lived in {title}{n}?"
            row = {"title": title, "context": text, "question": question, "explicit": True}
            rows.append({**row, "answers": [f"{n} owls"]})
    for name, lines in (("validation", rows), ("validation_sections", sections)):
        text = "\n".join(map(json.dumps, lines))
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    records = list(exam(tmp_path, random.Random(0)))
    assert len(records) == 4 * len(rows)
    for record in records:
        shown = record["turns"][1][1].rpartition("Question:")[0]
        held = any(answer in shown for answer in record["answers"])
        assert held is (record["set"] in ("alone", "among"))
