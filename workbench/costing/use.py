"""What a variant needs: which stages stand behind it, and what one question takes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.experiment.parts import ModelSpec, VariantSpec

CONTEXTS = {
    "prompt_only": "none",
    "few_shot": "examples",
    "long_context": "whole_text",
    "rag": "retrieval",
    "fine_tuned": "none",
    "fine_tuned_rag": "retrieval",
    "raft": "retrieval",
    "oracle": "evidence",
}
TUNED = frozenset({"fine_tuned", "fine_tuned_rag", "raft"})


@dataclass(frozen=True, slots=True)
class VariantTraits:
    """What a variant is, as far as cost and constraints care.

    ``model`` is the name that the price book knows an endpoint's model by; None is a local model.
    """

    name: str
    context: str
    tuned: bool
    model: str | None = None

    @property
    def cites(self) -> bool:
        """Whether an answer comes with passages that can be shown as its source."""
        return self.context in ("retrieval", "evidence")

    @property
    def local(self) -> bool:
        """Whether question and corpus stay on the machine."""
        return self.model is None

    def stages(self, known: Mapping[str, float]) -> tuple[str, ...]:
        """The stages that have to be run for this variant, as named in ``known``."""
        needed = []
        if self.context == "retrieval":
            needed.append("index")
        if self.tuned or self.context == "examples":
            needed.append("questions")
        if self.tuned:
            shared = [name for name in known if name.startswith("adapter:")]
            choices = (f"adapter:{self.name}", "adapter", "adapter:fine_tuned", *shared)
            needed += [name for name in choices if name in known][:1]
        return tuple(name for name in needed if name in known)


def traits_of(spec: VariantSpec, model: ModelSpec) -> VariantTraits:
    """The traits of a variant of an experiment whose default model is ``model``."""
    answering = spec.model or model
    tuned = spec.name in TUNED or spec.tuning is not None or answering.adapter is not None
    return VariantTraits(
        spec.name,
        spec.context or CONTEXTS.get(spec.name, "none"),
        tuned,
        answering.name if answering.endpoint else None,
    )


@dataclass(frozen=True, slots=True)
class Use:
    """Measured use per question: tokens, machine seconds with their standard error, and search."""

    input_tokens: float | None = None
    output_tokens: float | None = None
    seconds: float | None = None
    seconds_error: float | None = None
    searching: float | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Use:
        """From a variant's row in results.json; the single-stream mean is what a question takes."""
        total = (row.get("latency") or {}).get("total_s") or {}
        tokens = row.get("tokens") or {}
        search = (row.get("latency") or {}).get("retrieval_s") or {}
        return cls(
            tokens.get("input"), tokens.get("output"), total.get("mean"), total.get("error"),
            search.get("mean"),
        )  # fmt: skip
