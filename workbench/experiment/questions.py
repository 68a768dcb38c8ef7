"""How many questions of which kinds are written, or taken from a labelled file."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from workbench.experiment.answering import AnswerForm
from workbench.experiment.model import ModelSpec
from workbench.experiment.spec import Count, Named, Positive, Share, Spec, without_later
from workbench.types import KINDS

#: Kinds of question that may be asked for; a label comes from a labelled file alone.
WRITTEN = tuple(kind for kind in KINDS if kind != "label")


class LabelsSpec(Spec):
    """Messages with their labels, one a row: the answer is one of a closed set.

    ``file`` is CSV, JSONL, JSON or Parquet, ``text`` and ``label`` name its columns. Rows of one
    ``group`` (a column, such as the sender) are never parted between training and exam, nor are
    near-duplicates. ``names`` are the labels there are, in their order; empty: those of the file.
    ``keep`` are columns that stay with the messages, for ``fairness.groups``.
    """

    written_short: ClassVar[str | None] = "file"

    file: Named
    text: str = "text"
    label: str = "label"
    group: str | None = None
    names: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = handler(self)
        if not self.keep:
            values.pop("keep", None)
        return values

    @field_validator("names")
    @classmethod
    def _told_apart(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        plain = [" ".join(name.casefold().split()) for name in names]
        if len(names) == 1 or len(set(plain)) < len(plain) or not all(plain):
            raise ValueError("labels are two at least, none empty, and differ by more than case")
        return names


class QuestionSpec(Spec):
    """How many questions of each role are written, and how the corpus is split for them.

    ``unseen_share`` of the sections get no training question; ``held_out_share`` of the facts in
    the trained sections are kept for the stratum ``same_section``. ``wordings`` are train
    wordings per fact; exam questions on trained facts are further wordings, never trained, with at
    least ``least_new_words`` content words that the nearest trained wording lacks (0: another order
    of the same words will do).
    ``kinds`` are those that are written, ``shares`` what part of all questions those kinds are that
    plain sentences do not give by themselves, as far as the corpus gives them; the rest are facts,
    reasons and ways.
    ``writer`` is the model that writes them (None: the experiment's own): a hub name, or a name
    with its ``endpoint``. ``checker`` is the model that reads each question back and drops those
    that it answers otherwise with the passage in hand (None: the writer); where it sits the exam
    too, the exam holds only what it can read, and the results say so. Its tokens count into the
    writer's budget. ``gold`` is a file of questions written by hand, which are never
    filtered. They stand apart from the exam, or are the exam: where the writer finds too little for
    one, and on purpose with ``test: 0``. With ``train_facts: 0``, or where too little is found to
    train on, the variants that need training questions are left out, and the run says so.
    ``answers`` is the form of the references that a chat writer gives beside the short ones.
    With ``labels`` nothing is written: rows of a labelled file are parted into ``test``, ``dev``
    and ``train_facts`` questions of kind ``label``, each label by its share; where the file holds
    fewer rows, each role gets its part of them.
    """

    writer: ModelSpec | None = None
    checker: ModelSpec | None = None
    train_facts: Count = 200
    wordings: Positive = 4
    test: Count = 150
    dev: Positive = 40
    unseen_share: Share = 0.3
    held_out_share: Share = 0.3
    kinds: tuple[str, ...] = (
        "factoid",
        "why_how",
        "reversed",
        "multi_hop",
        "comparison",
        "order",
        "unanswerable",
    )
    shares: dict[str, Share] = Field(
        default={"multi_hop": 0.1, "comparison": 0.05, "order": 0.05, "unanswerable": 0.1}
    )
    behaviour: str | None = None
    answers: AnswerForm = "short"
    gold: Named | None = None
    labels: LabelsSpec | None = None
    near_duplicate: Share = 0.85
    least_new_words: Count = 1
    max_tokens_spent: Positive | None = None
    max_money_spent: Annotated[float, Field(gt=0)] | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"labels": None})

    @model_validator(mode="after")
    def _labels_are_the_exam(self) -> QuestionSpec:
        if self.labels is None:
            return self
        if self.gold is not None or self.behaviour is not None:
            raise ValueError("labels are an exam by themselves: leave gold and behaviour out")
        if self.test == 0 or self.train_facts == 0:
            raise ValueError("of a labelled file some rows train and some test: neither is 0")
        return self

    @field_validator("kinds")
    @classmethod
    def _kinds_exist(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [kind for kind in kinds if kind not in WRITTEN]
        if unknown:
            raise ValueError(f"unknown kind {unknown[0]!r}; the kinds are {', '.join(WRITTEN)}")
        return kinds

    @field_validator("shares")
    @classmethod
    def _shares_leave_room(cls, shares: dict[str, float]) -> dict[str, float]:
        unknown = [kind for kind in shares if kind not in WRITTEN]
        if unknown:
            raise ValueError(f"unknown kind {unknown[0]!r}; the kinds are {', '.join(WRITTEN)}")
        if sum(shares.values()) > 1:
            raise ValueError(
                f"the shares add up to {sum(shares.values()):g}, and 1 is all there is"
            )
        return shares
