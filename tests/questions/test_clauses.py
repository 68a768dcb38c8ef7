"""Clauses of real parsed sentences: subject, verb group, and the parts around them."""

from __future__ import annotations

import pytest

from tests.support.asking import clauses_of, sentences_of, told
from workbench.questions.parsing.clauses import Clause, clauses


def group(clause: Clause) -> str:
    return " ".join(token.text for token in clause.group)


def subject(clause: Clause) -> str | None:
    return clause.words(*clause.subject) if clause.subject is not None else None


def only(text: str) -> Clause:
    found = clauses_of(text)
    assert len(found) == 1, [group(c) for c in found]
    return found[0]


@pytest.mark.parametrize(
    ("text", "who", "verbs", "parts"),
    [
        (
            "You must email the signed form to the payroll office.",
            "you",
            "must email",
            [("object", "the signed form"), ("prep", "to the payroll office")],
        ),
        (
            "The clerk gave Clara Moss a map.",
            "the clerk",
            "gave",
            [("dative", "Clara Moss"), ("object", "a map")],
        ),
        (
            "The clerk paid the sailors ninety crowns.",
            "the clerk",
            "paid",
            [("dative", "the sailors"), ("object", "ninety crowns")],
        ),
        (
            "The council owns the mill, the bridge and the tower.",
            "the council",
            "owns",
            [("object", "the mill, the bridge and the tower")],
        ),
        ("The old bridge seems strong.", "the old bridge", "seems", [("complement", "strong")]),
        (
            "The porter turned off the lamp.",
            "the porter",
            "turned",
            [("particle", "off"), ("object", "the lamp")],
        ),
        (
            "You can reset the password by clicking the red button.",
            "you",
            "can reset",
            [("object", "the password"), ("means", "by clicking the red button")],
        ),
        (
            "Staff may leave early because the calendar is shared.",
            "staff",
            "may leave",
            [("adverb", "early"), ("reason", "because the calendar is shared")],
        ),
        (
            "The ferryman crossed the river to fetch the doctor.",
            "the ferryman",
            "crossed",
            [("object", "the river"), ("purpose", "to fetch the doctor")],
        ),
        (
            "Peter Holm said that the bridge was closed.",
            "Peter Holm",
            "said",
            [("clause", "that the bridge was closed")],
        ),
    ],
)
def test_a_plain_sentence(text: str, who: str, verbs: str, parts: list[tuple[str, str]]) -> None:
    clause = only(text)
    assert (subject(clause), group(clause), list(told(clause))) == (who, verbs, parts)
    assert not (clause.negated or clause.passive or clause.imperative)


@pytest.mark.parametrize(
    ("text", "condition", "fronted"),
    [
        ("If the gate is locked, the porter rings the bell.", "if the gate is locked", True),
        ("When the bell rings, the porter locks the gate.", "when the bell rings", True),
        ("The gate closes unless a guard signs the book.", "unless a guard signs the book", False),
        (
            "The boat sank off Corve after the storm had broken the mast.",
            "after the storm had broken the mast",
            False,
        ),
    ],
)
def test_a_condition_with_its_place(text: str, condition: str, fronted: bool) -> None:
    clause = only(text)
    part = next(p for p in clause.parts if p.role == "condition")
    assert (clause.of(part), part.fronted) == (condition, fronted)
    assert part.marker is not None
    assert clause.inner(part) == condition.split(" ", 1)[1]


@pytest.mark.parametrize(
    ("text", "verbs", "asked_of"),
    [
        ("The clerks need to submit a monthly report.", "need to submit", "a monthly report"),
        ("You are required to attend the training.", "are required to attend", "the training"),
        ("Staff are able to book a room.", "are able to book", "a room"),
        ("The porter will have to carry the crate.", "will have to carry", "the crate"),
        ("You should be able to see the tower.", "should be able to see", "the tower"),
        ("The council plans to rebuild the bridge.", "plans to rebuild", "the bridge"),
    ],
)
def test_a_chain_of_infinitives_is_one_group(text: str, verbs: str, asked_of: str) -> None:
    clause = only(text)
    assert group(clause) == verbs
    assert clause.main.text == verbs.split()[-1]
    assert list(told(clause)) == [("object", asked_of)]


def test_an_infinitive_after_an_object_stays_out_of_the_group() -> None:
    clause = only("The council asked the clerk to copy the letters.")
    assert group(clause) == "asked"


