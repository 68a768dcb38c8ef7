"""What an experiment says of one system under comparison, and what of it does not go together."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import (
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from workbench.experiment.compress import CompressSpec
from workbench.experiment.model import ModelSpec
from workbench.experiment.passages import PassageSpec
from workbench.experiment.retrieval import RetrievalSpec
from workbench.experiment.spec import Count, Named, Positive, Share, Spec, filled, without_later
from workbench.experiment.system import SystemSpec
from workbench.experiment.tuning import TuningSpec
from workbench.presets import PRESETS

#: Solved questions that a variant with examples is shown.
VARIANT_EXAMPLES = 4
#: Contexts for which passages are searched.
SEARCHING = ("retrieval", "retrieval_with_examples", "retrieval_with_nearest_examples")


class VariantSpec(Spec):
    """One system under comparison. A known name carries its own settings.

    A further system is described by ``model`` (an endpoint's fine-tuned model, say) and
    ``context``; a known name may override either. Below the confidence ``abstain_below`` it says
    that it does not know: 0 to 1, the geometric mean of the probabilities of its reply's tokens,
    or ``dev`` for the highest threshold that costs 5 points of F1 at most on the answerable dev
    questions (one question where there are fewer than 20). ``abstain_by`` takes another signal for
    it: how far the best passage stands out (``retrieval``), or how likely the model holds it that
    the passages answer (``sufficiency``), or how relevant the cross-encoder that reranks holds the
    best of them to be (``cross_encoder``). ``compress`` makes its model smaller. ``prompt`` is its
    own prompt: the name of a shipped one, or a folder of prompt files, as a search chooses it.
    ``system`` is a system of another make, asked as it is: it has a model, a prompt and a search of
    its own, so that nothing else is said of it. With ``corpus.editions``, ``edition`` says what
    becomes of its adapter: it is trained anew on the later edition (``retrained``, as without the
    key), trained further on what changed (``tuned_on``), or left as it was (``stale``).
    """

    written_short: ClassVar[str | None] = "name"

    name: str
    label: str | None = None
    model: ModelSpec | None = None
    tuning: TuningSpec | None = None
    context: (
        Literal[
            "none",
            "examples",
            "nearest_examples",
            "whole_text",
            "retrieval",
            "retrieval_with_examples",
            "retrieval_with_nearest_examples",
            "evidence",
        ]
        | None
    ) = None
    top_k: Positive | None = None
    retrieval: RetrievalSpec | None = None
    passages: PassageSpec | None = None
    examples: Count = VARIANT_EXAMPLES
    abstain_below: Share | Literal["dev"] | None = None
    compress: CompressSpec | None = None
    abstain_by: Literal["confidence", "retrieval", "sufficiency", "cross_encoder"] = "confidence"
    system: SystemSpec | None = None
    prompt: Named | None = None
    edition: Literal["retrained", "tuned_on", "stale"] | None = None

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not name or not all(c.isalnum() or c in "_-" for c in name):
            raise ValueError(f"a variant's name is letters, digits, - and _; got {name!r}")
        return name

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        later = {
            "retrieval": None, "passages": None, "compress": None, "abstain_by": "confidence",
            "system": None, "prompt": None, "edition": None,
        }  # fmt: skip
        return without_later(handler(self), later)

    @model_validator(mode="after")
    def _known_or_described(self) -> VariantSpec:
        if self.name not in PRESETS and self.context is None and self.system is None:
            raise ValueError(
                f"variant {self.name!r} is none of {', '.join(PRESETS)}; "
                "describe it with a model and a context, or with a system"
            )
        return self

    @model_validator(mode="after")
    def _a_system_is_whole(self) -> VariantSpec:
        if self.system is None:
            return self
        if self.name in PRESETS:
            raise ValueError(
                f"{self.name!r} is a name of the workbench's own variants; give the system another"
            )
        said = sorted(self.model_fields_set - {"name", "label", "system"})
        own = [key for key in said if getattr(self, key) not in (None, VARIANT_EXAMPLES)]
        if own:
            raise ValueError(
                f"variant {self.name!r} is a system of its own, which has its model, prompt and "
                f"search inside: leave {own[0]} out"
            )
        return self

    @model_validator(mode="after")
    def _searches_what_it_sees(self) -> VariantSpec:
        own = self.retrieval is not None or self.passages is not None
        if own and self.given_context not in SEARCHING:
            raise ValueError(
                f"variant {self.name!r} has its own retrieval or passages, and sees none: its "
                f"context is {self.given_context!r}"
            )
        return self

    @model_validator(mode="after")
    def _abstains_by_what_there_is(self) -> VariantSpec:
        if self.abstain_by == "confidence":
            return self
        if self.abstain_below is None:
            raise ValueError(
                f"variant {self.name!r} is to abstain by {self.abstain_by}, and abstain_below does "
                "not say where: write dev, or 0 to 1"
            )
        searches = self.given_context in SEARCHING
        if not searches and (self.abstain_by == "retrieval" or self.given_context != "evidence"):
            raise ValueError(
                f"variant {self.name!r} is to abstain by {self.abstain_by}, and its context "
                f"{self.given_context!r} finds it no passages: leave abstain_by out"
            )
        return self

    def searching_as(self, retrieval: RetrievalSpec, passages: PassageSpec) -> VariantSpec:
        """The variant with whole settings of its own: what they do not say is the experiment's."""
        own = {
            "retrieval": filled(self.retrieval, retrieval),
            "passages": filled(self.passages, passages),
        }
        return self.model_copy(update=own)

    @property
    def given_context(self) -> str:
        """What accompanies the question: its own context, or that of its known name."""
        if self.system is not None:
            return "system"
        return self.context or PRESETS[self.name].context
