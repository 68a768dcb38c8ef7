"""What numbers and dates are worth, as texts write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.questions.writers.numbers import date_key, number_value

ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
DAYS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth", "twenty-first", "twenty-second", "twenty-third",
    "twenty-fourth", "twenty-fifth", "twenty-sixth", "twenty-seventh", "twenty-eighth",
    "twenty-ninth", "thirtieth", "thirty-first",
)  # fmt: skip
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

amounts = st.integers(0, 999_999)
years, months, days = st.integers(1000, 2100), st.integers(1, 12), st.integers(1, 31)


def spelled(value: int, link: str = " ") -> str:
    """The number in words, ``link`` between the hundreds and what is left of them."""
    if value >= 1000:
        rest = value % 1000
        joint = link if rest < 100 else " "
        return f"{spelled(value // 1000, link)} thousand" + (
            f"{joint}{spelled(rest, link)}" if rest else ""
        )
    if value >= 100:
        rest = value % 100
        return f"{ONES[value // 100]} hundred" + (f"{link}{spelled(rest, link)}" if rest else "")
    if value < 20:
        return ONES[value]
    return TENS[value // 10] + (f"-{ONES[value % 10]}" if value % 10 else "")


@given(amounts, st.sampled_from([" ", " and "]), st.booleans())
def test_a_number_in_words_is_worth_what_it_says(value: int, link: str, capital: bool) -> None:
    words = spelled(value, link)
    assert number_value(words.capitalize() if capital else words) == value


def test_a_million_in_words() -> None:
    assert number_value("a million") == number_value("one million") == 1_000_000
    assert number_value("two million three hundred thousand and four") == 2_300_004


@given(st.integers(1, 900), st.sampled_from([("thousand", 10**3), ("million", 10**6)]))
def test_figures_before_a_word_of_scale(value: int, scale: tuple[str, int]) -> None:
    assert number_value(f"{value} {scale[0]}") == value * scale[1]


@given(st.integers(2, 90), st.integers(2, 90))
def test_a_range_in_words_is_no_number(left: int, right: int) -> None:
    assert number_value(f"{spelled(left)} to {spelled(right)}") is None


@given(years, months, days)
def test_a_date_in_iso_form(year: int, month: int, day: int) -> None:
    assert date_key(f"{year:04d}-{month:02d}-{day:02d}") == (year, month, day)


@given(st.integers(0, 10**9), st.booleans())
def test_figures_with_and_without_commas(value: int, grouped: bool) -> None:
    written = f"{value:,}" if grouped else str(value)
    assert number_value(written) == value
    assert number_value(f"up to {written} barrels of salt") == value


@given(st.integers(0, 99_999), st.integers(0, 99))
def test_a_fraction_in_figures(whole: int, hundredths: int) -> None:
    assert number_value(f"£{whole:,}.{hundredths:02d}") == pytest.approx(whole + hundredths / 100)


@given(amounts, amounts)
def test_of_two_numbers_in_figures_neither_is_the_one(left: int, right: int) -> None:
    assert number_value(f"between {left} and {right}") is None


@pytest.mark.parametrize(
    "text",
    ["", "the brass bell", "many", "seven sailors", "half an hour", "ten or twelve", "a"],
)
def test_no_number_where_a_text_is_more_or_less_than_one(text: str) -> None:
    assert number_value(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("at least forty", 40), ("about a hundred", 100), ("two dozen", 24), ("more than one", 1)],
)
def test_words_that_bound_a_number_leave_it_as_it_is(text: str, value: int) -> None:
    assert number_value(text) == value


@given(years, months, days)
def test_a_whole_date_in_every_way_of_writing_it(year: int, month: int, day: int) -> None:
    name, word = MONTHS[month - 1], DAYS[day - 1]
    for text in (
        f"{day} {name} {year}",
        f"{name} {day}, {year}",
        f"the {day}th of {name} {year}",
        f"the {word} of {name} {year}",
        f"on Monday the {word} of {name}, {year}",
    ):
        assert date_key(text) == (year, month, day), text


@given(years, months)
def test_what_a_date_does_not_name_is_nought(year: int, month: int) -> None:
    assert date_key(f"in {MONTHS[month - 1]} {year}") == (year, month, 0)
    assert date_key(f"the winter of {year}") == (year, 0, 0)
    assert date_key(f"the {DAYS[0]} of {MONTHS[month - 1]}") is None


@given(st.tuples(years, months, days), st.tuples(years, months, days))
def test_keys_are_ordered_as_the_dates_are(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    keys = [date_key(f"the {DAYS[d - 1]} of {MONTHS[m - 1]} {y}") for y, m, d in (one, other)]
    assert keys[0] is not None and keys[1] is not None
    assert (keys[0] < keys[1]) == (one < other)
