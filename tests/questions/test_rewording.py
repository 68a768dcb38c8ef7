"""A trained fact asked again in other words, and what counts as other words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from workbench.experiment.questions import QuestionSpec
from workbench.questions.dataset.selection import select
from workbench.questions.parsing.names import learn_names
from workbench.questions.parsing.nlp import parse
from workbench.questions.quality.certificate import certificate
from workbench.questions.quality.likeness import new_words, without_frame
from workbench.questions.writers.drafts import Draft
from workbench.questions.writers.offline import UNREADABLE, Kept, check_round_trip
from workbench.questions.writers.rewording import with_rewordings
from workbench.retrieval.embeddings import embed
from workbench.types import Completion, ModelReference, Question

TOLD = [
    "Yesterday Marta Quill said so to Tobias Fenn.",
    "Then Tobias Fenn asked Marta Quill, and Marta Quill told Tobias Fenn.",
]
NAMES = learn_names(TOLD)
NAMES.learn_entities(parse([(text, ()) for text in TOLD]))


def draft(answer: str, *wordings: str, side: str = "trained", fact: str = "f", start: int = 0,
          kind: str = "factoid", type: str = "thing") -> Draft:  # fmt: skip
    return Draft(
        fact=fact, section=f"s-{side}", document="d", start=start, end=start + 10, quote="told",
        stretch="told", answers=(answer,), wordings=wordings, type=type, kind=kind, side=side,  # type: ignore[arg-type]
        subject="", score=1.0, tale=True,
    )  # fmt: skip


AGAIN = [
    ("What did Marta Quill slit?", "the sail", "What did Marta Quill cut open?"),
    ("Who slit the grey sail?", "Marta Quill", "Who cut open the grey sail?"),
    ("What was slit by Marta Quill?", "the sail", "What was cut open by Marta Quill?"),
    (
        "In the yard, who had taken the hat off?",
        "Marta Quill",
        "In the yard, who had removed the hat?",
    ),
    (
        "When the hold was swept, who unlocked the door?",
        "Marta Quill",
        "When the hold was swept, who opened the door?",
    ),
    (
        "Who taught Tobias Fenn the alphabet in the evenings?",
        "Marta Quill",
        "From whom did Tobias Fenn learn the alphabet in the evenings?",
    ),
    (
        "Whom did Marta Quill give a box to sit on?",
        "Tobias Fenn",
        "Who received a box to sit on from Marta Quill?",
    ),
    ("Who was Tobias Fenn?", "the baker", "What was Tobias Fenn's occupation?"),
    (
        "How many pounds does a second bench cost for the whole hire?",
        "8 pounds",
        "What is the price of a second bench for the whole hire?",
    ),
    (
        "Who found an error in the ledger of the mill?",
        "Marta Quill",
        "Who found a mistake in the ledger of the mill?",
    ),
    # What must, should, may or can be done, asked by an adjective.
    ("What must you bring to work?", "a key", "What are you required to bring to work?"),
    ("How much may a clerk spend?", "two pounds", "How much is a clerk allowed to spend?"),
    (
        "If the sail is torn, what should the crew do?",
        "mend it",
        "If the sail is torn, what is the crew supposed to do?",
    ),
    (
        "How many hours of sick leave can you request?",
        "two",
        "How many hours of sick leave are you able to request?",
    ),
    ("Who may open the safe?", "Marta Quill", "Who is allowed to open the safe?"),
    # A deed asked for by a role, a size by its noun, a use by its purpose.
    ("Who wrote the ballad?", "Marta Quill", "Who was the author of the ballad?"),
    ("How tall was the tower?", "nine feet", "What was the height of the tower?"),
    (
        "What is the brass lever for (“The mill”)?",
        "stopping the wheel",
        "What purpose does the brass lever serve (“The mill”)?",
    ),
]


@pytest.mark.parametrize(("plain", "answer", "other"), AGAIN)
def test_a_question_is_asked_again_in_other_words(plain: str, answer: str, other: str) -> None:
    given = replace(draft(answer, plain), tale="you" not in plain)
    (item,) = with_rewordings([Kept(given, 1.0)], NAMES, embed)
    assert other in item.draft.rewordings
    assert item.draft.wordings == (plain,)


UNTOUCHED = [
    ("On which day is the gangway down (“How should I board”)?", "on the last day"),
    # A verb of the list in another sense or frame, a word of a heading or name, the answer's word.
    ("What does the key let Tobias Fenn do?", "open the door"),
    ("What did Marta Quill take off the wall?", "the cock"),
    ("In “Handing over boats”, who is there first?", "Marta Quill"),
    ("What did the remaining forty look like?", "a cloud"),
    ("Who gives the booking reference?", "the Desk"),
    ("Tobias Fenn needs what in the yard?", "a crew of two"),
    ("Where did the person who refused the letter sleep?", "in the loft"),
    ("Who, with the brass key, slit it?", "Tobias Fenn"),
    ("Which employee did Tobias Fenn see?", "the young worker"),
    # No permission is asked for, no role lasts, and what hangs together is a term.
    ("What must not be sold?", "the boat"),
    ("Who wrote to the mill in March?", "Marta Quill"),
    ("What caused the linker errors?", "a missing compiler"),
]


@pytest.mark.parametrize(("plain", "answer"), UNTOUCHED)
def test_what_would_change_the_meaning_is_left_alone(plain: str, answer: str) -> None:
    (item,) = with_rewordings([Kept(draft(answer, plain), 1.0)], NAMES, embed)
    assert item.draft.rewordings == ()


def test_only_what_may_be_trained_is_asked_again() -> None:
    given = [Kept(draft("the sail", "What did Marta Quill slit?", side="unseen"), 1.0)]
    assert with_rewordings(given, NAMES) == given


def test_forms_of_one_word_and_words_that_frame_a_question_are_not_new() -> None:
    assert new_words("How much did she pay?", "Who paid the sum?") == frozenset()
    assert new_words("For what reason did he run?", "Why did he run?") == frozenset()
    assert new_words("Which person was it that ran?", "Who ran?") == frozenset()
    assert new_words("Who cut open the sail?", "Who slit the sail?") == {"cut", "open"}


class Parrot:
    """A chat model that gives one answer to everything."""

    prompt_format = "chat"
    reference = ModelReference("parrot")

    def __init__(self, answer: str) -> None:
        self.answer = answer

    def complete(self, prompts: Sequence[Any], decoding: Any) -> list[Completion]:
        return [Completion(self.answer, 1, 1, 0.0) for _ in prompts]


def test_another_model_than_the_writer_may_read_the_questions_back() -> None:
    asked = [draft("Marta Quill", "Who slit the sail?", type="person")]
    right, wrong = Parrot("Marta Quill"), Parrot("Tobias Fenn")
    assert check_round_trip(asked, wrong, checker=right).kept  # type: ignore[arg-type]
    (fallen,) = check_round_trip(asked, right, checker=wrong).dropped  # type: ignore[arg-type]
    assert fallen.reason in UNREADABLE and fallen.detail == "Tobias Fenn"


WORDINGS = ("Who slit the grey sail?", "Which person slit the grey sail?",
            "By whom was the grey sail slit?")  # fmt: skip
SPEC = QuestionSpec(train_facts=4, test=3, dev=1, shares={}, wordings=3)


def _exam(spec: QuestionSpec, *drafts: Draft) -> tuple[set[str], set[str], set[str]]:
    chosen = select([Kept(d, 1.0) for d in drafts], spec, "e", 7, embed)
    asked = {q.text for q in (*chosen.test, *chosen.dev)}
    proof = certificate(chosen.train, chosen.test, None, 0.85, spec.least_new_words, embed)
    assert proof["clean"]
    return asked, {q.text for q in chosen.train}, {d.reason for d in chosen.dropped}


def test_the_exam_asks_in_the_words_that_differ_most_and_trains_all_others() -> None:
    item = replace(draft("Marta Quill", *WORDINGS, type="person"),
                   rewordings=("Who cut open the grey sail?",))  # fmt: skip
    asked, trained, _ = _exam(SPEC, item)
    assert asked == {"Who cut open the grey sail?"}
    assert trained == set(WORDINGS)


def test_a_fact_without_other_words_is_trained_and_not_examined() -> None:
    asked, trained, _ = _exam(SPEC, draft("Marta Quill", *WORDINGS, type="person"))
    assert not asked and trained == set(WORDINGS)
    loose = SPEC.model_copy(update={"least_new_words": 0})
    assert len(_exam(loose, draft("Marta Quill", *WORDINGS, type="person"))[0]) == 1


def test_a_fact_left_with_one_wording_is_examined_only_where_there_are_too_few_others() -> None:
    def fact(number: int, *wordings: str, again: str) -> Draft:
        item = draft("Marta Quill", *wordings, type="person", fact=f"f{number}", start=40 * number)
        return replace(item, rewordings=(again,))

    rich = fact(1, "Who slit the grey sail?", "By whom was the grey sail slit?",
                again="Who cut open the grey canvas?")  # fmt: skip
    poor = fact(2, "Who bought the mill?", again="Who acquired the mill?")
    few = SPEC.model_copy(update={"test": 1, "dev": 0, "unseen_share": 0.0})
    assert _exam(few, rich, poor)[0] == {"Who cut open the grey canvas?"}
    asked, trained, _ = _exam(SPEC.model_copy(update={"test": 9}), rich, poor)
    assert asked == {"Who cut open the grey canvas?", "Who acquired the mill?"}
    assert "Who bought the mill?" in trained


def test_another_modal_verb_is_other_words_only_where_there_are_too_few_facts() -> None:
    def fact(number: int, *wordings: str, again: str) -> Draft:
        item = draft("Marta Quill", *wordings, type="person", fact=f"f{number}", start=40 * number)
        return replace(item, rewordings=(again,))

    other = fact(1, "Who slit the grey sail?", again="Who cut open the grey canvas?")
    modal = fact(2, "Who must mend the mill?", again="Who is required to mend the mill?")
    few = SPEC.model_copy(update={"test": 1, "dev": 0, "unseen_share": 0.0})
    assert _exam(few, other, modal)[0] == {"Who cut open the grey canvas?"}
    asked, _, _ = _exam(SPEC.model_copy(update={"test": 9}), other, modal)
    assert "Who is required to mend the mill?" in asked
    assert without_frame(frozenset({"board", "shown"}), "On which board is it shown?") == {"shown"}


ONE_FACT = [
    (
        "the oak door",
        "What did Marta Quill unlock?",
        "What did Marta Quill unlock with the brass key?",
    ),
    ("Tobias Fenn", "Who was the thief of the brass key?", "Who stole the brass key?"),
    (
        "Marta Quill",
        "Who opened the cupboard?",
        "Who unlocked the oak cupboard with the brass key?",
    ),
]


@pytest.mark.parametrize(("answer", "examined", "taught"), ONE_FACT)
def test_what_the_exam_asks_in_other_words_elsewhere_is_not_trained(
    answer: str, examined: str, taught: str
) -> None:
    exam = draft(answer, examined, side="unseen", fact="x", start=900)
    other = draft("seven", "How many gulls sat on the mill?", fact="g", start=50)
    asked, trained, reasons = _exam(SPEC, exam, draft(answer, taught), other)
    assert examined in asked
    assert trained == {"How many gulls sat on the mill?"}
    assert reasons == {"asks what the exam asks"}


@pytest.mark.parametrize(("answer", "examined", "taught"), ONE_FACT)
def test_the_certificate_finds_one_fact_in_two_sections(
    answer: str, examined: str, taught: str
) -> None:
    train = [Question("t", taught, (answer,), role="train", fact="a", cluster="one")]
    exam = [Question("x", examined, (answer,), stratum="unseen", fact="b", cluster="two")]
    proof = certificate(train, exam, embed=embed)
    assert [pair["test"] for pair in proof["strata"]["unseen"]["leaks"]] == ["x"]
    assert proof["compared"] == {"train": 1, "exam": 1, "pairs": 1, "by_meaning": True}


def test_one_person_may_answer_two_questions() -> None:
    train = [Question("t", "Who kept the bridge?", ("Marta Quill",), fact="a", cluster="one")]
    exam = [
        Question("x", "Who married Tobias Fenn?", ("Marta Quill",), stratum="unseen", fact="b",
                 cluster="two")
    ]  # fmt: skip
    assert certificate(train, exam, embed=embed)["clean"]


def test_the_certificate_counts_the_words_of_their_own() -> None:
    train = [
        Question(f"t{n}", text, ("Marta Quill",), fact="a", cluster="one")
        for n, text in enumerate(WORDINGS)
    ]
    exam = [
        Question(
            "x", "Who cut open the grey sail?", ("Marta Quill",), stratum="reworded", fact="a"
        ),
        Question(
            "y", "The grey sail, who slit it?", ("Marta Quill",), stratum="reworded", fact="a"
        ),
    ]
    proof = certificate(train, exam, least_new_words=1)
    assert proof["strata"]["reworded"]["new_words"] == {"0": 1, "2": 1}
    (leak,) = proof["strata"]["reworded"]["leaks"][:1]
    assert leak["test"] == "y" and "0 content words of its own" in leak["why"]
    assert certificate(train, exam)["clean"]
