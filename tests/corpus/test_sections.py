"""Chapters are found where a reader would find them, and long ones are cut on paragraphs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.documents import chinese, prose
from workbench.corpus import sections
from workbench.corpus.language import words
from workbench.types import Document


def titles(text: str, target: int = 600) -> list[str]:
    return [s.title for s in sections(Document("d", text, "e", "Fog"), target)]


@pytest.mark.parametrize(
    "names",
    [
        ["Chapter 1", "Chapter 2", "Chapter 3"],
        ["CHAPTER IV. The Storm", "CHAPTER V. The Calm", "CHAPTER VI. The Wreck"],
        ["Chapter the First", "Chapter the Second", "Chapter the Twenty-third"],
        ["CHAPTER ONE", "CHAPTER TWENTY-TWO", "CHAPTER FORTY"],
        ["BOOK II", "BOOK III"],
        ["I", "II", "III", "IV"],
        ["I. THE PRISON DOOR", "II. THE MARKET-PLACE"],
        ["1", "2", "3"],
        ["Prologue", "Chapter 1", "Epilogue"],
        ["## First week", "## Second week", "## Pay"],
    ],
)
def test_english_headings_begin_sections(names):
    text = "\n\n".join(f"{name}\n\n{prose(400, i)}" for i, name in enumerate(names))
    assert titles(text) == [name.lstrip("# ") for name in names]


@pytest.mark.parametrize(
    "names",
    [
        [
            "第一回 宴桃园豪杰三结义 斩黄巾英雄首立功",
            "第二回 张翼德怒鞭督邮",
            "第一百二十回 荐杜预老将献新谋",
        ],
        ["第一章", "第二章　夜行", "第三章：归来"],
        ["楔子", "卷一", "卷二", "尾声"],
    ],
)
def test_chinese_headings_begin_sections(names):
    text = "\n\n".join(f"{name}\n\n{chinese(800, i)}" for i, name in enumerate(names))
    assert titles(text) == names


def test_a_sentence_that_mentions_a_chapter_is_no_heading():
    text = (
        prose(500)
        + "\n\nchapter 3 of his book was burnt.\nPart two of it was not.\n\n"
        + prose(500)
    )
    assert titles(text) == ["Fog (1/2)", "Fog (2/2)"]


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_a_table_of_contents_is_not_taken_for_chapters(gap):
    names = [f"CHAPTER {n}. {word}" for n, word in (("I", "Fog"), ("II", "Ice"), ("III", "Sun"))]
    contents = "FOG\n\nCONTENTS\n\n" + gap.join(names)
    text = contents + "\n\n" + "\n\n".join(f"{n}\n\n{prose(450, i)}" for i, n in enumerate(names))
    assert titles(text) == names


def test_a_book_heading_joins_its_first_chapter():
    text = "\n\n".join(
        f"BOOK {b}\n\nCHAPTER I\n\n{prose(400, 1)}\n\nCHAPTER II\n\n{prose(400, 2)}"
        for b in ("ONE", "TWO")
    )
    assert titles(text) == [
        "BOOK ONE · CHAPTER I",
        "CHAPTER II",
        "BOOK TWO · CHAPTER I",
        "CHAPTER II",
    ]


def test_long_chapters_are_cut_into_even_parts_on_paragraphs():
    text = "\n\n".join(f"Chapter {n}\n\n{prose(1550, n)}" for n in range(1, 15))
    matches = sections(Document("d", text, "e", "Fog"))
    assert len(matches) == 42
    assert matches[1].title == "Chapter 1 (2/3)"
    assert matches[0].id == "d#01" and matches[41].number == 42
    assert all(350 <= words(s.text) <= 750 for s in matches)
    assert all(text[s.end : s.end + 2] in ("\n\n", "") for s in matches)


def test_text_without_borders_is_still_cut():
    assert len(titles("word " * 6000)) >= 8
    assert len(titles("字" * 9000)) >= 5


MARKS = "aB .。！？”'\n\t,，中文#1IVX-"
PIECES = [*MARKS, "\n\n", "Chapter 1\n\n", "第一回 x\n", "## H\n", "ab. " * 20]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=200).map("".join)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(5, 60))
def test_sections_are_slices_in_order_and_lose_no_chapter_text(text, target):
    matches = sections(Document("d", text, "e", "T"), target)
    end = 0
    for section in matches:
        assert section.text == text[section.start : section.end]
        assert section.text.strip() == section.text != ""
        assert section.start >= end
        assert not text[end : section.start].strip() or end == 0
        end = section.end
    assert len({s.id for s in matches}) == len(matches)
