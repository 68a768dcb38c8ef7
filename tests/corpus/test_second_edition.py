"""The handbook's second edition and its questions are what its README says of them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

FIRST = Path(__file__).resolve().parents[2] / "corpora" / "handbook"
SECOND = FIRST / "second_edition"


@pytest.fixture(scope="module")
def texts() -> tuple[str, str]:
    return tuple((at / "handbook.md").read_text("utf-8") for at in (FIRST, SECOND))


@pytest.fixture(scope="module")
def gold() -> list[dict[str, object]]:
    return [json.loads(line) for line in (SECOND / "gold.jsonl").open(encoding="utf-8")]


def test_every_quote_stands_where_it_says_and_once_only(texts, gold) -> None:
    for row in gold:
        assert row["id"] == "gold-" + hashlib.sha256(row["text"].encode()).hexdigest()[:12]
        for item in row["evidence"]:
            assert texts[1][item["start"] : item["end"]] == item["quote"]
            assert texts[1].count(item["quote"]) == 1


def test_the_questions_are_on_what_changed(texts, gold) -> None:
    first, _ = texts
    counts = Counter(row["tags"]["change"] for row in gold)
    assert counts == {"changed": 13, "new": 9, "removed": 4, "unchanged": 4}
    for row in gold:
        before, quotes = row["tags"].get("before"), [e["quote"] for e in row["evidence"]]
        match row["tags"]["change"]:
            case "changed":
                assert before and not set(before) & set(row["answers"])
                assert any(quote not in first for quote in quotes)
            case "new":
                assert not before and any(quote not in first for quote in quotes)
            case "removed":
                assert row["kind"] == "unanswerable" and not row["answers"] and not quotes
                assert any(answer in first for answer in before)
            case "unchanged":
                assert not before and all(quote in first for quote in quotes)


def test_the_questions_are_none_of_the_first_editions(gold) -> None:
    earlier = {json.loads(line)["id"] for line in (FIRST / "gold.jsonl").open(encoding="utf-8")}
    assert len({row["id"] for row in gold} - earlier) == len(gold) == 30


def test_what_the_house_style_and_its_requests_quote_is_as_it_was(texts) -> None:
    style = [text[text.index("## 10. ") : text.index("## 11. ")] for text in texts]
    assert style[0] == style[1]
