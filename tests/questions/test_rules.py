"""Rules in the present tense: what is asked of them, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.questions.names import Names, learn_names
from workbench.questions.rule_facts import of_rules, third_person
from workbench.questions.verbs import base_of_present
from workbench.questions.words import tokens

TEXT = (
    "A crew from Tannery Yard met the Stores Keeper. Then the Workshop Master saw the Stores "
    "Keeper at Tannery Yard, and the invoices, records, deliveries and candles lay there."
)


@pytest.fixture(scope="module")
def names() -> Names:
    return learn_names([TEXT])


def asked(sentence: str, names: Names) -> dict[str, str]:
    """The plainest wording of each question on a sentence, with its first answer."""
    matches = of_rules(tokens(sentence), sentence, names)
    return {proposal.wordings[0]: proposal.answers[0] for proposal in matches}


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        (
            "A quotation is valid for fourteen days from its date.",
            "How long is a quotation valid from its date?",
            "fourteen days",
        ),
        (
            "Job cards are kept for twelve years.",
            "How long are job cards kept?",
            "twelve years",
        ),
        (
            "A missing instrument is reported to the Stores Keeper on the same day.",
            "To whom is a missing instrument reported on the same day?",
            "the Stores Keeper",
        ),
        (
            "A second bench costs 8 pounds for the whole hire.",
            "How much does a second bench cost for the whole hire?",
            "8 pounds",
        ),
        (
            "For Grade 3 the customer pays 450 pounds.",
            "How much does the customer pay for Grade 3?",
            "450 pounds",
        ),
        (
            "The van may be left for twenty minutes if it is locked.",
            "How long may the van be left if it is locked?",
            "twenty minutes",
        ),
        (
            "The slate is wiped on Fridays at 16.30, and whatever is on it must be put right.",
            "At what time is the slate wiped on Fridays?",
            "16.30",
        ),
        (
            "Names are given by the Workshop Master, and only after five years.",
            "By whom are names given?",
            "the Workshop Master",
        ),
        (
            "Licences are checked every six months.",
            "How often are licences checked?",
            "every six months",
        ),
    ],
)
def test_a_rule_is_asked_for(sentence: str, question: str, answer: str, names: Names) -> None:
    assert asked(sentence, names)[question] == answer


@pytest.mark.parametrize(
    "sentence",
    [
        "A number is never used again after nine years.",
        "The fleet has forty-one instruments: nine in Class A and thirty-two elsewhere.",
        "By day the van may be left for twenty minutes if it is locked.",
        "The plate is fixed inside the lid, except on the organs.",
        "A bench goes with each instrument unless the customer declines it.",
        "It is kept for twelve years.",
        "Some records are kept for twelve years.",
        "Wages are paid on the twenty-sixth of the month, or on the day before it.",
        "An instrument that has left the fleet is kept for two years.",
        "Peder kept the records for twelve years.",
    ],
)
def test_what_is_no_plain_rule_is_left_alone(sentence: str, names: Names) -> None:
    assert asked(sentence, names) == {}


def test_the_wordings_of_one_fact_differ_and_hold_its_condition(names: Names) -> None:
    sentence = "The van may be left for twenty minutes if it is locked."
    (proposal,) = of_rules(tokens(sentence), sentence, names)
    assert len(set(proposal.wordings)) == len(proposal.wordings) >= 4
    assert all("it is locked" in wording for wording in proposal.wordings)
    assert not any("twenty" in wording for wording in proposal.wordings)


@given(st.sampled_from(["sign", "carry", "teach", "pay", "go", "mix", "buzz", "wash", "pass"]))
def test_a_third_person_leads_back_to_its_base(base: str) -> None:
    assert base_of_present(third_person(base)) in {base, None}


def test_third_persons() -> None:
    sentences = [third_person(base) for base in ("sign", "carry", "teach", "pay", "pass")]
    assert sentences == ["signs", "carries", "teaches", "pays", "passes"]
