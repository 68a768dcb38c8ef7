"""Whom "he" and "she" mean: a name only where one person can be meant."""

from __future__ import annotations

import pytest

from tests.support.asking import one_document, reading_of
from workbench.questions.parsing.reference import Referents


def meant(text: str, paragraphs: int = 1) -> list[tuple[str, str]]:
    """Every he, she, his, her and him of a text in order, with whom it is read as."""
    corpus = one_document(text)
    reading = reading_of(corpus)
    names = reading.names
    statements = reading.statements(corpus.sections[0])
    assert len({id(s.sentence.doc) for s in statements}) == paragraphs
    referents = Referents(
        [s.sentence for s in statements], [s.spoken for s in statements], names, reading.classes
    )
    return [
        (token.text, referents.resolve(place, token))
        for place, statement in enumerate(statements)
        for token in statement.sentence
        if token.lower_ in {"he", "she", "his", "her", "him"}
    ]


@pytest.mark.parametrize(
    ("text", "pronouns"),
    [
        (
            "Martha Miller bought a bell. She hung it in the chapel.",
            [("She", "Martha Miller")],
        ),
        (
            "Martha Miller wrote to Peter Holm. He burned the letter.",
            [("He", "Peter Holm")],
        ),
        (
            "Martha Miller wrote to Peter Holm. He burned the letter, and she never forgave him.",
            [("He", "Peter Holm"), ("she", "Martha Miller"), ("him", "Peter Holm")],
        ),
        (
            "Peter Holm crossed the river. His brother waited at the mill.",
            [("His", "Peter Holm")],
        ),
        (
            "Peter Holm sold the mill. The roof had fallen in. It rained a lot. He moved to Tarn.",
            [("He", "Peter Holm")],
        ),
        ("Mr. Vray locked the shop. He kept the keys.", [("He", "Mr. Vray")]),
    ],
)
def test_the_one_person_of_that_gender(text: str, pronouns: list[tuple[str, str]]) -> None:
    assert meant(text) == pronouns


def test_the_fullest_name_is_given() -> None:
    text = "Peter Holm sold the mill. Holm moved to Tarn. He bought an inn."
    assert meant(text) == [("He", "Peter Holm")]


def test_of_two_whoever_the_sentence_before_is_about() -> None:
    text = "Peter Holm met Thomas Reed in Wexley. He sold a lantern."
    assert meant(text) == [("He", "Peter Holm")]


@pytest.mark.parametrize(
    "text",
    [
        # Nobody is named.
        "He closed the shop in the evening.",
        # Nobody of that gender is.
        "Martha Miller closed the shop. He had lost the keys.",
        # Two did something.
        "Peter Holm came to the mill, and Thomas Reed came too. He sold a lantern.",
        # The clerk, of whom nobody knows whether a man or a woman, may be meant.
        "The mill belongs to Peter Holm, and the clerk sleeps in it. He is a drunkard.",
        # The old man may be meant.
        "The old man rang the bell for Peter Holm. He was tired.",
    ],
)
def test_where_two_or_nobody_can_be_meant_nobody_is(text: str) -> None:
    assert [name for _, name in meant(text)] == [""]


def test_a_pronoun_before_every_name_means_nobody() -> None:
    assert meant("She laughed at the clock. Martha Miller mended it.") == [("She", "")]


def test_a_name_long_ago_is_forgotten() -> None:
    between = "The bell rang. The rain fell. The river rose. The mill stood still. The wind blew. "
    assert meant(f"Peter Holm sold the mill. {between}He moved to Tarn.") == [("He", "")]


def test_what_is_said_aloud_is_not_read() -> None:
    text = 'Peter Holm locked the shop. "He sold the mill to a stranger from Tarn."'
    assert meant(text) == [("He", "")]


def test_who_carries_on_does_so_within_a_paragraph_only() -> None:
    first, second = "Peter Holm met Thomas Reed in Wexley.", "He sold a lantern."
    assert meant(f"{first} {second}") == [("He", "Peter Holm")]
    assert meant(f"{first}\n\n{second}", paragraphs=2) == [("He", "")]


def test_what_stands_for_the_subject_stays_a_pronoun() -> None:
    text = "Peter Holm sold his boat. Martha Miller mended his net."
    corpus = one_document(text)
    reading = reading_of(corpus)
    names = reading.names
    statements = reading.statements(corpus.sections[0])
    sentences = [s.sentence for s in statements]
    referents = Referents(sentences, ["", ""], names, reading.classes)

    def replaced(place: int) -> list[str]:
        subject = next(t for t in sentences[place] if t.dep_ == "nsubj")
        return list(referents.replacements(place, subject).values())

    assert replaced(0) == ["his"]
    assert replaced(1) == ["Peter Holm's"]
