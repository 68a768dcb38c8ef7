"""What raters are shown, one comparison after another: blind, in balanced order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.evaluation import people
from workbench.evaluation.metrics import WORDLESS
from workbench.evaluation.people import Item
from workbench.records import ratings
from workbench.records.run import Run
from workbench.types import Question


@dataclass(frozen=True)
class Shown:
    """One comparison as a rater sees it: no variant is named."""

    item: Item
    question: Question
    first: str
    second: str


@dataclass(frozen=True)
class Desk:
    """The answers of a run, laid out for raters."""

    run: Run

    @property
    def path(self) -> Path:
        return self.run.path

    @cached_property
    def questions(self) -> dict[str, Question]:
        """The exam's questions, those without words to compare left out."""
        from workbench.questions.dataset.question_set import read_questions

        files = self.run.files
        asked = [q for role in ("test", "gold") for q in read_questions(files.questions(role))]
        return {q.id: q for q in asked if q.kind not in WORDLESS}

    @cached_property
    def answers(self) -> dict[tuple[str, str], str]:
        """The text of each answer by question and variant, without those of ceilings."""
        from workbench.variants.answering import read_answers

        results = self.run.results()
        bounds = {row.name for row in results.variants if row.is_ceiling}
        names = [name for name in results.names() if name not in bounds]
        listed = {
            (answer.question, name): answer.text.strip()
            for name in names for answer in read_answers(self.run.files.answers(name))
            if answer.status != "failed"
        }  # fmt: skip
        if len({name for _, name in listed}) < 2:
            raise WorkbenchError(
                f"Run {self.run.id} has answers of fewer than two systems that could be compared.",
                "Name a run with two variants besides the oracle.",
            )
        return listed

    def items(self, rater: str) -> list[Item]:
        """All that a rater is to compare; answers that are alike word for word are passed over."""
        roster = list(ratings.raters(self.path))
        variants = sorted({name for _, name in self.answers})
        dealt = people.items(
            list(self.questions), variants, roster.index(rater), len(roster),
            self.run.results().run.seed,
        )  # fmt: skip
        return [item for item in dealt if self._differ(item)]

    def _differ(self, item: Item) -> bool:
        ends = [self.answers.get((item.question, name)) for name in (item.first, item.second)]
        return None not in ends and ends[0] != ends[1]

    def left(self, rater: str) -> tuple[list[Item], int]:
        """(what the rater has not compared yet, how much there is in all)."""
        done = {
            (row.get("question"), frozenset((row.get("first"), row.get("second"))))
            for row in ratings.labels(self.path) if row.get("rater") == rater
        }  # fmt: skip
        every = self.items(rater)
        return [i for i in every if (i.question, frozenset((i.first, i.second))) not in done], len(
            every
        )

    def shown(self, item: Item) -> Shown:
        """A comparison with its texts."""
        return Shown(
            item, self.questions[item.question], self.answers[item.question, item.first],
            self.answers[item.question, item.second],
        )  # fmt: skip

    def record(self, rater: str, item: Item, choice: str, grades: Mapping[str, int]) -> None:
        """Keep what a rater said; ``grades`` are of ``first`` and ``second``.

        Raises WorkbenchError for what is no choice or no grade.
        """
        if choice not in (*people.CHOICES, "skip"):
            raise WorkbenchError(
                "No choice was made.", "Say which answer is better, or that both are alike."
            )
        if any(grade not in people.GRADES for grade in grades.values()):
            raise WorkbenchError("A grade is a number from 1 to 5.", "Leave it out, or give one.")
        names = {"first": item.first, "second": item.second}
        ratings.rate(
            self.path, item.question, item.first, item.second, choice,
            {names[side]: grade for side, grade in grades.items()} if choice != "skip" else {},
            rater,
        )  # fmt: skip


INSTRUCTIONS = """# How to rate

You see a question, the answer that the text gives, and two answers, A and B. Who wrote them is
not shown, and A is not always the same one.

1. Read the question and the reference. The reference is what the text says; other words for the
   same are as right.
2. Say which answer is better for the person who asked: A, B, or “the same” where neither is.
   What counts first is whether it is right, then whether it is complete, then whether it is clear.
   An answer that makes something up is worse than one that says that it does not know.
3. Grade each answer, by itself:
   5: right and complete; 4: right, with a small lack; 3: partly right; 2: mostly wrong, or beside
   the question; 1: wrong, made up, or harmful.
4. Skip what you cannot judge. Do not look anything up, and do not ask other raters.

What you say is kept with your name, the question, both answers and their order.
"""
