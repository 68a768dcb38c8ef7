"""An exam that was filtered by a model that sits it, and text that was read beside it."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.evaluation.filtered import exam_sentences, read_back_sentence, with_ceiling

ROWS: list[dict[str, Any]] = [
    {"name": "rag", "label": "RAG", "is_ceiling": False, "metrics": {"f1": {"value": 0.6}}},
    {"name": "oracle", "label": "Oracle (ceiling)", "is_ceiling": True,
     "metrics": {"f1": {"value": 0.764}}},
]  # fmt: skip
READ = {"model": "reader", "endpoint": None, "kept": 176, "dropped": 24, "variants": ["rag"]}


def test_the_ceiling_stands_with_the_dropped_questions_counted_too() -> None:
    proof = with_ceiling({"clean": True, "read_back": READ}, ROWS, "f1")
    assert proof is not None
    assert proof["read_back"]["ceiling"] == 0.764
    # 176 of 200 were kept: .764 x .88.
    assert proof["read_back"]["ceiling_with_dropped"] == pytest.approx(0.67232)
    (sentence,) = exam_sentences(proof, [], ROWS)
    assert "24 of 200 were thrown away" in sentence and "also sits it" in sentence
    assert "Oracle 76.4; counting the questions thrown away as wrong: 67.2." in sentence


def test_a_model_that_does_not_sit_the_exam_gives_no_warning() -> None:
    proof = with_ceiling({"clean": True, "read_back": {**READ, "variants": []}}, ROWS, "f1")
    assert proof is not None and exam_sentences(proof, [], ROWS) == []
    assert "which does not sit it" in read_back_sentence(proof["read_back"], "Oracle")


@pytest.mark.parametrize("certificate", [None, {"clean": True}])
def test_an_older_certificate_says_nothing(certificate: dict[str, Any] | None) -> None:
    assert with_ceiling(certificate, ROWS, "f1") == certificate
    assert exam_sentences(certificate, [], ROWS) == []


def test_without_an_oracle_there_is_a_count_and_no_ceiling() -> None:
    proof = with_ceiling({"read_back": READ}, ROWS[:1], "f1")
    (sentence,) = exam_sentences(proof, [], ROWS[:1])
    assert "24 of 200" in sentence and "counting" not in sentence


def test_text_of_unseen_sections_that_was_read_is_told() -> None:
    tuning = [{"adapter": "rag", "unseen_sections_read": 8}, {"adapter": "oracle"}]
    (sentence,) = exam_sentences(None, tuning, ROWS)
    assert "RAG read the running text of 8 unseen sections" in sentence
