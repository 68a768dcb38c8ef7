"""A corpus about other people, and the questions on it: every offset holds, every person agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench import corpus as corpora
from workbench.corpus import Corpus
from workbench.evaluation import twins
from workbench.fairness.exchange import Exchange
from workbench.fairness.lexicon import read_pairs
from workbench.stages.twins import copied, lexicon_digest, made_twins
from workbench.types import Evidence, Question

PAIRS = read_pairs("en")
SAID = "Judith Pellworth keeps her ledger in the safe"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("house")
    text = "".join(
        f"# Part {n}\n\nRosalind saw him on day {n}. {SAID} {n}. {'It rained on them. ' * 40}\n\n"
        for n in range(4)
    )
    (folder / "house.md").write_text(text, "utf-8")
    (folder / "other.md").write_text("# Other\n\n" + "Nobody is named here at all. " * 50, "utf-8")
    return corpora.load(folder)


def exam(corpus: Corpus) -> list[Question]:
    text = corpus.document("house").text
    asked = []
    for n in range(4):
        start = text.index(f"{SAID} {n}")
        span = Evidence("house", start, start + len(SAID), SAID)
        asked.append(Question(f"q{n}", f"Where does Judith keep her ledger {n}?", ("the safe",),
                              (span,), cluster=f"house#0{n}"))  # fmt: skip
    asked.append(Question("plain", "What fell?", ("rain",), cluster="other#00"))
    return asked


def test_the_copy_is_cut_where_the_text_was(corpus: Corpus) -> None:
    copy, count = copied(corpus, Exchange(PAIRS, "gender"))
    assert count == 4 * 4
    assert [section.id for section in copy.sections] == [s.id for s in corpus.sections]
    for section in copy.sections:
        own = copy.document(section.document).text
        assert own[section.start : section.end] == section.text
    first = copy.document("house").text
    assert "Roland saw her on day 0. Julian Pellworth keeps his ledger" in first
    assert copy.document("other").text == corpus.document("other").text
    assert copy.edition != corpus.edition


def test_a_twin_is_answered_by_the_copy(corpus: Corpus) -> None:
    copy, _ = copied(corpus, Exchange(PAIRS, "gender"))
    found = made_twins(exam(corpus), corpus, PAIRS, ("gender", "origin"), 3, seed=1)
    assert [item.tags[twins.EXCHANGED] for item in found] == ["gender"] * 3 + ["origin"] * 3
    for item in found:
        if item.tags[twins.EXCHANGED] != "gender":
            continue
        (span,) = item.evidence
        assert copy.document("house").text[span.start : span.end] == span.quote
        assert span.quote.startswith("Julian Pellworth keeps his")
        assert item.text.startswith("Where does Julian keep his ledger")
        assert item.tags[twins.GROUP] == "women" and item.tags[twins.OF] != item.id
    assert found == made_twins(exam(corpus), corpus, PAIRS, ("gender", "origin"), 3, seed=1)


def test_another_word_list_is_another_copy(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("[age: young, old; words]\nboy=sage\n", "utf-8")
    assert lexicon_digest(path) != lexicon_digest(None)
