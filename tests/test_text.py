"""Answers as words: Latin as SQuAD takes it, Chinese, Japanese and Korean by character."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus import language
from workbench.corpus.language import words as count
from workbench.questions.words import words as question_words
from workbench.text import length, runs, token_f1, words


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("2020年", "zh", ["2020", "年"]),
        ("3 个月", "zh", ["3", "个", "月"]),
        ("第12回,曹操", "zh", ["第", "12", "回", "曹", "操"]),
        ("用Excel表", "zh", ["用", "excel", "表"]),
        ("选A座", "zh", ["选", "a", "座"]),
        ("３，５", "zh", ["3", "5"]),
        ("約翰·史密斯。", "zh", ["約", "翰", "史", "密", "斯"]),
        ("東京タワー1号", "ja", ["東", "京", "タ", "ワ", "ー", "1", "号"]),
        ("서울 2호선", "ko", ["서", "울", "2", "호", "선"]),
        ("the 曹操 camp", "en", ["曹", "操", "camp"]),
    ],
)
def test_each_character_of_chinese_japanese_and_korean_is_a_word(
    text: str, language: str, expected: list[str]
) -> None:
    assert words(text, language) == expected


@given(
    st.lists(st.sampled_from(["个", "月", "の", "울", "12", "Excel", "b2"]), min_size=1),
    st.sampled_from(["zh", "ja", "ko", "en"]),
)
def test_spaces_between_scripts_do_not_matter(pieces: list[str], language: str) -> None:
    plain = "".join(
        piece if not (piece.isascii() and before.isascii()) else f" {piece}"
        for before, piece in zip(["", *pieces], pieces, strict=False)
    )
    assert words(plain, language) == words(" ".join(pieces), language)
    assert length(plain) == len(pieces)


@pytest.mark.parametrize("dash", ["–", "—", "‐", "‑", "‒", "−", "-", "－"])
def test_a_span_of_years_is_the_same_with_every_dash(dash: str) -> None:
    assert token_f1(words(f"1990{dash}1995"), words("1990-1995")) == 1.0


def test_punctuation_of_all_scripts_is_left_out() -> None:
    assert words("“the Brass-key”… ‹‚fox›¿, † —he said—") == ["brasskey", "fox", "he", "said"]
    assert words("Edda—the smith’s") == words("Edda — smith's") == ["edda", "smiths"]
    assert words("soft\u00adly zero\u200bwidth") == ["softly", "zerowidth"]


@given(st.text(alphabet=string.ascii_letters + string.digits + string.punctuation + " "))
def test_plain_text_is_taken_as_squad_takes_it(text: str) -> None:
    # The official evaluation script, line by line (Rajpurkar et al. 2016).
    import re

    lowered = "".join(c for c in text.lower() if c not in set(string.punctuation))
    assert words(text) == re.sub(r"\b(a|an|the)\b", " ", lowered).split()


@given(st.text(alphabet=string.ascii_letters + string.digits + string.punctuation + " "))
def test_what_rouge_counts_is_what_its_package_counts(text: str) -> None:
    from rouge_score.tokenizers import DefaultTokenizer

    assert runs(text) == DefaultTokenizer().tokenize(text)


def test_latin_words_do_not_swallow_the_characters_after_them() -> None:
    # Ten characters are some seven words, and Excel is one.
    assert count("Excel表格里有三十个数字吧") == 1 + round(11 / 1.5)
    assert question_words("用Excel表") == ("用", "excel", "表")


@pytest.mark.parametrize("piece", [1, 7, 40])
def test_a_long_text_has_as_many_words_counted_by_pieces(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Mr. O’Neil-Brown's 1,234.5 barrels, 用Excel表格\nno more of l'été 2020年. " * 3
    whole = count(text)
    monkeypatch.setattr(language, "PIECE", piece)
    assert count(text) == whole


def test_plain_text_gives_the_words_that_any_other_does() -> None:
    # A character that is not seen sends the same text the long way.
    rng = random.Random(3)
    marks = string.ascii_letters + string.digits + string.punctuation + " \t\n\r\x00\x0b\x1c\x7f"
    for _ in range(2000):
        text = "".join(rng.choices(marks + "aAnT the " * 4, k=rng.randrange(40)))
        assert words(text) == words(text + "\u200b"), repr(text)
        assert words(text, "zh") == words(text + "\u200b", "zh"), repr(text)
