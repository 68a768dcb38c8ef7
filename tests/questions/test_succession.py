"""An exam on a later edition: what was asked before, and what is new."""

from __future__ import annotations

from workbench.corpus import Corpus
from workbench.corpus.editions import compare
from workbench.questions.dataset.question_set import QuestionSet
from workbench.questions.dataset.succession import (
    Succession,
    change_of,
    changes_record,
    succeed,
)
from workbench.types import Document, Evidence, Question, Section

SECTIONS = (
    "The raft costs 60 pounds a day. The mate of the raft is Ada Lowe. Rafts are painted blue.",
    "The ferry sails at dawn. The ferry has two masts. Its bell was cast in Norwich by one Pell.",
    "Wages are paid on Friday. The cook brews tea at four. Boots are bought once in a year.",
)
AFTER = (
    "The raft costs 66 pounds a day. The mate of the raft is Ada Lowe. Rafts are painted blue.",
    "The ferry sails at dawn. The ferry has two masts. Its bell was cast in Norwich by one Pell.",
    "The loft has three lathes. Whoever turns a bowl there pays a shilling. Lamps go out at ten.",
)


def corpus(edition: str, texts: tuple[str, ...]) -> Corpus:
    sections, at = [], 0
    for number, text in enumerate(texts):
        sections.append(Section(f"a#{number}", "a", at, at + len(text), f"S{number}", text, number))
        at += len(text) + 2
    return Corpus((Document("a", "\n\n".join(texts), edition),), tuple(sections), edition, "en", "")


OLD, NEW = corpus("one", SECTIONS), corpus("two", AFTER)


def ask(of: Corpus, quote: str, text: str, answer: str, role: str = "test") -> Question:
    whole = of.documents[0].text
    at = whole.index(quote)
    section = next(s for s in of.sections if s.start <= at < s.end)
    return Question(
        f"{of.edition}-{answer}", text, (answer,), (Evidence("a", at, at + len(quote), quote),),
        role=role, fact=f"f-{answer}", cluster=section.id, edition=of.edition,
    )  # fmt: skip


def made() -> Succession:
    earlier = QuestionSet(
        train=(
            ask(OLD, "The mate of the raft is Ada Lowe.", "Who is the mate?", "Ada Lowe", "train"),
            ask(OLD, "Wages are paid on Friday.", "When are wages paid?", "Friday", "train"),
            ask(OLD, "The ferry has two masts.", "How many masts are there?", "two", "train"),
        ),
        dev=(ask(OLD, "The cook brews tea at four.", "Who brews tea?", "The cook", "dev"),),
        test=(
            ask(OLD, "The raft costs 60 pounds a day.", "What does the raft cost?", "60 pounds"),
            ask(OLD, "The ferry sails at dawn.", "When does the ferry sail?", "at dawn"),
            ask(OLD, "Boots are bought once in a year.", "How often are boots bought?",
                "once in a year"),
        ),
    )  # fmt: skip
    written = QuestionSet(
        train=(
            ask(NEW, "The loft has three lathes.", "How many lathes are there?", "three", "train"),
            ask(NEW, "Rafts are painted blue.", "What colour are rafts?", "blue", "train"),
            ask(NEW, "The mate of the raft is Ada Lowe.", "Whose mate is she?", "raft", "train"),
        ),
        test=(
            ask(NEW, "The raft costs 66 pounds a day.", "How dear is the raft?", "66 pounds"),
            ask(NEW, "Lamps go out at ten.", "When do lamps go out?", "at ten"),
            ask(NEW, "The ferry has two masts.", "How many masts has the ferry?", "two"),
        ),
    )  # fmt: skip
    return succeed(earlier, written, compare(OLD, NEW), ({"a#1"}, {"a#0"}), near=0.85)


def test_what_was_asked_stays_asked_and_only_what_is_new_is_written_for() -> None:
    found = made()
    asked = {question.text: question for question in found.questions.test}
    assert {text: change_of(question) for text, question in asked.items()} == {
        "What does the raft cost?": "changed",
        "When does the ferry sail?": "unchanged",
        "How often are boots bought?": "removed",
        "When do lamps go out?": "new",
    }
    assert asked["When does the ferry sail?"].id == "one-at dawn"
    assert asked["What does the raft cost?"].answers == ("66 pounds",)
    assert found.counts == {"unchanged": 1, "changed": 1, "new": 1, "removed": 1}
    before = {text: question.tags.get("before") for text, question in asked.items()}
    assert before["What does the raft cost?"] == ["60 pounds"]
    assert before["How often are boots bought?"] == ["once in a year"]
    assert before["When does the ferry sail?"] is before["When do lamps go out?"] is None


def test_nothing_is_trained_that_is_told_no_more_or_in_a_section_kept_out() -> None:
    found = made()
    assert found.unseen == ("a#1",)  # it stays what it was; the later plan's own is of no matter
    assert {question.text for question in found.questions.train} == {
        "Who is the mate?", "How many lathes are there?", "What colour are rafts?",
    }  # fmt: skip
    assert found.questions.dev == ()
    strata = {question.text: question.stratum for question in found.questions.test}
    assert strata["When does the ferry sail?"] == "unseen"
    assert strata["What does the raft cost?"] == "same_section"


def test_where_fewer_facts_are_left_the_later_writing_fills_up() -> None:
    """Three facts were trained; wages are told no more and the ferry's section is kept out."""
    trained = {q.text: change_of(q) for q in made().questions.train}
    assert trained["What colour are rafts?"] == "unchanged"
    assert len(trained) == 3


def test_the_record_tells_the_sections_and_the_questions() -> None:
    told = changes_record(compare(OLD, NEW), made())
    whats = [(row["what"], row["title"], len(row["gone"]), len(row["new"])) for row in
             told["sections"]]  # fmt: skip
    assert whats == [
        ("changed", "S0", 1, 1), ("unchanged", "S1", 0, 0), ("added", "S2", 0, 3),
        ("removed", "S2", 3, 0),
    ]  # fmt: skip
    assert told["questions"]["removed"] == 1 and told["retired"] == []
