"""Personal data is replaced as a text is read: before anything is cut, and in questions too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench import corpus as corpora
from workbench.errors import WorkbenchError
from workbench.questions import place_gold

TEXT = (
    "# The desk\n\nThe desk answers at 020 7946 0958 and by desk@pellworth.org.\n\n"
    + "It lends harpsichords. " * 60
    + "\n\n# The store\n\nThe store answers at 020 7946 0958 too, and stands in a loft.\n\n"
    + "It holds twelve instruments. " * 60
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "house.md"
    file.write_text(TEXT, "utf-8")
    return file


def test_one_number_has_one_replacement_in_every_section(path: Path, tmp_path: Path) -> None:
    corpus = corpora.load(path, mask=("phone", "email"))
    text = corpus.documents[0].text
    assert "7946" not in text and "pellworth.org" not in text
    number = text.split("answers at ")[1].split(" and")[0]
    assert text.count(number) == 2
    for section in corpus.sections:
        assert text[section.start : section.end] == section.text
    corpora.save(corpus, tmp_path / "kept")
    assert corpora.open_corpus(tmp_path / "kept") == corpus
    assert corpora.inspect(corpus)["personal"] == {}


def test_what_is_found_is_told_before_it_is_learned(path: Path) -> None:
    corpus = corpora.load(path)
    assert corpora.inspect(corpus)["personal"] == {"email": 1, "phone": 1}
    assert "7946" in corpora.load(path, mask=("email",)).documents[0].text


def test_hand_written_questions_are_still_answered_by_their_text(
    path: Path, tmp_path: Path
) -> None:
    quote = "The desk answers at 020 7946 0958 and by desk@pellworth.org."
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"question": "At which number does the desk answer?",
                                "answer": "020-7946-0958", "evidence": quote}))  # fmt: skip
    corpus = corpora.load(path, mask=("phone", "email", "id"))
    (question,) = place_gold(gold, corpus)
    (span,) = question.evidence
    assert corpus.documents[0].text[span.start : span.end] == span.quote
    assert question.answers[0] in span.quote and "7946" not in question.answers[0]
    gold.write_text(
        gold.read_text().replace("lends", "sells").replace("desk answers at", "desk is")
    )
    with pytest.raises(WorkbenchError, match="occurs in no document"):
        place_gold(gold, corpus)
