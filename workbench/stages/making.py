"""The order in which a run makes what its variants are built from, written once.

A run, an estimate and a reopened run differ only in what they do with each stage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.stage import Stage
from workbench.experiment.prompt_search import PromptChoice
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant_spec import VariantSpec
from workbench.stages import (
    ADAPTER,
    CORPUS,
    EDITIONS,
    INDEX,
    LABELS,
    MESSAGES,
    PROMPTS,
    QUESTIONS,
    RETRIEVAL,
    RETRIEVER,
    TEACHING,
    TRIALS,
)
from workbench.stages.adapter import AdapterInputs
from workbench.stages.dev_scores import DevTerms
from workbench.stages.elsewhere import Job
from workbench.stages.index import IndexInputs
from workbench.stages.index_update import can_be_changed
from workbench.stages.inputs import PromptInput, SearchInput, SystemsInputs
from workbench.stages.plan import RunPlan
from workbench.stages.prompts import PromptsInputs, chosen_prompt, in_each_prompt, untuned
from workbench.stages.refusals import check_language, check_prompts
from workbench.stages.retrieval_trials import chosen_setting, what_it_reads
from workbench.stages.retrieval_tries import RetrievalTrialsInputs
from workbench.stages.teaching import TeachingInputs
from workbench.stages.trials import chosen_tuning
from workbench.stages.tuning_tries import TrialsInputs
from workbench.variants.assembly import AdapterPlan


class Execute(Protocol):
    """What is done with a stage: made, found or estimated. ``name`` is the step's in the run."""

    def __call__(
        self, stage: Stage[Any, Any], inputs: Inputs, name: str = ""
    ) -> ArtifactReference: ...


Together = Callable[[Sequence[Job]], None]


@dataclass(frozen=True, slots=True)
class Training:
    """Whether there are questions enough to train on, and the ids of some of them.

    ``withheld`` are not trained on; ``examined`` are shown to nobody as examples.
    """

    enough: bool = True
    withheld: tuple[str, ...] = ()
    examined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Before:
    """The earlier edition: its text, and what was written on it."""

    corpus: ArtifactReference
    questions: ArtifactReference


@dataclass(frozen=True)
class Grounds:
    """What was made before anything is tuned; ``replies`` are those of each teacher, ``prompts``
    what was chosen for each variant, ``setting`` what was of the search; None: it was not searched.
    """

    corpus: ArtifactReference
    questions: ArtifactReference
    search: SearchInput
    searches: dict[str, SearchInput]
    training: Training
    replies: dict[str, ArtifactReference]
    prompts: dict[str, PromptChoice]
    setting: dict[str, Any] | None = None
    before: Before | None = None

    def adapter(
        self, plan: RunPlan, adapter: AdapterPlan, start: ArtifactReference | None = None
    ) -> AdapterInputs:
        """The inputs of one training; ``start`` is the adapter that it goes on from."""
        if adapter.edition == "stale":
            assert self.before is not None, "an experiment with stale variants has editions"
            return plan.adapter_inputs(
                adapter, self.before.corpus, self.before.questions, self.search
            )
        return plan.adapter_inputs(
            adapter, self.corpus, self.questions, self.search, self.training.withheld,
            self.replies.get(adapter.tuning.teacher or ""), start,
        )  # fmt: skip

    def systems(
        self, plan: RunPlan, adapters: dict[str, ArtifactReference],
        further: tuple[dict[str, ArtifactReference], ...] = (),
    ) -> SystemsInputs:  # fmt: skip
        """What the variants of the plan are built from."""
        return SystemsInputs.of(
            plan.experiment, self.corpus, self.questions, self.search, adapters,
            searches=self.searches, withheld=self.training.withheld,
            examined=self.training.examined, further=further, labels=plan.labels,
        )  # fmt: skip


Settle = Callable[[ArtifactReference, ArtifactReference], Training]


def make_grounds(
    plan: RunPlan, execute: Execute, settle: Settle | None = None
) -> tuple[RunPlan, Grounds]:
    """Corpus, questions, index and the prompts in order, and the plan with these.

    ``settle`` is called with corpus and questions once these are there, and says what may be
    trained on; where that is too little, the variants that need it are left out.
    """
    plan, corpus, questions, training, before, setting = make_searched(plan, execute, settle)
    earlier = None
    if before is not None:
        # Built first, as it was: what is then embedded for the later edition is what changed.
        inputs = plan.index_inputs(before.corpus)
        made = execute(INDEX, inputs, f"{INDEX.name}:before")
        if can_be_changed(inputs, made.path):
            earlier = inputs, made
    searches = _Searches(plan, corpus, questions, training, execute, earlier)
    grounds = Grounds(
        corpus, questions, searches.of(), searches.own(), training, {}, {}, setting, before
    )
    grounds.prompts.update(_prompted(plan, grounds, execute))
    return plan.prompted(grounds.prompts), grounds


