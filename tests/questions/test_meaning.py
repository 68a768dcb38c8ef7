"""Questions that repeat one another in meaning, or that another place answers otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.experiment.questions import QuestionSpec
from workbench.questions.dataset.selection import select
from workbench.questions.parsing.names import learn_names
from workbench.questions.parsing.nlp import parse
from workbench.questions.quality.filters import answer_fault, wording_fault
from workbench.questions.quality.information import information_bits, least_bits
from workbench.questions.quality.meaning import sift
from workbench.questions.quality.usage import SILENT, Usage, looseness
from workbench.questions.writers.drafts import Draft
from workbench.questions.writers.offline import Kept
from workbench.retrieval.embeddings import embed
from workbench.types import LanguageModel

TOLD = [
    "Yesterday Marta Quill said so.",
    "Today Tobias Fenn replied to Marta Quill.",
    "Then Tobias Fenn asked Marta Quill.",
    "Marta Quill unlocked the oak cupboard with the brass key.",
    "It rained on the harbour all that week.",
    "The gulls sat along the wall of the mill.",
    "The ferry lay at its rope and did not move.",
    "Nobody came up from the quay before dark.",
    "Tobias Fenn unlocked the oak cupboard with the brass key.",
    "Peter sold eleven herring at the market.",
]
NAMES = learn_names(TOLD)
NAMES.learn_entities(parse([(text, ()) for text in TOLD]))
USAGE = Usage([("s", text, place * 100) for place, text in enumerate(TOLD)])


def draft(place: int, text: str, answer: str, type: str = "person", subject: str = "") -> Draft:
    return Draft(
        fact=f"f{place}/{text}",
        section="s",
        document="d",
        start=place * 100,
        end=place * 100 + len(TOLD[place]),
        quote=TOLD[place],
        stretch=TOLD[place],
        answers=(answer,),
        wordings=(text,),
        type=type,
        kind="factoid",
        side="unseen",
        subject=subject or answer,
        score=1.0,
        tale=True,
    )


def test_a_question_that_another_place_answers_otherwise_goes(reader: LanguageModel) -> None:
    asked = draft(3, "Who unlocked the oak cupboard with the brass key?", "Marta Quill")
    other = draft(9, "How many herring did Peter sell at the market?", "eleven", "number", "Peter")
    kept, dropped = sift([Kept(asked, 1.0), Kept(other, 1.0)], USAGE, NAMES, reader, embed)
    assert [k.draft.text for k in kept] == [other.text]
    assert dropped[0].reason == "another section may answer it otherwise"
    assert "Fenn" in dropped[0].detail


def test_of_two_questions_on_one_fact_the_surer_stays(reader: LanguageModel) -> None:
    text = "How many herring did Peter sell at the market?"
    sure = draft(9, text, "eleven", "number", "Peter")
    sentences = replace(
        draft(4, "At the market, how many herring did Peter sell?", "eleven herring", "number"),
        subject="Peter",
        score=0.5,
    )
    kept, dropped = sift([Kept(sentences, 1.0), Kept(sure, 1.0)], USAGE, NAMES, reader, embed)
    assert [k.draft.text for k in kept] == [text]
    assert (dropped[0].reason, dropped[0].detail) == ("near-duplicate in meaning", text)


def test_the_exam_asks_one_question_of_a_sentence() -> None:
    kept = [
        Kept(replace(draft(place, text, answer), score=score), 1.0)
        for place in range(3, 9)
        for text, answer, score in (
            (f"Who kept bridge number {place}?", "Marta Quill", 1.0),
            (f"What did Marta Quill keep at mile {place}?", f"bridge number {place}", 0.7),
        )
    ]
    spec = QuestionSpec(test=12, dev=3, train_facts=4)
    chosen = select(kept, spec, "edition", 7)
    starts = [q.evidence[0].start for q in chosen.test]
    assert len(starts) == len(set(starts)) > 0
    assert all(q.text.startswith("Who kept") for q in chosen.test)
    assert not set(starts) & {q.evidence[0].start for q in chosen.dev}


@pytest.mark.parametrize(
    "text",
    [
        "Who drove a motor-lorry after that?",
        "Who left with a patient to-night?",
        "What did Marta Quill have for instance?",
        "Who was the slighter of the two brothers?",
    ],
)
def test_what_leans_on_the_text_before_it_is_dropped(text: str) -> None:
    assert wording_fault(text, draft(3, text, "Marta Quill"), NAMES) == "needs its context"


def test_names_that_sound_like_context_are_kept() -> None:
    text = "Who bought a share in the Three Aunts against three crowns?"
    assert wording_fault(text, draft(3, text, "Marta Quill"), NAMES) is None


def bits(question: str) -> float:
    """What a question tells in a book of forty sections in which each of its words stands once."""
    return information_bits(question, {}, 40, NAMES, SILENT)


@pytest.mark.parametrize(
    ("loose", "firm"),
    [
        ("Who sounded tired?", "Who slit the sailcloth?"),
        ("Where did the reaction lead?", "Where did the reaction of vinegar with chalk lead?"),
        ("Who endured the tension?", "Who endured the smallpox?"),
        ("Who was sipping coffee?", "Who sipped coffee?"),
        ("Who gave a grunt?", "Who gave a grunt at the auction of the lugger?"),
    ],
)
def test_a_rarer_deed_tells_more(loose: str, firm: str) -> None:
    assert bits(loose) < bits(firm)
    assert bits(loose) < least_bits(150, "person")


def test_a_longer_book_asks_for_more() -> None:
    assert least_bits(40, "person") < least_bits(100, "person") < least_bits(900, "person")
    assert least_bits(150, "person") == least_bits(900, "person")
    assert least_bits(150, "lasting") < least_bits(150, "dated") < least_bits(150, "person")


@pytest.mark.parametrize(
    ("answer", "type"),
    [
        ("on the Wednesday", "time"),
        ("in the evenings", "time"),
        ("an Acting Clerk", "person"),
        ("the strange black eyes Marta", "person"),
    ],
)
def test_answers_that_tell_nobody_or_no_day_are_dropped(answer: str, type: str) -> None:
    asked = draft(3, "Who or what or when was it at the mill?", answer, type, "Marta Quill")
    assert answer_fault(asked, NAMES)


def test_a_day_with_its_date_is_an_answer() -> None:
    asked = draft(3, "When was it?", "on Friday the sixth of September", "time", "Marta Quill")
    assert answer_fault(asked, NAMES) is None


def test_gestures_carry_no_question() -> None:
    empty, full = (bits(q) for q in ("Who turned back at the door?", "Who sold eleven herring?"))
    assert empty < least_bits(40, "person") < full
    door = draft(3, "What did Marta Quill open?", "the door", "thing", "Marta Quill")
    assert answer_fault(door, NAMES) == "vague answer"


def test_an_unnamed_subject_is_doubted() -> None:
    known = draft(3, "What did Marta Quill produce?", "a key", "thing", "Marta Quill")
    assert looseness(known) == 0
    assert (
        looseness(
            replace(known, wordings=("What did a policeman produce?",), subject="a policeman")
        )
        > 0
    )
