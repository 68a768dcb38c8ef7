"""The questions of a later edition: those carried over, and those written for what is new.

What the earlier edition's questions ask for stays asked for, so that an exam on the later one says
what became of it. The later edition's own writing adds only what no carried question rests on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.corpus.editions import Changes, compare
from workbench.errors import WorkbenchError
from workbench.questions.dataset.carrying import (
    BEFORE,
    CHANGE,
    CHANGES,
    Retired,
    carry_questions,
)
from workbench.questions.dataset.exam import without_giveaways
from workbench.questions.dataset.question_set import QuestionSet
from workbench.questions.quality.likeness import Embed
from workbench.types import Question

#: Characters of a sentence that the record of the changes shows.
SHOWN = 300


@dataclass(frozen=True, slots=True)
class Succession:
    """The questions of the later edition by role; ``unseen`` are its sections kept out of training,
    ``retired`` the exam questions that are asked no more."""

    questions: QuestionSet
    unseen: tuple[str, ...]
    retired: tuple[Retired, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Exam questions by what became of what they ask for."""
        found = Counter(change_of(question) for question in self.questions.test)
        return {change: found[change] for change in CHANGES}


def change_of(question: Question) -> str:
    """What became of what a question asks for; empty where there is one edition."""
    return str(question.tags.get(CHANGE, ""))


def succeed(
    earlier: QuestionSet,
    written: QuestionSet,
    changes: Changes,
    unseen: tuple[Collection[str], Collection[str]],
    near: float,
    embed: Embed | None = None,
) -> Succession:
    """The later edition's questions, of the ``earlier`` one's and of those ``written`` for it.

    ``unseen`` are the sections kept out of training (by the earlier plan, by the later one): a
    section stays what it was, and what was added is what the later plan says. No training question
    asks for what is no longer told, and none gives an exam question away, by ``near`` and ``embed``
    as the certificate tells; where fewer facts are left to train on than there were, the later
    writing's fill up, so that less is not known for having been asked less.
    """
    away = _unseen(changes, *unseen)
    carried = {
        role: carry_questions(getattr(earlier, role), changes) for role in ("train", "dev", "test")
    }
    rested = {
        (item.document, item.start)
        for found in carried.values() for question in found.asked for item in question.evidence
    }  # fmt: skip
    back = compare(changes.after, changes.before)
    train, dev, test = (
        _distinct([*carried[role].asked, *_fresh(getattr(written, role), changes, back, rested)])
        for role in ("train", "dev", "test")
    )
    told = [q for q in train if change_of(q) != "removed" and q.cluster not in away]
    lacking = len({q.fact for q in earlier.train}) - len({q.fact for q in told})
    told += _further(written.train, changes, rested, away, lacking)
    kept, related = without_giveaways(told, test, away, near, embed)
    questions = QuestionSet(kept, tuple(q for q in dev if change_of(q) != "removed"), related)
    return Succession(questions, tuple(sorted(away)), carried["test"].retired)


def _unseen(changes: Changes, before: Collection[str], after: Collection[str]) -> frozenset[str]:
    return frozenset(
        row.after.id for row in changes.sections if row.after is not None
        and (row.after.id in after if row.before is None else row.before.id in before)
    )  # fmt: skip


def _fresh(
    written: Iterable[Question],
    changes: Changes,
    back: Changes,
    rested: Collection[tuple[str, int]],
) -> Iterable[Question]:
    """Of the later edition's own questions those on what is new, or on a rewritten sentence that no
    carried question rests on."""
    for question in written:
        fates = [changes.is_new(item) for item in question.evidence]
        touched = any((item.document, item.start) in rested for item in question.evidence)
        if not fates or touched or all(fate == "kept" for fate in fates):
            continue
        if None in fates:
            yield _tagged(question, "new")
            continue
        earlier = carry_questions([question], back).asked
        before = earlier[0].answers if earlier else ()
        same = bool(set(before) & set(question.answers))
        tagged = _tagged(question, "unchanged" if same else "changed")
        more = {BEFORE: list(before)} if before and not same else {}
        yield replace(tagged, tags={**tagged.tags, **more})


def _further(
    written: Iterable[Question],
    changes: Changes,
    rested: Collection[tuple[str, int]],
    away: Collection[str],
    facts: int,
) -> list[Question]:
    """As many facts of the later writing on what is as it was, where no carried question rests."""
    by_fact: dict[str | None, list[Question]] = {}
    for question in written:
        kept = all(changes.is_new(item) == "kept" for item in question.evidence)
        touched = any((item.document, item.start) in rested for item in question.evidence)
        if question.evidence and kept and not touched and question.cluster not in away:
            by_fact.setdefault(question.fact, []).append(_tagged(question, "unchanged"))
    return [question for found in list(by_fact.values())[: max(0, facts)] for question in found]


def _tagged(question: Question, change: str) -> Question:
    return replace(question, tags={**question.tags, CHANGE: change})


def _distinct(questions: Sequence[Question]) -> tuple[Question, ...]:
    return tuple({question.id: question for question in reversed(questions)}.values())[::-1]


def require_changed(train: Iterable[Question]) -> list[Question]:
    """The training questions on what changed. Raises WorkbenchError where there is none."""
    changed = [question for question in train if change_of(question) != "unchanged"]
    if not changed:
        raise WorkbenchError(
            "No training question is on what changed between the editions, so that there is "
            "nothing to train an adapter further on.",
            "Take edition: retrained, raise questions.train_facts, or leave that variant out.",
        )
    return changed


def changes_record(changes: Changes, found: Succession) -> dict[str, Any]:
    """What a run keeps of it: sections, with what was struck and what came, and questions."""
    return {
        "sections": sections_record(changes),
        "counts": dict(changes.counts),
        "share": changes.share,
        "questions": found.counts,
        "retired": [
            {"id": one.question.id, "text": one.question.text, "reason": one.reason}
            for one in found.retired
        ],
    }


def sections_record(changes: Changes) -> list[dict[str, Any]]:
    """Each section with what became of it, and the sentences that were struck and that came."""
    return [
        {
            "what": row.what,
            "before": None if row.before is None else row.before.id,
            "after": None if row.after is None else row.after.id,
            "title": row.title,
            "gone": [_shown(item.key) for item in row.gone],
            "new": [_shown(item.key) for item in row.new],
        }
        for row in changes.sections
    ]


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