@pytest.mark.parametrize(
    ("text", "verb", "parts"),
    [
        (
            "Submit the form to the clerk.",
            "Submit",
            [("object", "the form"), ("prep", "to the clerk")],
        ),
        (
            "To ring the bell, pull the red rope.",
            "pull",
            [("purpose", "to ring the bell"), ("object", "the red rope")],
        ),
        (
            "If the lamp fails, call the harbour master.",
            "call",
            [("condition", "if the lamp fails"), ("object", "the harbour master")],
        ),
    ],
)
def test_an_imperative_has_no_subject(text: str, verb: str, parts: list[tuple[str, str]]) -> None:
    clause = only(text)
    assert clause.imperative
    assert (clause.subject, group(clause), list(told(clause))) == (None, verb, parts)


def test_a_relative_clause_is_told_of_its_noun() -> None:
    inner, outer = clauses_of("Martha Miller, who owned the mill, sold a barn to Peter Holm.")
    assert (subject(inner), group(inner)) == ("Martha Miller", "owned")
    assert list(told(inner)) == [("object", "the mill")]
    assert (subject(outer), group(outer)) == ("Martha Miller", "sold")
    assert list(told(outer)) == [("object", "a barn"), ("prep", "to Peter Holm")]


def test_a_relative_clause_without_comma_belongs_to_the_subject() -> None:
    inner, outer = clauses_of("Employees who joined in May must submit a receipt.")
    assert (subject(inner), group(inner)) == ("employees", "joined")
    assert (subject(outer), group(outer)) == ("employees who joined in May", "must submit")


def test_a_relative_clause_about_its_object_is_no_clause_of_its_own() -> None:
    clause = only("The mill that the council owned burned in 1794.")
    assert (subject(clause), group(clause)) == ("the mill that the council owned", "burned")


@pytest.mark.parametrize(
    ("text", "verbs"),
    [
        (
            "The letters must be copied and sent to the bishop.",
            ["must be copied", "must be sent"],
        ),
        ("The clerk has copied and sealed the letters.", ["has copied", "has sealed"]),
        ("Martha Miller repaired the clock and locked the tower.", ["repaired", "locked"]),
    ],
)
def test_a_second_predicate_shares_subject_and_auxiliaries(text: str, verbs: list[str]) -> None:
    found = clauses_of(text)
    assert [group(c) for c in found] == verbs
    assert len({subject(c) for c in found}) == 1


def test_each_predicate_has_its_own_parts() -> None:
    first, second = clauses_of("Martha Miller repaired the clock and locked the tower.")
    assert list(told(first)) == [("object", "the clock")]
    assert list(told(second)) == [("object", "the tower")]


def test_two_sentences_in_one_keep_their_subjects() -> None:
    text = "The clerk gave the keys to the porter, but the porter lost the keys."
    assert [(subject(c), group(c)) for c in clauses_of(text)] == [
        ("the clerk", "gave"),
        ("the porter", "lost"),
    ]


@pytest.mark.parametrize(
    ("text", "verbs", "parts"),
    [
        (
            "The council was founded by Martha Miller in 1794.",
            "was founded",
            [("agent", "by Martha Miller"), ("prep", "in 1794")],
        ),
        (
            "The letters were carried by a ferryman.",
            "were carried",
            [("agent", "by a ferryman")],
        ),
        (
            "The baker was elected mayor in 1801.",
            "was elected",
            [("complement", "mayor"), ("prep", "in 1801")],
        ),
    ],
)
def test_a_passive(text: str, verbs: str, parts: list[tuple[str, str]]) -> None:
    clause = only(text)
    assert clause.passive
    assert (group(clause), list(told(clause))) == (verbs, parts)


@pytest.mark.parametrize(
    "text",
    ["She did not open the door.", "He never opened the chest.", "The porter hardly slept."],
)
def test_a_negated_clause_says_so(text: str) -> None:
    assert only(text).negated


@pytest.mark.parametrize(
    "text",
    ["There is a lamp in the tower.", "The lamp in the tower.", "Walking home at night."],
)
def test_what_is_no_statement_of_somebody_has_no_clause(text: str) -> None:
    assert clauses_of(text) == []


def test_a_pronoun_is_told_by_its_name() -> None:
    (sentence,) = sentences_of("She sold the bell to his brother.")
    places = {t.text: t.i for t in sentence}
    names = {places["She"]: "Martha Miller", places["his"]: "Peter Holm's"}
    (clause,) = clauses(sentence, names)
    assert subject(clause) == "Martha Miller"
    assert list(told(clause)) == [("object", "the bell"), ("prep", "to Peter Holm's brother")]


def test_contracted_words_are_written_out() -> None:
    clause = only("We've moved the office to Harrow.")
    assert clause.words(clause.sentence.start, clause.sentence.end) == (
        "we have moved the office to Harrow."
    )
