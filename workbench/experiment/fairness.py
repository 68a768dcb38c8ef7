"""Whether all are served alike who are asked about, and what answers that are wrong cost."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from workbench.experiment.spec import Count, Named, Positive, Spec, without_later
from workbench.fairness.lexicon import ATTRIBUTES

#: What mending cannot go with, by the keys of a tuning.
_AGAINST = ("train_on", "teacher", "preferences", "hosted")
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class FairnessSpec(Spec):
    """Groups that the questions are told apart by, and the same questions about somebody else.

    Each of ``groups`` is a column of imported or hand-written questions (a tag), ``gender`` or
    ``origin`` (by the names, pronouns and other words of a question and its answers), or
    ``section``. A group is compared where it has ``least`` questions. ``twins`` is how many exam
    questions (0: none) each variant is asked again with names, pronouns and origins exchanged, in
    the corpus, the question and its reference alike; ``exchange`` says of what. ``lexicon`` is a
    word list of your own in the place of those that ship.
    """

    groups: tuple[str, ...] = ()
    least: Positive = 10
    twins: Count = 0
    exchange: tuple[str, ...] = ATTRIBUTES
    lexicon: Named | None = None

    @model_validator(mode="after")
    def _said_once(self) -> FairnessSpec:
        for key in ("groups", "exchange"):
            names = getattr(self, key)
            if len(set(names)) < len(names) or not all(name.strip() for name in names):
                raise ValueError(f"{key} are names, each said once; got {list(names)}")
        if self.lexicon is None:
            strange = [name for name in self.exchange if name not in ATTRIBUTES]
            if strange:
                raise ValueError(
                    f"exchange names {strange[0]!r}, and the word lists know "
                    f"{' and '.join(ATTRIBUTES)}: bring a list of your own in lexicon"
                )
        if self.twins and not self.exchange:
            raise ValueError("twins need something to exchange: leave exchange out, or twins")
        return self


class Mending(Spec):
    """Of a tuning: what is changed so that groups are served alike.

    ``twins`` trains each question that names somebody about somebody else too, with ``gender`` or
    ``origin`` exchanged. ``reweight`` weighs the loss so that all groups of an attribute (as in
    ``fairness.groups``) count alike (Kamiran and Calders 2012); ``evenly`` repeats questions of the
    smaller groups until all groups have as many.
    """

    twins: tuple[str, ...] = ()
    reweight: str | None = None
    evenly: str | None = None

    @property
    def mended(self) -> bool:
        """Whether training is changed so."""
        return bool(self.twins or self.reweight or self.evenly)

    @property
    def unmended(self) -> Self:
        """The same training as it would be without."""
        return self.model_copy(update={"twins": (), "reweight": None, "evenly": None})

    @model_validator(mode="after")
    def _mends_what_it_can(self) -> Self:
        held: dict[str, Any] = {name: getattr(self, name, None) for name in _AGAINST}
        if not self.mended:
            return self
        if held["train_on"] == "text":
            raise ValueError("twins, reweight and evenly are of questions, and train_on is text")
        if held["teacher"] is not None or held["preferences"] is not None:
            raise ValueError(
                "twins, reweight and evenly change the questions, and a teacher or preferences go "
                "by them as they are: leave either out"
            )
        if self.reweight is not None and held["hosted"] is not None:
            raise ValueError("a provider weighs no examples: take evenly in the place of reweight")
        return self


class HarmSpec(Spec):
    """What an answer that is not right costs, in a unit of your own: an answer that is wrong, one
    that is invented (to a question that the text does not answer), a refusal of a question that it
    does answer. ``severity`` names a column of the questions by which the first two are multiplied.
    """

    wrong: Weight = 1.0
    invented: Weight = 5.0
    refused: Weight = 0.2
    severity: str | None = None

    @property
    def costs(self) -> dict[str, float]:
        """The cost of each outcome that is not right."""
        return {"wrong": self.wrong, "invented": self.invented, "refused": self.refused}

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"severity": None})