def make_searched(
    plan: RunPlan, execute: Execute, settle: Settle | None = None
) -> tuple[
    RunPlan, ArtifactReference, ArtifactReference, Training, Before | None, dict[str, Any] | None
]:
    """Corpus, questions, what may be trained on, the earlier edition if there is one, and the
    setting of the search that was chosen; before these the plan with it."""
    check_prompts(plan)
    labelled = plan.experiment.questions.labels
    corpus = (
        execute(CORPUS, plan.corpus_inputs()) if plan.experiment.has_own_text or labelled is None
        else execute(MESSAGES, plan.messages_inputs(labelled))
    )  # fmt: skip
    check_language(plan, corpus)
    before = None
    if plan.experiment.corpus.editions:
        before, questions = _carried(plan, corpus, execute)
    else:
        questions = (
            execute(QUESTIONS, plan.questions_inputs(corpus)) if labelled is None
            else execute(LABELS, plan.labels_inputs(labelled))
        )  # fmt: skip
    training = Training() if settle is None else settle(corpus, questions)
    if not training.enough:
        plan = plan.without_training()
    setting = _retrieved(plan, corpus, questions, training, execute)
    return plan.retrieved(setting or {}), corpus, questions, training, before, setting


def _carried(
    plan: RunPlan, corpus: ArtifactReference, execute: Execute
) -> tuple[Before, ArtifactReference]:
    """The earlier edition, and its questions as the later one has them."""
    text = execute(CORPUS, plan.corpus_inputs(earlier=True), f"{CORPUS.name}:before")
    before = Before(
        text, execute(QUESTIONS, plan.questions_inputs(text), f"{QUESTIONS.name}:before")
    )
    written = execute(QUESTIONS, plan.questions_inputs(corpus), f"{QUESTIONS.name}:written")
    inputs = plan.editions_inputs(before.corpus, corpus, before.questions, written)
    return before, execute(EDITIONS, inputs)


def make_artifacts(plan: RunPlan, execute: Execute, settle: Settle | None = None) -> SystemsInputs:
    """The grounds and the adapters in order; what the variants are built from."""
    return make_systems(*make_grounds(plan, execute, settle), execute)


def make_systems(
    plan: RunPlan, grounds: Grounds, execute: Execute, together: Together | None = None
) -> SystemsInputs:
    """The adapters on these grounds; what the variants are built from.

    Each distinct adapter is made once, or as many times as ``tuning.seeds`` says; variants that
    share one share its artifacts. ``together`` may make them side by side beforehand.
    """
    grounds.replies.update(_taught(plan, grounds, execute))
    plan = plan.settled(_chosen(plan, grounds, execute))
    plans = plan.adapters
    jobs: dict[AdapterPlan, list[tuple[Job, str]]] = {}
    for variant, adapter in plans.items():
        if adapter not in jobs:
            # One adapter is "adapter"; of several, each is named by the first that needs it.
            name = ADAPTER.name if len(set(plans.values())) == 1 else f"{ADAPTER.name}:{variant}"
            names = [name, *(f"{ADAPTER.name}:{variant}:{number}"
                             for number in range(2, adapter.tuning.seeds + 1))]  # fmt: skip
            jobs[adapter] = [
                (plan.tuned(_training(plan, grounds, adapter, number, execute)), step)
                for number, step in enumerate(names)
            ]
    if together is not None:
        together([job for own in jobs.values() for job, _ in own if job[0] is ADAPTER])
    trained = {
        adapter: [execute(stage, inputs, step) for (stage, inputs), step in own]
        for adapter, own in jobs.items()
    }
    adapters, *further = (
        {variant: trained[adapter][number] for variant, adapter in plans.items()}
        for number in range(max((plan.tuning.seeds for plan in plans.values()), default=1))
    )
    return grounds.systems(plan, adapters, tuple(further))


def _retrieved(
    plan: RunPlan, corpus: ArtifactReference, questions: ArtifactReference, training: Training,
    execute: Execute,
) -> dict[str, Any] | None:  # fmt: skip
    """The setting that is chosen where the search has several to try."""
    if plan.experiment.retrieval.search is None:
        return None
    experiment, reference = plan.experiment, plan.experiment.model.reference()
    inputs = RetrievalTrialsInputs(
        experiment=what_it_reads(experiment), model=plan.model(reference),
        prompt=PromptInput.of(reference, experiment.purpose, experiment.prompts, plan.labels, None),
        corpus=corpus, questions=questions, terms=DevTerms.of(experiment),
        withheld=training.withheld, examined=training.examined,
    )  # fmt: skip
    return chosen_setting(execute(RETRIEVAL, inputs))


def _training(
    plan: RunPlan, grounds: Grounds, adapter: AdapterPlan, number: int, execute: Execute
) -> AdapterInputs:
    """The inputs of one of an adapter's trainings, from 0; what it goes on from comes first."""
    own = adapter.trained_again(number)
    if own.edition != "tuned_on":
        return grounds.adapter(plan, own)
    earlier = grounds.adapter(plan, replace(own, edition="stale"))
    more = f":{number + 1}" if number else ""
    start = execute(*plan.tuned(earlier), f"{ADAPTER.name}:before{more}")
    return grounds.adapter(plan, own, start)


