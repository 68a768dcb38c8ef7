"""The questions of an earlier edition are still asked, asked anew, or retired: never guessed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from workbench.corpus import Corpus, load
from workbench.corpus.editions import compare
from workbench.questions.dataset.carrying import (
    ANSWER_GONE,
    ELSEWHERE,
    GONE,
    MAY_BE_TOLD,
    CarriedQuestions,
    Retired,
    carry_questions,
)
from workbench.questions.dataset.gold import place_gold
from workbench.types import Document, Evidence, Question, Section

HANDBOOK = Path(__file__).resolve().parents[2] / "corpora" / "handbook"


def corpus(edition: str, *texts: str) -> Corpus:
    """One document whose sections are the texts."""
    whole, sections = "\n\n".join(texts), []
    at = 0
    for number, text in enumerate(texts):
        sections.append(Section(f"a#{number}", "a", at, at + len(text), "", text, number))
        at += len(text) + 2
    return Corpus((Document("a", whole, edition),), tuple(sections), edition, "en", "")


def carried(
    before: str, after: str, text: str, *answers: str, quote: str | None = None, kind="factoid"
) -> CarriedQuestions:
    """One question on the first of two sections, whose second stays as it is."""
    beside = "The ferry sails at dawn, whatever the keeper of the lamp may say. It has two masts."
    old, new = (corpus(*pair, beside) for pair in (("one", before), ("two", after)))
    said = before if quote is None else quote
    at = before.index(said)
    evidence = (Evidence("a", at, at + len(said), said),)
    question = Question("q", text, answers, evidence, kind=kind, cluster="a#0", fact="f")
    return carry_questions([question], compare(old, new))


def test_a_sentence_that_is_still_there_keeps_its_question() -> None:
    found = carried(
        "The boat is blue. A raft costs 60 pounds.", "It snows. A raft costs 60 pounds.",
        "What does a raft cost?", "60 pounds", quote="A raft costs 60 pounds.",
    )  # fmt: skip
    (question,) = found.asked
    assert (question.id, question.rev, question.tags["change"]) == ("q", 0, "unchanged")
    assert question.edition == "two" and question.evidence[0].start == 10


@pytest.mark.parametrize(
    ("before", "after", "answer", "now"),
    [
        ("A raft costs 60 pounds a day.", "A raft costs 66 pounds a day.", "60 pounds",
         "66 pounds"),
        ("The raft is kept by Ada Lowe.", "The raft is kept by Tom Rudd.", "Ada Lowe", "Tom Rudd"),
        ("Rafts go out every twenty days.", "Rafts go out every five days.", "every twenty days",
         "every five days"),
    ],
)  # fmt: skip
def test_a_new_answer_in_the_old_ones_place_is_another_question(before, after, answer, now) -> None:
    (question,) = carried(before, after, "What of the raft?", answer).asked
    assert question.answers == (now,) and question.id != "q"
    assert question.tags["change"] == "changed"
    assert question.tags["before"] == [answer] and question.tags["earlier"] == "q"
    assert question.evidence[0].quote == after and question.fact == "f"


def test_an_answer_that_was_left_alone_is_kept_with_its_new_sentence() -> None:
    found = carried(
        "Rafts are asked for on form H-9, which opens in March.",
        "Rafts are asked for on form H-9, which opens in May.",
        "On which form are rafts asked for?", "form H-9",
    )  # fmt: skip
    (question,) = found.asked
    assert (question.id, question.rev, question.answers) == ("q", 1, ("form H-9",))
    assert question.tags["change"] == "unchanged"
    assert question.evidence[0].quote.endswith("May.")


def test_an_answer_in_other_letters_is_left_alone() -> None:
    found = carried(
        "Every raft of oak travels with a box that is read each hour.",
        "Each day every raft of oak travels with a box that is read each hour.",
        "What travels with a box?", "Every raft of oak",
    )  # fmt: skip
    (question,) = found.asked
    assert (question.rev, question.answers) == (1, ("Every raft of oak",))
    assert question.tags["change"] == "unchanged" and "before" not in question.tags


@pytest.mark.parametrize(
    ("before", "after", "text", "answer", "reason"),
    [
        ("A raft costs 60 pounds a day.", "A raft costs nothing a day, as ever.",
         "What does a raft cost?", "60 pounds a day", ANSWER_GONE),
        ("Rafts go out on Monday.", "Rafts never go out on Monday.",
         "When do rafts go out?", "on Monday", ANSWER_GONE),
        ("The mate of the raft is Ada Lowe.", "The cook of the raft is Ada Lowe.",
         "Who is the mate of the raft?", "Ada Lowe", ANSWER_GONE),
    ],
)  # fmt: skip
def test_what_no_rule_can_tell_is_retired(before, after, text, answer, reason) -> None:
    found = carried(before, after, text, answer)
    assert not found.asked and [one.reason for one in found.retired] == [reason]


def test_what_rests_on_several_sentences_is_not_mended_by_rule() -> None:
    found = carried(
        "A raft costs 60 pounds a day.", "A raft costs 66 pounds a day.",
        "What do two rafts cost?", "120 pounds", kind="multi_hop",
    )  # fmt: skip
    assert [one.reason for one in found.retired] == [ELSEWHERE]


def test_a_struck_sentence_retires_and_a_struck_section_is_asked_for_in_vain() -> None:
    kept = "It is blue, and the keeper paints it each spring with a brush of badger hair."
    struck = carried(
        f"A raft costs 60 pounds a day. {kept}", kept,
        "What does a raft cost?", "60 pounds", quote="A raft costs 60 pounds a day.",
    )  # fmt: skip
    assert [one.reason for one in struck.retired] == [GONE]
    gone = carried("A raft costs 60 pounds a day.", "Snow fell.", "What does a raft cost?", "60")
    (question,) = gone.asked
    assert (question.kind, question.answers, question.evidence) == ("unanswerable", (), ())
    assert question.tags["before"] == ["60"] and question.tags["change"] == "removed"


def test_an_unanswered_question_that_a_new_sentence_may_answer_is_retired() -> None:
    old, new = (corpus(*pair) for pair in (
        ("one", "The boat is blue."), ("two", "The boat is blue. The keeper of the raft is Ada."),
    ))  # fmt: skip
    asked = [
        Question("a", "Who is the keeper of the raft?", (), kind="unanswerable"),
        Question("b", "How old is the mayor of Saltby?", (), kind="unanswerable"),
    ]
    found = carry_questions(asked, compare(old, new))
    assert [question.id for question in found.asked] == ["b"]
    assert found.retired == (Retired(asked[0], MAY_BE_TOLD),)


def test_the_handbooks_own_questions_against_its_second_edition() -> None:
    first = load(HANDBOOK / "handbook.md")
    second = load(HANDBOOK / "second_edition" / "handbook.md")
    changes = compare(first, second)
    gold = place_gold(HANDBOOK / "gold.jsonl", first)
    found = carry_questions(gold, changes)
    counts = Counter(question.tags["change"] for question in found.asked)
    assert counts == {"unchanged": 62, "changed": 11, "removed": 3}
    assert {one.question.kind for one in found.retired} == {"multi_hop", "comparison"}
    ids = {question.id for question in gold}
    for question in found.asked:
        assert (question.id in ids) == (question.tags["change"] == "unchanged")
        for item in question.evidence:
            text = second.document(item.document).text
            assert text[item.start : item.end] == item.quote
        assert question.cluster is None or question.cluster in {s.id for s in second.sections}
    now = {question.text: question.answers[0] for question in found.of("changed")}
    assert now["With which company is the Pellworth fleet insured?"] == "the Aldersgate Marine"
    assert now["What is the hourly rate of the Pellworth workshop?"] == "54 pounds"
    # The first edition's own questions, carried back, are what they were.
    back = carry_questions(found.of("unchanged"), compare(second, first))
    assert {question.id for question in back.of("unchanged")} == {
        question.id for question in found.of("unchanged")
    }
