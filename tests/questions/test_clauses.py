"""What the clause rules read, and the questions they make of it."""

from __future__ import annotations

import pytest

from workbench.questions import verbs
from workbench.questions.clauses import clauses
from workbench.questions.facts import joined, proposals
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
    matches = {
        p.wordings[0]: p.answers for c in clauses(run, sentence, names) for p in proposals(c)
    }
    return matches | {p.wordings[0]: p.answers for p in patterns(run, sentence, names)}


def every_wording(sentence: str, names: Names) -> list[str]:
    run = tokens(sentence)
    return [w for c in clauses(run, sentence, names) for p in proposals(c) for w in p.wordings]


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
    matches = asked(sentence, names)
    assert question in matches, list(matches)
    assert matches[question][0] == answer


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
    matches = asked("Marta Quill climbed the stairs, and laid a lemon on the bench.", names)
    assert matches["What did Marta Quill lay on the bench?"] == ("a lemon",)


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


@pytest.mark.parametrize("inside", ["small, oddly dirty", "very small rather dirty"])
def test_a_phrase_with_an_adverb_inside_is_not_cut(inside: str, names: Names) -> None:
    matches = asked(f"Marta Quill walked into a {inside} office.", names)
    assert all("office" in question for question in matches if "small" in question)


def test_up_the_street_is_no_object(names: Names) -> None:
    matches = asked("Tobias Fenn ran up the street.", names)
    assert "Who ran up the street?" in matches
    assert not any(question.startswith("What") for question in matches)


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


@pytest.mark.parametrize(
    ("sentence", "torn"),
    [
        ("Marta Quill examined a letter on the bench.", "Where did Marta Quill examine"),
        ("Marta Quill left from the yard behind the hall.", "Where did Marta Quill leave"),
        (
            "Marta Quill lived at the top in a cottage with a red roof.",
            "Where did Marta Quill live",
        ),
        ("Marta Quill bought a coat with brass buttons.", "What did Marta Quill buy"),
        ("Agnes Vray boarded the train for Dunmere.", "By whom was the train boarded"),
        ("Marta Quill learned a rule on the back of a bill.", "Where did Marta Quill learn"),
    ],
)
def test_a_phrase_is_not_torn_from_its_noun(sentence: str, torn: str, names: Names) -> None:
    assert not [q for q in every_wording(sentence, names) if q.startswith(torn)]


def test_a_phrase_of_the_verb_is_asked_for(names: Names) -> None:
    matches = asked("Marta Quill laid a letter on the bench.", names)
    assert matches["Where did Marta Quill lay a letter?"][0] == "on the bench"


@pytest.mark.parametrize(
    "sentence",
    [
        "Marta Quill was amazed at a spectacle so unusual as a lit window.",
        "Marta Quill had only sold eleven boats.",
        "Marta Quill needed less than an hour to find the map.",
        "Marta Quill paid twice as much as Agnes Vray.",
    ],
)
def test_nothing_is_asked_of_half_a_comparison(sentence: str, names: Names) -> None:
    assert asked(sentence, names) == {}


def test_what_is_counted_by_the_year_stays_so(names: Names) -> None:
    matches = asked("Marta Quill mended sacks at twenty crowns a year for the mill.", names)
    answers = [a for q, a in matches.items() if q.startswith("For how much money")]
    assert answers == [("twenty crowns a year", "twenty")]
    assert not any(" a year" in q and "twenty" not in q for q in matches)


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("There were keys to the box in which Marta Quill and Agnes Vray were locked.", "Agnes"),
        ("Marta Quill said that the Bishop and the Dean had been tested.", "the Dean"),
    ],
)
def test_a_joined_subject_is_never_halved(sentence: str, wrong: str, names: Names) -> None:
    run = tokens(sentence)
    subjects = [c.words(c.subject.start, c.subject.end) for c in clauses(run, sentence, names)]
    assert not [s for s in subjects if s.startswith(wrong)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Marta Quill pleaded guilty.",
        "Marta Quill named the next pig Agnes Vray.",
        "Marta Quill tied a scarf over her hat.",
    ],
)
def test_no_passive_is_made_of_a_complement_or_with_an_owner(sentence: str, names: Names) -> None:
    matches = every_wording(sentence, names)
    assert matches
    assert not [q for q in matches if "by whom" in q.lower()]


def test_an_apostrophe_of_several_stays(names: Names) -> None:
    matches = asked("Marta Quill measured the porters' bench.", names)
    assert matches["What did Marta Quill measure?"] == ("the porters' bench",)


def test_two_deeds_are_asked_together(names: Names) -> None:
    sentence = "Marta Quill took the key and opened the bell chamber."
    first, second = clauses(tokens(sentence), sentence, names)
    matches = [w for p in joined(first, second) for w in p.wordings]
    assert "Who took the key and opened the bell chamber?" in matches


def test_a_trade_beside_a_name_tells_who(names: Names) -> None:
    matches = asked("They sent for the boatman Tobias Fenn.", names)
    assert matches["Who was the boatman?"] == ("Tobias Fenn",)
