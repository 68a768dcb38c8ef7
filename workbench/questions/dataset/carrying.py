"""The questions of an earlier edition, against the new one.

What is still there keeps its question, under the same id, at its new place. What was struck with
its whole section is asked for as something the text no longer tells. A question whose sentence was
rewritten is kept where the answer was left alone, asked anew where the new answer stands word for
word in the old one's place, and otherwise retired: nothing is guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from workbench.corpus.editions import Carried, Changes
from workbench.questions.dataset.question_set import question_id
from workbench.questions.words import content, tokens, words
from workbench.types import Evidence, Question, Section

#: What became of what a question asks for; ``new`` is what only the new edition tells.
Change = Literal["unchanged", "changed", "new", "removed"]
CHANGES: tuple[Change, ...] = ("unchanged", "changed", "new", "removed")
#: The tags of a question that say so, and what the old edition answered.
CHANGE, BEFORE, EARLIER = "change", "before", "earlier"

#: Kinds whose answer follows from more than one sentence, or from how they stand together.
_OF_SEVERAL = ("multi_hop", "comparison", "order", "summary")
_NEGATIONS = frozenset(("not", "no", "never", "none", "nobody", "nothing", "without", "except"))

GONE = "its evidence is no longer in the text"
ELSEWHERE = "the text that it rests on was rewritten"
ANSWER_GONE = "its answer has changed, and no rule finds the new one"
MAY_BE_TOLD = "the new edition may tell what the old one did not"


@dataclass(frozen=True, slots=True)
class Retired:
    """A question that is asked no more, and why."""

    question: Question
    reason: str


@dataclass(frozen=True, slots=True)
class CarriedQuestions:
    """What became of each question: still asked, or retired."""

    asked: tuple[Question, ...]
    retired: tuple[Retired, ...]

    def of(self, change: Change) -> list[Question]:
        """Those still asked for what became of what they ask for."""
        return [question for question in self.asked if question.tags[CHANGE] == change]


def carry_questions(questions: Iterable[Question], changes: Changes) -> CarriedQuestions:
    """The questions as the new edition has them, in order.

    Each that is still asked says in ``tags.change`` what became of what it asks for; where the
    answer is another one, or none, ``tags.before`` holds the old answers and ``tags.earlier`` the
    id of the question that asked for them.
    """
    carrier = _Carrier(changes)
    asked: list[Question] = []
    retired: list[Retired] = []
    for question in questions:
        found = carrier.carry(question)
        if isinstance(found, Retired):
            retired.append(found)
        else:
            asked.append(found)
    return CarriedQuestions(tuple(asked), tuple(retired))


class _Carrier:
    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._edition = changes.after.edition
        self._sections: dict[str, list[Section]] = defaultdict(list)
        for section in changes.after.sections:
            self._sections[section.document].append(section)
        said = set(changes.kept)
        self._new_words = [
            content(sentence.key) for place, sentence in enumerate(changes.new) if place not in said
        ]

    def carry(self, question: Question) -> Question | Retired:
        if not question.evidence:
            return self._without_evidence(question)
        found = [self._changes.carry(item) for item in question.evidence]
        fates = {one.fate for one in found}
        if fates == {"kept"}:
            return self._placed(question, _all(found))
        if "gone" in fates:
            return self._gone(question, found)
        if question.kind in _OF_SEVERAL or question.kind == "behaviour" or len(found) > 1:
            return Retired(question, ELSEWHERE)
        return self._rewritten(question, question.evidence[0], found[0].evidence)

    def _without_evidence(self, question: Question) -> Question | Retired:
        """What the old edition did not answer is asked again, unless a new sentence may tell."""
        asked = content(question.text)
        if any(len(asked & told) >= max(2, 0.6 * len(asked)) for told in self._new_words):
            return Retired(question, MAY_BE_TOLD)
        return self._tagged(replace(question, edition=self._edition), "unchanged")

    def _gone(self, question: Question, found: Sequence[Carried]) -> Question | Retired:
        removed = question.cluster in self._changes.removed
        if (
            not removed
            or question.kind in ("behaviour", "unanswerable")
            or any(one.fate != "gone" for one in found)
        ):
            return Retired(question, GONE)
        return self._asked_anew(question, (), (), "removed")

    def _rewritten(
        self, question: Question, old: Evidence, new: tuple[Evidence, ...]
    ) -> Question | Retired:
        after = " ".join(item.quote for item in new)
        if not _asks_the_same(question, old.quote, after):
            return Retired(question, ANSWER_GONE)
        told = [_told_now(answer, old.quote, after) for answer in question.answers]
        answers = tuple(dict.fromkeys(answer for answer in told if answer is not None))
        if not answers:
            return Retired(question, ANSWER_GONE)
        if {words(answer) for answer in answers} <= {words(answer) for answer in question.answers}:
            return self._placed(replace(question, rev=question.rev + 1), new)
        return self._asked_anew(question, answers, new, "changed")

    def _asked_anew(
        self, question: Question, answers: tuple[str, ...], evidence: tuple[Evidence, ...],
        change: Change,
    ) -> Question:  # fmt: skip
        """The same question with another answer is another question."""
        asked = replace(
            question,
            id=question_id(question.text, answers, f"{self._edition}:{question.id}"),
            answers=answers,
            kind=question.kind if answers else "unanswerable",
            tags={**question.tags, BEFORE: list(question.answers), EARLIER: question.id},
            rev=0,
        )
        if evidence:
            return self._placed(asked, evidence, change)
        nowhere = replace(asked, evidence=(), cluster=None, stratum="unseen")
        return self._tagged(replace(nowhere, edition=self._edition), change)

    def _placed(
        self, question: Question, evidence: tuple[Evidence, ...], change: Change = "unchanged"
    ) -> Question:
        cluster = self._section(evidence[0]) or question.cluster
        moved = replace(question, evidence=evidence, cluster=cluster, edition=self._edition)
        return self._tagged(moved, change)

    def _tagged(self, question: Question, change: Change) -> Question:
        return replace(question, tags={**question.tags, CHANGE: change})

    def _section(self, item: Evidence) -> str | None:
        for section in self._sections[item.document]:
            if section.start <= item.start < section.end:
                return section.id
        return None


def _all(found: Sequence[Carried]) -> tuple[Evidence, ...]:
    return tuple(item for one in found for item in one.evidence)


def _asks_the_same(question: Question, old: str, new: str) -> bool:
    """Whether what the question says of the old sentence can be said of the new one.

    Its words that the old sentence has are in the new one too, and neither denies what the other
    does not.
    """
    before, after = content(old), content(new)
    named = content(question.text) & before
    denied = _NEGATIONS & set(words(old)), _NEGATIONS & set(words(new))
    return named <= after and denied[0] == denied[1]


def _told_now(answer: str, old: str, new: str) -> str | None:
    """What stands in the new sentence where the answer stood in the old one.

    None where it stood nowhere, or twice, or where its place cannot be told: every word of it is
    left alone, or replaced by some words between two that are.
    """
    before, after = tokens(old), tokens(new)
    wanted = [token.lower for token in tokens(answer)]
    said = [token.lower for token in before]
    starts = [at for at in range(len(said)) if said[at : at + len(wanted)] == wanted]
    if len(starts) != 1 or not wanted:
        return None
    first, stop = starts[0], starts[0] + len(wanted)
    matcher = SequenceMatcher(None, said, [token.lower for token in after], autojunk=False)
    edges: list[int] = []
    for place, inner in ((first, False), (stop, True)):
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            if tag == "equal" and (i1 < place <= i2 if inner else i1 <= place < i2):
                edges.append(j1 + place - i1)
            elif tag == "replace" and (place == i2 if inner else place == i1):
                edges.append(j2 if inner else j1)
    if len(edges) != 2 or edges[0] >= edges[1] or edges[1] - edges[0] > 2 * len(wanted):
        return None
    return new[after[edges[0]].start : after[edges[1] - 1].end]
