"""Word pieces back to text: the prompt's spelling where copied, English spacing elsewhere."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.models.reader.spelling import lexicon
from workbench.models.reader.tokenization import ReaderTokenizer

PROMPT = (
    "context: It was the Horse's well-to-do owner, Mr. Smith, who said: \"No, I won't.\" The old "
    "St. Lawrence paid $1,000 on 3 May. Tom went home. They saw Tom 😀 there. "
    "question: What did Mr. Smith say? answer:"
)


def ids(tokenizer: ReaderTokenizer, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("the horse's well-to-do owner", "the Horse's well-to-do owner"),
        ("mr. smith won't", "Mr. Smith won't"),
        ("the old st. lawrence", "The old St. Lawrence"),
        ("$1,000 on 3 may", "$1,000 on 3 May"),
        ("tom 😀", "Tom 😀"),
        ("she met the old st. lawrence", "she met the old St. Lawrence"),
        ("why did tom's son, a well-read man, go?", "Why did Tom's son, a well-read man, go?"),
    ],
)
def test_what_was_copied_is_spelled_as_in_the_prompt(
    tokenizer: ReaderTokenizer, text: str, spelled: str
) -> None:
    assert tokenizer.decode_completion(ids(tokenizer, text), PROMPT) == spelled


@pytest.mark.parametrize(
    "text",
    [
        "they paid $2,500.75 at 10:30",
        "don't, can't and the king's (old) hat",
        'he said: "go home," and went',
        "a 'quoted' word",
        "twenty-one years; no more!",
        "50% of them [sic]",
    ],
)
def test_english_spacing_without_a_prompt(tokenizer: ReaderTokenizer, text: str) -> None:
    sentences = tokenizer.decode_completion(ids(tokenizer, text))
    assert sentences[0].lower() + sentences[1:] == text


def test_a_lexicon_cases_what_no_prompt_holds(tokenizer: ReaderTokenizer) -> None:
    words = lexicon("In May the ferry went to Harrow. There Anna Pym sold it. But anna is a coin.")
    assert words["harrow"] == "Harrow"
    assert "ferry" not in words
    sentences = tokenizer.decode_completion(
        ids(tokenizer, "pym sold the ferry at harrow"), "", words
    )
    assert sentences == "Pym sold the ferry at Harrow"


def test_end_and_padding_are_left_out(tokenizer: ReaderTokenizer) -> None:
    closing = [tokenizer.sep_token_id, tokenizer.pad_token_id, tokenizer.pad_token_id]
    assert tokenizer.decode_completion([*ids(tokenizer, "tom"), *closing], PROMPT) == "Tom"
    assert tokenizer.decode_completion([], PROMPT) == ""


def letters(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in plain if not c.isspace() and unicodedata.category(c) != "Mn")


SENTENCES = st.lists(
    st.sampled_from(
        [
            "Tom",
            "tom",
            "the",
            "The",
            "Horse's",
            "won't",
            "well-to-do",
            "Mr.",
            "(old)",
            "$1,000",
            '"No,"',
            "said",
            "I",
            "home.",
            "3",
            "¿",
            "naïve",
            "10:30",
            "–",
            "and/or",
            "U.S.",
        ]
    ),
    min_size=1,
    max_size=12,
).map(" ".join)


@settings(max_examples=150)
@given(prompt=SENTENCES, text=SENTENCES)
def test_no_letter_is_lost_or_added(tokenizer: ReaderTokenizer, prompt: str, text: str) -> None:
    spelled = tokenizer.decode_completion(ids(tokenizer, text), prompt)
    assert letters(spelled) == letters(text)


@settings(max_examples=150)
@given(data=st.data())
def test_a_run_of_distinct_words_comes_back_as_it_stands(
    tokenizer: ReaderTokenizer, data: st.DataObject
) -> None:
    words = data.draw(
        st.lists(
            st.sampled_from(["Anna", "bOAt", "Well-To-Do", "o'Brien", "St. Ives", "€5", "MAY"]),
            unique=True,
            min_size=2,
        )
    )
    low = data.draw(st.integers(0, len(words) - 1))
    high = data.draw(st.integers(low + 1, len(words)))
    span = " ".join(words[low:high])
    if span.startswith("€"):
        return
    assert tokenizer.decode_completion(ids(tokenizer, span), " ".join(words)) == span