def _prompted(plan: RunPlan, grounds: Grounds, execute: Execute) -> dict[str, PromptChoice]:
    """The prompt of each variant, by its untuned model; variants alike without their tuning are
    searched once."""
    if plan.experiment.prompts.search is None:
        return {}
    made: dict[str, PromptChoice] = {}
    chosen: dict[str, PromptChoice] = {}
    for variant in plan.experiment.variants:
        tried = in_each_prompt(plan.experiment, variant, grounds.training.enough)
        alone = plan.asking(tried)
        own = grounds.searches.get(variant.name)
        searches = {} if own is None else {item.name: own for item in tried}
        systems = replace(grounds, searches=searches).systems(alone, {})
        inputs = PromptsInputs(systems=untuned(systems), terms=DevTerms.of(plan.experiment))
        key = inputs.model_dump_json()
        if key not in made:
            found = execute(PROMPTS, inputs, f"{PROMPTS.name}:{variant.name}")
            made[key] = chosen_prompt(found).model_copy(update={"search": variant.name})
        chosen[variant.name] = made[key]
    return chosen


def _taught(plan: RunPlan, grounds: Grounds, execute: Execute) -> dict[str, ArtifactReference]:
    """The answers of each teacher to the training questions; a teacher is never tuned here."""
    named = (adapter.tuning.teacher for adapter in plan.adapters.values())
    return {
        name: execute(
            TEACHING, TeachingInputs(systems=grounds.systems(plan.only(name), {})),
            f"{TEACHING.name}:{name}",
        )
        for name in dict.fromkeys(named) if name is not None
    }  # fmt: skip


def _chosen(plan: RunPlan, grounds: Grounds, execute: Execute) -> dict[str, TuningSpec]:
    """The tuning of each variant whose settings are searched; those alike are searched once."""
    found: dict[AdapterPlan, TuningSpec] = {}
    for variant, adapter in plan.adapters.items():
        if adapter.tuning.search is None or adapter in found:
            continue
        inputs = TrialsInputs(
            adapter=grounds.adapter(plan, adapter), terms=DevTerms.of(plan.experiment)
        )
        found[adapter] = chosen_tuning(execute(TRIALS, inputs, f"{TRIALS.name}:{variant}"))
    return {name: found[adapter] for name, adapter in plan.adapters.items() if adapter in found}


class _Searches:
    """The ways in which passages are found; each distinct index and retriever is made once."""

    def __init__(
        self, plan: RunPlan, corpus: ArtifactReference, questions: ArtifactReference,
        training: Training, execute: Execute,
        earlier: tuple[IndexInputs, ArtifactReference] | None = None,
    ) -> None:  # fmt: skip
        self._earlier = earlier
        self._plan, self._corpus, self._questions = plan, corpus, questions
        self._withheld, self._execute = training.withheld, execute
        self._made: dict[str, ArtifactReference] = {}

    def of(self, variant: VariantSpec | None = None) -> SearchInput:
        """The search of the experiment, or that of a variant which has its own."""
        plan = self._plan
        inputs = plan.index_inputs(self._corpus, variant)
        if self._earlier is not None:
            known = self._earlier[0].model_copy(update={"corpus": self._corpus})
            if inputs == known:  # made alike for both editions: the earlier one is changed
                inputs = inputs.model_copy(update={"before": self._earlier[1]})
        index = self._once(INDEX, inputs, variant)
        if plan.retrieval(variant).tuned is None:
            return plan.search(index, variant)
        learning = plan.retriever_inputs(index, self._questions, self._withheld, variant)
        search = plan.search(index, variant, self._once(RETRIEVER, learning, variant))
        if search.embedding == inputs.embedding:
            return search
        anew = inputs.model_copy(update={"embedding": search.embedding, "before": None})
        return search.model_copy(update={"index": self._once(INDEX, anew, variant, "tuned")})

    def own(self) -> dict[str, SearchInput]:
        """By name, the search of each variant that has its own."""
        return {
            variant.name: self.of(variant) for variant in self._plan.experiment.variants
            if variant.retrieval is not None or variant.passages is not None
        }  # fmt: skip

    def _once(
        self, stage: Stage[Any, Any], inputs: Inputs, variant: VariantSpec | None, more: str = ""
    ) -> ArtifactReference:
        # An index with vectors holds all that a search by words alone reads.
        whole = inputs.model_copy(update={"vectors": True}) if stage is INDEX else inputs
        keys = [f"{stage.name} {item.model_dump_json()}" for item in (whole, inputs)]
        found = next((self._made[key] for key in keys if key in self._made), None)
        if found is None:
            whose = "" if variant is None else variant.name
            name = ":".join(filter(None, (stage.name, whose, more)))
            found = self._made[keys[1]] = self._execute(stage, inputs, name)
        return found
