"""What the clause rules read, and the questions they make of it."""

from __future__ import annotations

import pytest

from workbench.questions import verbs
from workbench.questions.clauses import clauses
from workbench.questions.facts import proposals
from workbench.questions.names import Names, learn_names
from workbench.questions.patterns import patterns
from workbench.questions.words import tokens

TEXT = [
    "Yesterday Marta Quill said so.",
    "Then Marta Quill asked Tobias Fenn.",
    "Today Tobias Fenn replied to Marta Quill.",
    "They went to Dunmere with Tobias Fenn, who said that Agnes Vray knew.",
    "Only Agnes Vray smiled in Dunmere.",
]


@pytest.fixture
def names() -> Names:
    return learn_names(TEXT)


def asked(sentence: str, names: Names) -> dict[str, tuple[str, ...]]:
    """Plainest wording -> answers, for every proposal of a sentence."""
    run = tokens(sentence)
    found = {p.wordings[0]: p.answers for c in clauses(run, sentence, names) for p in proposals(c)}
    return found | {p.wordings[0]: p.answers for p in patterns(run, sentence, names)}


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        (
            "Marta Quill paid forty crowns for the bell.",
            "How much money did Marta Quill pay for the bell?",
            "forty crowns",
        ),
        (
            "Marta Quill paid forty crowns for the bell.",
            "Who paid forty crowns for the bell?",
            "Marta Quill",
        ),
        (
            "Tobias Fenn carried the lantern to Dunmere.",
            "Where did Tobias Fenn carry the lantern?",
            "to Dunmere",
        ),
        (
            "In the spring of 1843 Agnes Vray hid the map.",
            "When did Agnes Vray hide the map?",
            "in the spring of 1843",
        ),
        (
            "Agnes Vray locked the door because the river had risen.",
            "Why did Agnes Vray lock the door?",
            "because the river had risen",
        ),
        (
            "Agnes Vray promised to mend the window.",
            "What did Agnes Vray promise to do?",
            "to mend the window",
        ),
        (
            "Marta Quill was the keeper of the North Light.",
            "Who was the keeper of the North Light?",
            "Marta Quill",
        ),
        ("Marta Quill was seventy-one years old.", "How old was Marta Quill?", "seventy-one years"),
        (
            "Tobias Fenn counted eleven boats in the harbour.",
            "How many boats did Tobias Fenn count in the harbour?",
            "eleven boats",
        ),
        ("Marta Quill gave Tobias Fenn a map.", "What did Marta Quill give Tobias Fenn?", "a map"),
        (
            "They spoke of Marta Quill's sister Agnes Vray.",
            "What was the name of Marta Quill's sister?",
            "Agnes Vray",
        ),
        (
            "The bell had been cast in the year 1702 in Dunmere.",
            "Where had the bell been cast in the year 1702?",
            "in Dunmere",
        ),
    ],
)
def test_a_plain_clause_gives_the_question(
    sentence: str, question: str, answer: str, names: Names
) -> None:
    found = asked(sentence, names)
    assert question in found, list(found)
    assert found[question][0] == answer


@pytest.mark.parametrize(
    "sentence",
    [
        "Marta Quill did not pay forty crowns.",
        "If Marta Quill paid forty crowns, the bell would ring.",
        "Marta Quill would pay forty crowns.",
        "He paid forty crowns.",
        "Marta Quill rubbed his high, pale forehead.",
        "Marta Quill is going to mend the window.",
        "Marta Quill made Tobias Fenn tell the tale.",
    ],
)
def test_what_is_denied_supposed_or_nameless_is_not_asked(sentence: str, names: Names) -> None:
    assert asked(sentence, names) == {}


def test_the_second_predicate_has_the_same_subject(names: Names) -> None:
    found = asked("Marta Quill climbed the stairs, and laid a lemon on the bench.", names)
    assert found["What did Marta Quill lay on the bench?"] == ("a lemon",)


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("paid", "pay"),
        ("hoped", "hope"),
        ("hopped", "hop"),
        ("carried", "carry"),
        ("stopped", "stop"),
        ("fastened", "fasten"),
        ("noted", "note"),
        ("buried", "bury"),
        ("hundred", None),
        ("missed", "miss"),
        ("used", "use"),
    ],
)
def test_base_forms(word: str, base: str | None) -> None:
    assert verbs.base_of_past(word) == base


@pytest.mark.parametrize(
    ("base", "done"),
    [
        ("pay", "paid"),
        ("stop", "stopped"),
        ("carry", "carried"),
        ("open", "opened"),
        ("write", "written"),
        ("bake", "baked"),
    ],
)
def test_participles(base: str, done: str) -> None:
    assert verbs.participle(base) == done


def test_a_phrase_with_an_adverb_inside_is_not_cut(names: Names) -> None:
    found = asked("Marta Quill walked into a small rather dirty office.", names)
    assert not any("small" in question for question in found)


def test_up_the_street_is_no_object(names: Names) -> None:
    found = asked("Tobias Fenn ran up the street.", names)
    assert "Who ran up the street?" in found
    assert not any(question.startswith("What") for question in found)


def test_a_cleft_is_in_the_tense_of_its_clause(names: Names) -> None:
    sentence = "Marta Quill keeps the light in Dunmere."
    wordings = [
        w
        for c in clauses(tokens(sentence), sentence, names)
        for p in proposals(c)
        for w in p.wordings
    ]
    assert "Who is it that keeps the light in Dunmere?" in wordings
    assert not any("was it" in w for w in wordings)


def test_a_place_after_a_noun_is_doubted(names: Names) -> None:
    def doubt(sentence: str) -> float:
        return next(
            p.doubt
            for c in clauses(tokens(sentence), sentence, names)
            for p in proposals(c)
            if p.type == "place"
        )

    assert doubt("Marta Quill examined a letter on the bench.") > 0
    assert doubt("Marta Quill laid a letter on the bench.") == 0
