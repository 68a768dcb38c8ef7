"""Questions and answers that lost a part of their sentence."""

from __future__ import annotations

import pytest

from workbench.questions.quality.leaks import leak_fault
from workbench.questions.quality.torn import points_away, reason_fault, torn_answer, torn_fault

LEDGER = "Until the Charter Year 211 Dunmarrow had bought its grey salt from the Vennet pans."
WORK = "Employees may attend conferences, speak at events, and write for the blog."


@pytest.mark.parametrize(
    ("text", "quote", "fault"),
    [
        ("Where had 211 Dunmarrow bought grey salt until the Charter Year?", LEDGER,
         "ungrammatical"),
        ("Where had Dunmarrow bought grey salt until the Charter Year 211?", LEDGER, None),
        ("Where had 211 Dunmarrow bought grey salt until the Charter Year?",
         LEDGER.replace("211", "211,"), "ungrammatical"),
        ("From where had Dunmarrow bought its grey salt?", LEDGER, None),
        ("Who may attend conferences, speak at events?", WORK, "list cut short"),
        ("Who may attend conferences, speak at events, and write for the blog?", WORK, None),
        ("If you are an employee, where may you speak?", WORK, None),
        ("How many of the 12 rules are kept?", "The 12 rules are kept.", None),
    ],
)  # fmt: skip
def test_numbers_keep_their_names_and_lists_their_ends(
    text: str, quote: str, fault: str | None
) -> None:
    assert torn_fault(text, quote) == fault


@pytest.mark.parametrize(
    ("text", "quote", "answer", "fault"),
    [
        ("What did Septimus Brand take off the ninth name in?",
         "He took the limewash off the ninth name in about as long as a prayer takes.",
         "the limewash", "ungrammatical"),
        ("What did the cart call in?", "The cart called in Saltby on its way.", "Saltby", None),
        ("Which form should you fill in?", "You should fill in, and sign, form P-3.", "form P-3",
         None),
        ("How many pounds is the deposit for A, 400 pounds for B?",
         "The deposit is 150 pounds for A, 400 pounds for B.", "150 pounds", "ungrammatical"),
        ("What consists of the Legislative Assembly at state level?",
         "Parliament consists of the Legislative Assembly (the lower house) and the Legislative "
         "Council (the upper house) at state level.", "Parliament", "list cut short"),
        ("What is estimated to have killed 30–60%?", "The plague is estimated to have killed "
         "30–60% of the people.", "the plague", "ungrammatical"),
        ("What killed 60% of the people?", "The plague killed 60% of the people.", "the plague",
         None),
        ("Where did she look in the books, and up the chimney?", "She looked behind the clock, and "
         "in the books, and up the chimney.", "behind the clock", "list cut short"),
        ("Where did she look on Monday?", "She looked behind the clock on Monday, and in May.",
         "behind the clock", None),
        ("What did the Dean read (the elder) and sign?", "He read the deed (twice) and signed it.",
         "the deed", None),
    ],
)  # fmt: skip
def test_no_half_of_a_sentence_is_left_behind(
    text: str, quote: str, answer: str, fault: str | None
) -> None:
    assert torn_fault(text, quote, [answer]) == fault


@pytest.mark.parametrize(
    ("text", "answer", "told"),
    [
        ("When the council asked Luther to return, who said it was his duty?", "Martin Luther",
         True),
        ("Who was the brother of Katharina Luther?", "Martin Luther", False),
        ("Who opened Luther's letter?", "Martin Luther", False),
        ("Where was Luther tried?", "the city of Worms", False),
    ],
)  # fmt: skip
def test_nobody_is_asked_for_by_his_own_name(text: str, answer: str, told: bool) -> None:
    assert (leak_fault(text, [answer]) is not None) is told


@pytest.mark.parametrize(
    ("answer", "is_one"),
    [
        ("to Dunmarrow every voyage since the contract started", False),
        ("to the north quay", False),
        ("so that the Dean's heart gave a jump", False),
        ("so that it could be found in fog", True),
        ("to be a witness", True),
        ("because he could not spell", True),
    ],
)
def test_a_reason_is_a_purpose_or_a_cause(answer: str, is_one: bool) -> None:
    assert (reason_fault(answer) is None) is is_one


def test_an_answer_does_not_point_elsewhere() -> None:
    assert points_away("View contact information for the team here")
    assert points_away("View contact information here. (Login with a card required.)")
    assert not points_away("in the north quay's ledger")


@pytest.mark.parametrize(
    ("answer", "quote", "sort", "torn"),
    [
        ("call us at (877) 472", "Call us at (877) 472-6716 to book.", "deed", True),
        ("85%", "The flood destroyed 85% of its buildings.", "thing", True),
        ("85%", "Of all buildings the flood destroyed 85%.", "thing", False),
        ("Lovell", "The rocket carried Lovell, Jack Swigert, and Fred Haise.", "thing", True),
        ("self", "A path uses `self`, `super`, or an identifier.", "thing", True),
        ("tea", "The principal cash crops are tea, horticultural produce, and coffee.",
         "definition", True),
        ("Goreu", "Goreu, who was the son of Custennin, prevailed, and all cheered.", "person",
         False),
        ("a cell wall", "They have a cell wall, and contain no pigment.", "thing", False),
        ("events emitted by {Stream", "Transform events emitted by {Stream}.", "thing", True),
        ("a claim that it was 'often damaging", "He heard a claim that it was 'often damaging'.",
         "thing", True),
        ("the sailors' inn", "They slept at the sailors' inn.", "place", False),
        ("Judith Thrale's", "Judith Thrale's lemon tree lived until 240.", "person", True),
        ("Judith Thrale's", "The lemon tree was Judith Thrale's.", "person", False),
        ("your travel card 3-5", "It is credited to your travel card 3-5 business days later.",
         "thing", True),
        ("Form 12", "Send Form 12 to the office.", "thing", False),
    ],
)  # fmt: skip
def test_an_answer_is_the_whole_of_what_was_told(
    answer: str, quote: str, sort: str, torn: bool
) -> None:
    assert torn_answer(answer, quote, sort) is torn
