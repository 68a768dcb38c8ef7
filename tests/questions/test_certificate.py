"""A leak of each kind is planted, and the certificate finds it."""

from __future__ import annotations

import pytest

from workbench.errors import WorkbenchError
from workbench.questions.quality.certificate import certificate, require_clean
from workbench.types import Evidence, Question, Stratum


def question(
    id: str, text: str, answer: str, fact: str, cluster: str, start: int, stratum: Stratum | None
) -> Question:
    return Question(
        id=id,
        text=text,
        answers=(answer,),
        fact=fact,
        cluster=cluster,
        stratum=stratum,
        role="train" if stratum is None else "test",
        evidence=(Evidence("d", start, start + 40, "…"),),
    )


TRAIN = [
    question(
        "d1",
        "How much money did Marta Quill pay for the brass bell?",
        "forty crowns",
        "f1",
        "d#01",
        0,
        None,
    ),
    question(
        "d2",
        "Where did Tobias Fenn hide the map of Dunmere?",
        "under the floor",
        "f2",
        "d#02",
        100,
        None,
    ),
]
CLEAN = [
    question(
        "e1",
        "The brass bell cost Marta Quill what sum?",
        "forty crowns",
        "f1",
        "d#01",
        0,
        "reworded",
    ),
    question(
        "e2", "Who mended the ferryman's window?", "Agnes Vray", "f3", "d#02", 300, "same_section"
    ),
    question("e3", "When did the Grey Heron leave Oakham?", "in June", "f4", "d#09", 900, "unseen"),
]
TEXTS = {"d#01": "one two three " * 30, "d#02": "four five six " * 30, "d#09": "seven eight " * 40}


def test_a_clean_exam_is_clean() -> None:
    proof = certificate(TRAIN, CLEAN, TEXTS)
    assert proof["clean"]
    assert [proof["strata"][s]["questions"] for s in proof["strata"]] == [1, 1, 1]
    assert proof["strata"]["reworded"]["closest"][0]["train"] == "d1"
    require_clean(proof)


PLANTED = {
    "exact": (
        "reworded",
        question(
            "x",
            "How much money did Marta Quill pay for the brass bell?",
            "forty crowns",
            "f1",
            "d#01",
            0,
            "reworded",
        ),
    ),
    "run of words": (
        "reworded",
        question(
            "x",
            "So how much money did Marta Quill pay for the brass bell then?",
            "forty crowns",
            "f1",
            "d#01",
            0,
            "reworded",
        ),
    ),
    "near-identical": (
        "reworded",
        question(
            "x",
            "How very much money did Marta Quill really pay for the old brass bell?",
            "forty crowns",
            "f1",
            "d#01",
            0,
            "reworded",
        ),
    ),
    "fact": (
        "same_section",
        question("x", "What lay beneath the boards?", "the map", "f2", "d#02", 400, "same_section"),
    ),
    "evidence": (
        "same_section",
        question("x", "Who hid it?", "Tobias Fenn", "f7", "d#02", 120, "same_section"),
    ),
    "near-duplicate question": (
        "same_section",
        question(
            "x",
            "Where did Tobias Fenn hide the Dunmere map?",
            "under the floor",
            "f8",
            "d#02",
            500,
            "same_section",
        ),
    ),
    "the same answer to a shorter question": (
        "unseen",
        question(
            "x",
            "Where did Tobias Fenn hide the map?",
            "under the floor",
            "f9",
            "d#09",
            700,
            "unseen",
        ),
    ),
    "the same answer to a question in other words": (
        "unseen",
        question(
            "x",
            "Where was the map that Tobias Fenn buried?",
            "under the floor",
            "f9",
            "d#09",
            700,
            "unseen",
        ),
    ),
    "the same answer in another section that is trained": (
        "same_section",
        question(
            "x",
            "The brass bell was bought by Marta Quill for what?",
            "forty crowns",
            "f9",
            "d#02",
            700,
            "same_section",
        ),
    ),
    "trained section": (
        "unseen",
        question("x", "Who rang at noon?", "Clara Moss", "f9", "d#01", 700, "unseen"),
    ),
    "near-duplicate of an unseen question": (
        "unseen",
        question(
            "x",
            "Where did Tobias Fenn hide the map of Dunmere?",
            "in the mill",
            "f9",
            "d#09",
            700,
            "unseen",
        ),
    ),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_leak_is_found(kind: str) -> None:
    stratum, leak = PLANTED[kind]
    proof = certificate(TRAIN, [*CLEAN, leak], TEXTS)
    assert not proof["clean"]
    assert proof["strata"][stratum]["leaks"][0]["test"] == "x"
    assert all(not part["leaks"] for name, part in proof["strata"].items() if name != stratum)
    with pytest.raises(WorkbenchError, match=stratum):
        require_clean(proof)
    require_clean(proof, allow_leaks=True)


def test_an_unseen_section_that_copies_a_trained_one_is_found() -> None:
    text = "the harbour master kept a ledger of every sack that crossed the quay " * 4
    proof = certificate(TRAIN, CLEAN, {**TEXTS, "d#01": text, "d#09": text + " and more"})
    assert "nearly copies d#01" in proof["strata"]["unseen"]["leaks"][0]["why"]
