"""What stands above a passage is indexed with it, from the title down, without what it holds."""

from __future__ import annotations

from dataclasses import replace

from tests.corpus.test_passages import HANDBOOK, corpus_of, count
from workbench.corpus.above import with_headings
from workbench.corpus.passages import passages


def lines(text: str, tokens: int, title: str = "Handbook") -> dict[str, str]:
    """The line above each passage, by how the passage begins."""
    corpus = corpus_of(text)
    documents = [replace(document, title=title) for document in corpus.documents]
    cut = passages(corpus, tokens, 0, count, "structure")
    texts = with_headings(cut, documents, corpus.sections)
    found = {}
    for passage, whole in zip(cut, texts, strict=True):
        assert whole.endswith(passage.text)
        found[passage.text[:12]] = whole.removesuffix(passage.text)
    return found


def test_a_passage_is_found_by_the_headings_down_to_it() -> None:
    found = lines(HANDBOOK, 12)
    assert found["# Leave\n\nEve"] == "Handbook\n"
    assert found["- Tell your "] == "Handbook > Leave > Parental leave\n"
    assert found["## Sick leav"] == "Handbook > Leave\n"


def test_a_title_that_is_the_first_heading_stands_once() -> None:
    assert lines(HANDBOOK, 12, "Leave")["- Tell your "] == "Leave > Parental leave\n"


def test_without_title_and_headings_the_text_is_its_own() -> None:
    assert set(lines("Anna kept the mill.", 12, "").values()) <= {"", "T\n", "d\n"}


def test_a_chapter_is_named_without_the_number_of_its_part() -> None:
    chapter = "Anna kept the mill and the mill kept Anna. " * 20
    text = "".join(f"Chapter {n}\n\n{chapter}\n\n" for n in (1, 2, 3))
    assert set(lines(text, 30, "The mill").values()) == {
        f"The mill > Chapter {n}\n" for n in (1, 2, 3)
    }  # fmt: skip


def test_chinese_headings_stand_above_too() -> None:
    found = lines("# 假期\n\n每人有二十五天。\n\n## 产假\n\n十六周。\n\n全额支付。\n", 6, "手册")
    assert found["全额支付。"] == "手册 > 假期 > 产假\n"
