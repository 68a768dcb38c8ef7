"""What a sentence offers to be asked: sentences and questions both written by hand."""

from __future__ import annotations

import pytest

from workbench.corpus.corpus import Corpus
from workbench.questions.dataset.plan import Plan
from workbench.questions.parsing.statements import Reading
from workbench.questions.writers.drafts import Draft
from workbench.questions.writers.harder import harder
from workbench.questions.writers.numbers import date_key, number_value
from workbench.questions.writers.offline import Kept
from workbench.questions.writers.rules import drafts_of
from workbench.retrieval.embeddings import embed
from workbench.types import Document, Section

PLAN = Plan(0, ("s",), (), ("s",), 0.0)
#: So much talk makes a document a tale.
TALK = "“I never saw such a thing in all my life,” he said to her, and she gave him his hat. " * 6


def drafts(text: str, tale: bool = False) -> list[Draft]:
    whole = f"{text}\n\n{TALK}" if tale else text
    section = Section("s", "d", 0, len(whole), "", whole)
    reading = Reading(
        Corpus((Document("d", whole, "e"),), (section,), "e", "en", "d"),
        ["s"],
        lambda texts: embed(list(texts)),
    )
    return drafts_of(section, PLAN, reading)


def asked(text: str, tale: bool = False) -> dict[str, tuple[str, ...]]:
    return {w: d.answers for d in drafts(text, tale) for w in d.wordings}


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        (
            "Marta Quill paid forty crowns for a bell.",
            "How many crowns did Marta Quill pay for a bell?",
            "forty crowns",
        ),
        (
            "Marta Quill unlocked the oak cupboard with the brass key.",
            "What did Marta Quill unlock with the brass key?",
            "the oak cupboard",
        ),
        (
            "Marta Quill unlocked the oak cupboard with the brass key.",
            "What did Marta Quill unlock the oak cupboard with?",
            "the brass key",
        ),
        (
            "Every quotation is valid for fourteen days.",
            "How long is every quotation valid?",
            "fourteen days",
        ),
        (
            "You must submit your claim within thirty days.",
            "Within how many days must you submit your claim?",
            "thirty days",
        ),
        (
            "If you lose your card, you must call your bank.",
            "What must you do if you lose your card?",
            "call your bank",
        ),
        (
            "Employees must wear a helmet because stones fall from high walls.",
            "Why must employees wear a helmet?",
            "because stones fall from high walls",
        ),
        (
            "To request leave, you need to email the request form to your manager.",
            "To request leave, what do you need to email to your manager?",
            "the request form",
        ),
        (
            "Ownership is a set of rules that govern how a program manages memory.",
            "What is ownership?",
            "a set of rules that govern how a program manages memory",
        ),
    ],
)
def test_each_part_of_a_sentence_is_asked_for(text: str, question: str, answer: str) -> None:
    offered = asked(text)
    assert question in offered, sorted(offered)
    assert answer in offered[question]


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("She unlocked the oak cupboard with the brass key.", "unlock"),
        ("Marta Quill did not unlock the oak cupboard.", "unlock"),
        ("The contract took effect in the year 1920.", "What did the contract take"),
    ],
)
def test_what_a_question_cannot_say_is_not_asked(text: str, never: str) -> None:
    assert not [q for q in asked(text, tale=True) if never in q]


@pytest.mark.parametrize(
    ("text", "tale", "never"),
    [
        ("Stapleton almost danced with excitement before the lovers.", True, "danced"),
        ("The narrator had seen enough of the old sinner to understand his silence.", True, "Why"),
        ("When you have booked your hotel, proceed on to complete the trip information.", False,
         "purpose"),
        ("You can opt in to receive paid leave in place of a payment.", False, "Why can"),
        ("A thin, elegant man had taken the best bedroom of the inn.", True, "man, take"),
        ("Not another sound broke the silence of the windless night.", True, "What broke"),
        ("Harvard is a large, residential university.", False, "a large"),
        ("ABC launched the film series on the television side.", False, "Where"),
        ("The brackets tell the compiler to use the plain form.", False, "the brackets tell"),
        ("Notable examples include the travelling salesman and the factors of a number.", False,
         "examples"),
        ("The school keeps two libraries apart from the town's archive.", False, "apart from?"),
        ("The rules of borrowing ensure memory safety in every program.", False, "Which safety"),
    ],
)  # fmt: skip
def test_what_only_looks_like_an_answer_is_not_asked_for(text: str, tale: bool, never: str) -> None:
    assert not [q for q in asked(text, tale) if never in q]


