"""What is struck from a question before anything is kept of it, and what stays."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from workbench.asked.redaction import fit_to_keep, redacted
from workbench.asked.traits import traits
from workbench.fairness import presidio


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Mail ann.lee@example.org about order PX-20391?", "Mail [e-mail] about order [id]?"),
        ("Call +44 20 7946 0958, 020 7946 0958 or (555) 123-4567",
         "Call [phone], [phone] or [phone]"),
        ("IBAN DE89 3704 0044 0532 0130 00, card 4111 1111 1111 1111", "IBAN [id], card [id]"),
        ("customer 8812345 and 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "customer [id] and [id]"),
        ("my number is AB 12 34 56 C", "my number is [id]"),
        ("from 10.0.0.1, https://x.example/a?token=1", "from [address], [address]"),
    ],
)  # fmt: skip
def test_addresses_numbers_and_ids_are_struck(text: str, kept: str) -> None:
    assert redacted(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "Does the 1990s rule hold from 9:30 to 17:00 on 2026-01-02?",
        "Are 4,000 rafts 12.5% or 1,250,000 pounds, in room B12 or in 1990–1995?",
        "木筏在2027年要多少钱?",
    ],
)
def test_years_prices_and_times_stay(text: str) -> None:
    assert redacted(text) == text


def test_what_presidio_finds_is_struck_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(text: str, **_: object) -> list[SimpleNamespace]:
        whole, part = text.index("Ada Bram"), text.index("Bram")
        return [
            SimpleNamespace(start=part, end=part + 4, entity_type="PERSON"),
            SimpleNamespace(start=whole, end=whole + 8, entity_type="PERSON"),
            SimpleNamespace(start=0, end=3, entity_type="US_SSN"),
            SimpleNamespace(start=part + 8, end=part + 14, entity_type="LOCATION"),
        ]

    monkeypatch.setattr(presidio, "is_installed", lambda: True)
    monkeypatch.setattr(presidio, "_analyzer", lambda: SimpleNamespace(analyze=find))
    kept = fit_to_keep("Who is Ada Bram of Saltby, a@b.example?")
    assert kept == "[id] is [person] of Saltby, [e-mail]?"


@pytest.mark.skipif(not presidio.is_installed(), reason="the extra redaction is not installed")
def test_presidio_itself_strikes_a_name() -> None:
    assert "Thornbury" not in fit_to_keep("Did Margaret Thornbury call?")


def test_the_outside_of_a_question_is_told_by_rule() -> None:
    told = [
        traits(text).form
        for text in (
            "How many rafts does Ada Bram own?", "In which year did it burn?", "is there a lift",
            "Whose raft is it?", "Please list the rules.", "价格是多少?", "raft price",
        )
    ]  # fmt: skip
    assert told == ["how_many", "which", "yes_or_no", "who", "request", "how_many", "other"]
    found = traits("Did Ada Bram pay Joost 66 pounds, or 7?")
    assert (found.words, found.names, found.numbers) == (9, 2, 2)
