"""Personal data is found by its form, and replaced always alike."""

from __future__ import annotations

import pytest

from workbench.fairness import personal
from workbench.fairness.masking import Masker, counted
from workbench.fairness.rough import rough

FOUND = {
    "email": ("Jane.Doe+x@mail.example.co.uk",),
    "phone": (
        "+44 20 7946 0958", "(01632) 960 001", "020 7946 0958", "13812345678", "555-867-5309",
    ),
    "id": ("4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32", "11010519491231002X",
           "123-45-6789", "AB123456C"),
}  # fmt: skip
PLAIN = (
    "In 1961-1979 and on 2026-11-27, 3.14159 of 212 kilograms, pages 100-200, PW-123456, "
    "4111 1111 1111 1112, ISBN 978-3-16-148410-0, 1,234,567 words, 10.0.0.1, section 2.3.4, "
    "11010519491231002Y and 12:30 to 14:45."
)


@pytest.mark.parametrize("kind", FOUND)
def test_each_kind_is_found_whole(kind: str) -> None:
    for value in FOUND[kind]:
        text = f"Write to {value}, please."
        (found,) = personal.find(text)
        assert (found.kind, text[found.start : found.end]) == (kind, value)


def test_figures_and_dates_are_nobody_s() -> None:
    assert personal.find(PLAIN) == []


def test_a_value_has_one_replacement_however_it_is_written() -> None:
    text = "020 7946 0958 is 020-7946-0958; a@b.org is A@B.org and not c@b.org"
    new = Masker(personal.KINDS)(text)
    first, rest = new.split(" is ", 1)
    assert rest.startswith(first) and "7946" not in new and "@b.org" not in new
    mails = [new[f.start : f.end] for f in personal.find(new, ("email",))]
    assert mails[0] == mails[1] != mails[2]
    assert Masker(personal.KINDS)(new) == new
    assert counted([new]) == {}
    assert counted([text]) == {"email": 2, "phone": 1}


def test_only_what_is_asked_for_is_replaced() -> None:
    assert Masker(("phone",))("a@b.org, 020 7946 0958").startswith("a@b.org, 000-")


def test_rough_words_are_counted_as_whole_words() -> None:
    assert rough(["You idiot! Go to hell, IDIOT.", "Scunthorpe"]) == {"idiot": 2, "go to hell": 1}
    assert rough(["他是混蛋"]) == {"混蛋": 1}