@pytest.mark.parametrize(
    ("text", "tale", "question"),
    [
        ("The coroner's jury returned a verdict of death by drowning.", True, "Who returned"),
        ("A wiry bulldog of a man had sprung from the carriage.", True, "Who had sprung"),
        ("Expenses over forty pounds are claimed on form P-3.", False, "On which form"),
        ("The other was the errand boy, Tobit Lunn, eleven years old, who was paid threepence a "
         "day to carry notes and fill inkwells.", True,
         "Why was Tobit Lunn, eleven years old, paid"),
    ],
)  # fmt: skip
def test_a_thing_is_asked_for_by_what_it_is(text: str, tale: bool, question: str) -> None:
    offered = asked(text, tale)
    assert [q for q in offered if q.startswith(question)], sorted(offered)


def test_a_pronoun_is_asked_by_the_name_that_it_must_mean() -> None:
    told = "Dorcas Pell ran the sack loft. She had mended sacks there for eleven years. "
    offered = asked(told + "Her father was proud of Dorcas Pell, and she knew it.", tale=True)
    assert any("Dorcas Pell" in q and "mend" in q for q in offered)
    assert not any(q.split()[1:3] == ["did", "she"] for q in offered)


def test_lists_rows_and_headings_that_ask_are_asked() -> None:
    page = """# Guide

## How do I claim a refund?

Send the receipt to the cashier within ten days.

## Claims

To claim a refund, you need to email the following items to your manager:

- The receipt
- A signed form

## Grades

| Grade | Deposit |
|---|---|
| Bronze | 40 crowns |
| Silver | 90 crowns |
"""
    offered = asked(page)
    assert ("Send the receipt to the cashier within ten days",) in offered.values()
    wanted = [a for q, a in offered.items() if "need to email" in q]
    assert ("The receipt, A signed form",) in wanted
    rows = [q for q, a in offered.items() if a == ("90 crowns",)]
    assert rows and all("Silver" in q and "deposit" in q for q in rows)


def test_code_and_front_matter_are_never_asked_about() -> None:
    page = "---\ntitle: Page\nkeeper: Bartholomew\n---\n\n# Page\n\n```\nlet zebra = 1;\n```\n\n"
    offered = asked(page + "Every keeper locks the gate of a garden at nine in the evening.")
    assert offered
    assert not [q for q in offered if "zebra" in q or "Bartholomew" in q]


def test_two_facts_make_a_question_that_needs_both_places() -> None:
    text = (
        "Rosamund Hicks kept the Drowned Bell at Salt Quay. "
        "Rosamund Hicks sold forty barrels of cider in the year 1920.\n\n"
        "Ambrose Keel founded Marrow Mill in 1901. Ambrose Keel sold Marrow Mill in 1915."
    )
    kept = [Kept(d, 1.0) for d in drafts(text)]
    made = harder(kept, ("multi_hop", "order"))
    bridged = [k.draft for k in made if k.draft.kind == "multi_hop"]
    assert any("the person who" in d.text and "Rosamund" not in d.text for d in bridged)
    assert all(len(d.more) == 1 and d.quote != d.more[0][3] for d in bridged)
    ordered = [k.draft for k in made if k.draft.kind == "order"]
    assert ordered and all("1901" not in d.text and "1915" not in d.text for d in ordered)
    assert any(d.answers[0] == "Ambrose Keel founded Marrow Mill" for d in ordered)


@pytest.mark.parametrize(
    ("text", "value"),
    [("up to 1,200", 1200), ("twenty-two", 22), ("three hundred and ten", 310), ("a few", None),
     ("one thousand one hundred and ninety-two", 1192), ("2 or 3", None)],
)  # fmt: skip
def test_numbers_are_read_in_figures_and_words(text: str, value: float | None) -> None:
    assert number_value(text) == value


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("the eleventh of February 215", (215, 2, 11)),
        ("Sunday the twenty-first of January 1915", (1915, 1, 21)),
        ("July 13, 2021", (2021, 7, 13)),
        ("1862", (1862, 0, 0)),
        ("the evening", None),
    ],
)
def test_dates_are_read(text: str, key: tuple[int, int, int] | None) -> None:
    assert date_key(text) == key
