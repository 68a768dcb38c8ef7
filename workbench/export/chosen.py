"""The variant of a run that is exported: what it was tuned by, and what answers with it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.variant import Variant, twins, variants_of
from workbench.models.tuned import check_adapter
from workbench.records.run import Run
from workbench.serve.served_run import ServedRun
from workbench.stages.inputs import PromptInput
from workbench.types import ModelReference
from workbench.variants.prompting import PromptBook

#: What peft calls them, and what the workbench does where a folder does not say how it came about.
METHOD_OF: dict[str, str] = {
    "LORA": "lora",
    "IA3": "ia3",
    "PREFIX_TUNING": "prefix",
    "PROMPT_TUNING": "prompt",
    "P_TUNING": "p_tuning",
    "BOTTLENECK": "bottleneck",
    "WEIGHTS": "full",
}


class Chosen:
    """One variant of a finished run. Nothing is loaded before it is asked for.

    ``untuned`` names the variant that is the same without its tuning, where the run has one.
    ``quantize`` is the type that GGUF files are to be quantised to; None leaves them as they are.
    """

    def __init__(self, run: Run, name: str, quantize: str | None = None) -> None:
        self.run = run
        self.quantize = quantize
        self.served = ServedRun(run)
        self.experiment = self.served.experiment
        known = {variant.name: variant for variant in variants_of(self.experiment)}
        if name not in known:
            raise WorkbenchError(
                f"Run {run.id} has no variant {name!r}.", f"Its variants are {', '.join(known)}."
            )
        if name not in self.served.names():
            raise WorkbenchError(
                f"The variant {name!r} is handed the evidence of each question, which nobody has "
                "for a question that is new.",
                f"Choose one of {', '.join(self.served.names())}.",
            )
        self.variant: Variant = known[name]
        self.untuned = twins(list(known.values())).get(name)

    @property
    def name(self) -> str:
        return self.variant.name

    @property
    def reference(self) -> ModelReference:
        """The base model, as the variant asked it."""
        return self.variant.model

    @property
    def is_reader(self) -> bool:
        """Whether it is the embedded reader, which nothing but the workbench can run."""
        return self.book.format == "reader"

    @property
    def method(self) -> str | None:
        """The tuning method; None for the base model."""
        if self.variant.trained:
            assert self.variant.tuning is not None
            return self.variant.tuning.method
        return None if self.reference.adapter is None else METHOD_OF.get(self._kind, "lora")

    @property
    def uses_dora(self) -> bool:
        """Whether a LoRA adapter holds lengths of weights beside its matrices."""
        if self.variant.trained and self.variant.tuning is not None:
            return self.variant.tuning.lora.use_dora
        return self.reference.adapter is not None and bool(self.adapter_config.get("use_dora"))

    @cached_property
    def adapter(self) -> Path | None:
        """The folder of what was tuned; None for the base model."""
        if self.variant.trained:
            return self.served.inputs.adapters[self.name].path / "adapter"
        return None if self.reference.adapter is None else Path(self.reference.adapter)

    @property
    def adapter_config(self) -> Mapping[str, Any]:
        """Its adapter_config.json; empty for the base model."""
        return {} if self.adapter is None else check_adapter(str(self.adapter))

    @property
    def _kind(self) -> str:
        return str(check_adapter(str(self.reference.adapter)).get("peft_type"))

    @cached_property
    def book(self) -> PromptBook:
        """The prompt files that it is asked with."""
        spec = self.experiment
        labels = self.run.results().labels
        asked = PromptInput.of(
            self.reference, spec.purpose, spec.prompts, labels, self.variant.prompt
        )
        book: PromptBook = asked.book()
        return book

    @property
    def system_text(self) -> str:
        """The system turn of every prompt as rendered; empty where the format has none."""
        turns = self.book.render("").messages
        return turns[0].content if turns and turns[0].role == "system" else ""

    @cached_property
    def surface(self) -> tuple[Any, Any]:
        """The base model's configuration and tokenizer, without its weights."""
        from workbench.models.loading import load_surface

        return load_surface(self.reference)
