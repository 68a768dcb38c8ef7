"""A finished run reopened, ready to answer any question as any of its variants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench.engine.cache import ArtifactCache, cache_root
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.stage import Stage
from workbench.errors import WorkbenchError
from workbench.experiment.identity import resolve
from workbench.models.budget import counted_input
from workbench.records.run import Run
from workbench.serve.conversations import Turn, can_rewrite, standing_alone
from workbench.serve.requests import Asked
from workbench.stages.answers import with_thresholds
from workbench.stages.context import RunContext
from workbench.stages.inputs import SystemsInputs
from workbench.stages.making import Training, make_artifacts
from workbench.stages.plan import RunPlan
from workbench.text import ABSTENTION
from workbench.types import Context, Decoding, Question, Retrieved
from workbench.variants.providers import Retrieval, WithExamples, searched
from workbench.variants.system import System


class ServedRun:
    """The variants of one run; models are loaded when the first question comes."""

    def __init__(self, run: Run, single_turn: bool = False) -> None:
        experiment, state = run.experiment(), run.manifest.state
        if experiment is None and state == "done":
            raise WorkbenchError(
                f"Run {run.id} holds answers that were imported: its systems are not here, so they "
                "cannot be asked.",
                "Name them as variants with a `system` in an experiment, and run that.",
            )
        if experiment is None or state != "done":
            raise WorkbenchError(
                f"Run {run.id} has not finished (state: {state or None}).",
                f"Finish it with: workbench run {run.files.specification}",
            )
        self.run = run
        self.experiment = experiment
        self.single_turn = single_turn

    def names(self) -> list[str]:
        """The variants, in the order of the experiment; the oracle cannot answer new questions."""
        return [v.name for v in self.experiment.variants if v.given_context != "evidence"]

    @property
    def decoding(self) -> Decoding:
        """How answers are drawn: the run's own decoding."""
        return self.experiment.decoding.value(self.experiment.seed)

    @cached_property
    def context(self) -> RunContext:
        """The services that the run's stages are given, with what was opened so far."""
        return RunContext(ArtifactCache(cache_root()))

    @cached_property
    def plan(self) -> RunPlan:
        """The run's stages with what they were given."""
        return RunPlan(resolve(self.experiment))

    @cached_property
    def inputs(self) -> SystemsInputs:
        """What the variants are built from: the run's own artifacts, found in the cache."""

        def execute(stage: Stage[Any, Any], inputs: Inputs, name: str = "") -> ArtifactReference:
            return self.context.make(stage, inputs).reference

        # The run's own stages: what is served is what was examined.
        known = self.run.manifest
        training = Training(withheld=known.withheld, examined=known.examined)
        return make_artifacts(self.plan, execute, lambda *_: training)

    @cached_property
    def systems(self) -> dict[str, System]:
        """The variants by name, ready to answer; loads models and index."""
        return {system.name: system for system in self._built(None)}

    def system(self, variant: str) -> System:
        """One variant, ready to answer; loads its model alone."""
        return self._built([variant])[0]

    def _built(self, names: Sequence[str] | None) -> list[System]:
        return with_thresholds(self.context.systems(self.inputs, names), self.run.path)

    def prepare(self) -> None:
        """Load models and index now rather than at the first question."""
        _ = self.systems

    def searching(self) -> list[str]:
        """The variants that search for passages, in the order of the experiment."""
        return [
            v.name for v in self.experiment.variants
            if v.given_context in ("retrieval", "retrieval_with_examples")
        ]  # fmt: skip

    def _named(self, variant: str) -> System:
        if variant not in self.names():
            raise WorkbenchError(
                f"Run {self.run.id} has no variant {variant!r}.",
                f"Its variants are {', '.join(self.names())}.",
            )
        return self.systems[variant]

    def turn(self, variant: str, asked: Asked) -> Turn:
        """What the variant is asked after the turns before it, rewritten by its untuned model.

        A model that was tuned to answer may have forgotten how to follow another instruction.
        """
        system = self._named(variant)
        model = system.model
        # A system of another make is asked as it is: it may have a memory of its own.
        if self.single_turn or system.is_foreign or not can_rewrite(model):
            return Turn("single-turn", asked.question, len(asked.earlier))
        return standing_alone(model.with_adapter(None), asked.earlier, asked.question)

    def search(self, variant: str, query: str, top_k: int | None) -> Context:
        """The passages that the variant's search finds, as many as it shows or ``top_k``."""
        provider = self._named(variant).provider
        if isinstance(provider, WithExamples):
            provider = provider.search
        if not isinstance(provider, Retrieval):
            raise WorkbenchError(
                f"The variant {variant!r} searches for no passages.",
                f"These do: {', '.join(self.searching()) or 'none'}.",
            )
        fresh = provider.without_cache()
        asked = Question(id="live", text=query, answers=())
        return searched(fresh.retriever, [asked], top_k or fresh.k)[0]

    def tokens(self, variant: str, question: str, context: Context, reply: str) -> tuple[int, int]:
        """Tokens read and written for a reply, by the model's own tokenizer.

        Behind an endpoint it is an estimate: its stream does not tell.
        """
        system = self._named(variant)
        asked = Question(id="live", text=question, answers=())
        prompt, _ = system.prompt(asked, context)
        encoder = getattr(system.model, "encoder", None)
        read = counted_input(system.model, prompt) if encoder is None else len(
            encoder.prompts([prompt])[0])  # fmt: skip
        return read, system.model.count_tokens(reply)

    def answer(self, variant: str, question: str) -> tuple[Context, Iterator[str]]:
        """What the variant sees and, piece by piece, what it replies."""
        system = self._named(variant)
        asked = Question(id="live", text=question, answers=())
        provider = system.provider
        if isinstance(provider, Retrieval | WithExamples):
            provider = provider.without_cache()
        context = provider.contexts([asked])[0]
        prompt, shown = system.prompt(asked, context)
        foreign = system.is_foreign
        if not foreign and system.holds_back(system.signals([asked], [(prompt, shown)])[0]):
            return shown, iter([ABSTENTION])
        by_words = system.abstain_below is not None and system.abstain_by == "confidence"
        if by_words or foreign:
            # What a system of another make read comes with its answer; whether a model is sure
            # enough is known when all is written.
            completion = system.model.complete([prompt], system.decoding)[0]
            if completion.error:
                who = "system" if system.is_foreign else "model"
                raise WorkbenchError(f"The {who} cannot answer: {completion.error}.", "Ask again.")
            if system.place is not None:
                own = system.place(completion.passages)
                shown = Context(tuple(Retrieved(p, 0.0, at) for at, p in enumerate(own, 1)))
            return shown, iter([system.answer(asked, shown, completion).text])
        return shown, system.model.stream(prompt, system.decoding)


def open_run(path: Path, single_turn: bool = False) -> ServedRun:
    """The run in that directory, ready to be served."""
    return ServedRun(Run(path), single_turn)
