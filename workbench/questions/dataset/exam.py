"""From written and hand-written questions to what is sat, and to what may be trained on.

Where enough could be written, the written questions are the exam and the hand-written ones stand
apart. Where not, or where none are asked for, the hand-written ones are the exam.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.questions import QuestionSpec
from workbench.questions.dataset.gold import relate
from workbench.questions.dataset.plan import MIN_SECTIONS
from workbench.questions.dataset.question_set import QuestionSet
from workbench.questions.dataset.yields import found_sentences
from workbench.questions.quality.certificate import certificate
from workbench.questions.quality.likeness import Embed, TrainWordings
from workbench.types import Question

#: Below this an exam decides nothing.
MIN_EXAM, MIN_TRAIN_FACTS = 12, 10


class TooFewQuestionsError(WorkbenchError):
    """There is no exam to be had from what was written and what was given by hand.

    ``ways`` are the ways out, one by one.
    """

    def __init__(self, message: str, ways: Sequence[str], more: str = "") -> None:
        super().__init__(message, "\n".join(filter(None, [listed(ways), more])))
        self.ways = tuple(ways)


GOLD_WAY = (
    'questions of your own, 12 at least: questions={"gold": "my-questions.jsonl"} '
    "(their form: README, Questions of your own); `workbench new TEXT --gold FILE` checks them"
)
WRITER_WAY = (
    'a chat model as writer: questions={"writer": {"name": "llama3.2", '
    '"endpoint": "http://localhost:11434/v1"}}, or {"writer": "Qwen/Qwen2.5-1.5B-Instruct"}'
)
TEXT_WAY = "more text of the same kind"
SECTIONS_WAY = "shorter sections, and so more of them: corpus.section_words"


@dataclass(frozen=True, slots=True)
class Exam:
    """The questions by role as a run has them.

    ``on_gold``: the hand-written questions are the exam. ``trains``: there are facts enough to
    train on. ``withheld`` are the ids of written training questions that would give away an exam
    question, and so are not trained on; ``examined`` those of the others that ask for a fact of the
    exam, in other words, and so are shown as an example to none that sits it.
    """

    questions: QuestionSet
    on_gold: bool = False
    trains: bool = True
    withheld: tuple[str, ...] = ()
    examined: tuple[str, ...] = ()


def settle(
    written: QuestionSet,
    gold: Sequence[Question],
    spec: QuestionSpec,
    found: Mapping[str, Any],
    unseen: Iterable[str] = (),
    *,
    training: bool = True,
    embed: Embed | None = None,
) -> Exam:
    """What is sat and what is trained on.

    ``gold`` are the placed hand-written questions, ``found`` the content of ``yield.json``,
    ``unseen`` the sections kept out of training; ``training`` says whether any variant needs
    training questions; ``embed`` gives unit vectors, by which questions are compared in meaning.
    Raises WorkbenchError, with what was found and the ways out, where there is no exam to be had.
    """
    facts = len({question.fact for question in written.train})
    on_gold = gold_decides(spec, len(written.test), len(gold))
    lacking = training and spec.train_facts > 0 and facts < MIN_TRAIN_FACTS
    if on_gold and len(gold) < MIN_EXAM:
        raise _too_few_by_hand(written, gold, spec, found)
    if not gold and (len(written.test) < MIN_EXAM or lacking):
        raise too_little(found)
    if on_gold and training and facts >= MIN_TRAIN_FACTS:
        near = spec.near_duplicate
        kept, related = without_giveaways(written.train, gold, unseen, near, embed)
        if len({question.fact for question in kept}) >= MIN_TRAIN_FACTS:
            trained = {question.id for question in kept}
            return Exam(
                QuestionSet(kept, written.dev, related),
                on_gold=True,
                withheld=tuple(q.id for q in written.train if q.id not in trained),
                examined=_examined(kept, related, near, embed),
            )
    if on_gold:
        return Exam(QuestionSet(test=_unrelated(gold)), on_gold=True, trains=False)
    if training and facts < MIN_TRAIN_FACTS:
        test, apart = _unrelated(written.test), _unrelated(gold)
        return Exam(QuestionSet(test=test, gold=apart), trains=False)
    trained_wordings = TrainWordings(written.train)
    away = frozenset(unseen)
    placed = tuple(relate(q, trained_wordings, away) for q in gold)
    sat = (*written.test, *placed)
    examined = _examined(written.train, sat, spec.near_duplicate, embed)
    return Exam(replace(written, gold=placed), examined=examined)


def gold_decides(spec: QuestionSpec, written: float, gold: int) -> bool:
    """Whether the hand-written questions are the exam, by how many of each there are."""
    return gold > 0 and (spec.test == 0 or written < MIN_EXAM)


def _examined(
    train: Sequence[Question], sat: Sequence[Question], near: float, embed: Embed | None
) -> tuple[str, ...]:
    """The ids of the training questions that ask for a fact of those that are sat.

    By fact, by the sentence that both rest on, by words, and by meaning and answer: as the
    certificate tells.
    """
    trained = TrainWordings(train, embed)
    cosines = trained.cosines(sat)
    found: set[str] = set()
    for place, question in enumerate(sat):
        found.update(q.id for q in trained.by_fact.get(question.fact or "", ()))
        found.update(q.id for q in trained.all_overlapping(question))
        row = None if cosines is None else cosines[place]
        found.update(q.id for q in trained.giving_away(question, near, row))
    return tuple(q.id for q in train if q.id in found)


def without_giveaways(
    train: Sequence[Question],
    gold: Sequence[Question],
    unseen: Iterable[str],
    near: float,
    embed: Embed | None,
) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """(the training questions that give no exam question away, the exam related to these)."""
    kept, away = tuple(train), frozenset(unseen)
    while True:
        trained = TrainWordings(kept)
        related = tuple(relate(question, trained, away, by_sentence=True) for question in gold)
        strata = certificate(kept, related, None, near, embed=embed)["strata"].values()
        leaking = {pair["train"] for part in strata for pair in part["leaks"]}
        if not leaking:
            return kept, related
        # Again, since a question's relation changes with what is left of the training questions.
        kept = tuple(question for question in kept if question.id not in leaking)


def _unrelated(questions: Sequence[Question]) -> tuple[Question, ...]:
    """Without strata: these say how a question relates to training, and nothing is trained."""
    return tuple(replace(question, stratum=None) for question in questions)


def too_little(found: Mapping[str, Any]) -> TooFewQuestionsError:
    """Why no exam can be written from a text, and the ways out."""
    ways = [GOLD_WAY, WRITER_WAY, TEXT_WAY]
    few = int(found.get("sections", 0)) < MIN_SECTIONS
    if few:
        ways = [GOLD_WAY, SECTIONS_WAY, TEXT_WAY]
    return TooFewQuestionsError(
        f"Too little could be written for an exam: {int(found.get('exam', 0))} exam questions and "
        f"{int(found.get('train_facts', 0))} facts to train on, of at least {MIN_EXAM} and "
        f"{MIN_TRAIN_FACTS}. {found_sentences(found)}",
        ways,
        "" if few else LOOK,
    )


LOOK = "Every dropped candidate with its reason: workbench questions show latest --dropped"


def listed(ways: Sequence[str]) -> str:
    """The ways out as a numbered list, a line each."""
    return "\n".join(["Ways out:", *(f"{place}. {way}" for place, way in enumerate(ways, 1))])


def _too_few_by_hand(
    written: QuestionSet, gold: Sequence[Question], spec: QuestionSpec, found: Mapping[str, Any]
) -> TooFewQuestionsError:
    many = "1 hand-written question" if len(gold) == 1 else f"{len(gold)} hand-written questions"
    why = "questions.test is 0"
    if spec.test:
        why = f"only {len(written.test)} could be written from the text. {found_sentences(found)}"
    more = MIN_EXAM - len(gold)
    ways = [f"{more} more question{'' if more == 1 else 's'} in the gold file"]
    return TooFewQuestionsError(
        f"The {many} of questions.gold are too few to be the exam by themselves: {MIN_EXAM} are "
        f"needed at least, and {why}{'' if why.endswith('.') else '.'}",
        [*ways, WRITER_WAY, TEXT_WAY] if spec.test else [*ways, "questions.test above 0"],
    )
