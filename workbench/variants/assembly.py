"""From an experiment's specification to variants that can answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.experiment.candidates import each_method
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant import AnsweringSpec, top_k_of, training_prompt, variant_of
from workbench.experiment.variant_spec import VariantSpec
from workbench.tuning.refusals import check_edition, check_hosted, check_pruning, check_tuning
from workbench.types import (
    Context,
    ContextProvider,
    LanguageModel,
    ModelReference,
    Passage,
    Question,
    Retriever,
    Section,
)
from workbench.variants.prompting import open_book, room_for_prompt
from workbench.variants.providers import (
    Embed,
    EvidenceProvider,
    Examples,
    NearestExamples,
    NoContext,
    Retrieval,
    WholeText,
    WithExamples,
    pick_examples,
)
from workbench.variants.system import System


@dataclass(frozen=True)
class AdapterPlan:
    """One adapter to train: on which model, less which share of its blocks, in which training
    format, how, in which prompt where that is not the run's, and what becomes of it with a later
    edition of the text."""

    model: ModelReference
    format: str
    tuning: TuningSpec
    prune: float = 0.0
    prompt: str | None = None
    edition: str | None = None

    def trains(self, answering: ModelReference) -> bool:
        """Whether it is trained for the model that answers so, whose weights may be narrower."""
        return replace(answering, quantization=self.model.quantization) == self.model

    def trained_again(self, number: int) -> AdapterPlan:
        """One of its trainings, from 0: the same but for the seed."""
        seed = self.tuning.seed_offset + number
        once = self.tuning.model_copy(update={"seeds": 1, "seed_offset": seed})
        return replace(self, tuning=once)


def model_of(experiment: AnsweringSpec, variant: VariantSpec) -> ModelReference:
    """The model that a variant answers with."""
    return variant_of(experiment, variant).model


def adapter_of(experiment: AnsweringSpec, variant: VariantSpec) -> AdapterPlan | None:
    """The adapter that a variant needs trained, or None.

    A tuned variant that names its own model (an endpoint's fine-tuned model, or a model with an
    adapter) is used as it is. Raises WorkbenchError where an endpoint would have to be trained, or
    the method does not go with the model.
    """
    own = variant_of(experiment, variant)
    if own.training_format is None or not own.trained:
        return None
    tuning = own.tuning or experiment.tuning
    prompt = training_prompt([variant_of(experiment, v) for v in experiment.variants], own)
    if tuning.hosted is not None:
        check_edition(own.edition, own.pruned, tuning)
        check_hosted(tuning, own.model)
        return AdapterPlan(own.model, own.training_format, tuning, prompt=prompt)
    if own.hosted is not None:
        raise WorkbenchError(
            f"The variant {variant.name!r} needs a tuned model, and {own.hosted} behind "
            f"{own.model.endpoint} cannot be tuned from here.",
            "Let its provider tune it (tuning.hosted), name one that is tuned as this variant's "
            "model, or leave the variant out.",
        )
    for single in each_method(tuning, own.model.name):
        # As it answers, too: what was trained has to stand on that.
        for model in dict.fromkeys((own.learner, own.model)):
            check_tuning(single, model)
    check_pruning(own.pruned, tuning, own.model)
    check_edition(own.edition, own.pruned, tuning)
    return AdapterPlan(
        replace(own.learner, served_by=None), own.training_format, tuning, own.pruned, prompt,
        own.edition,
    )  # fmt: skip


@dataclass(frozen=True)
class Materials:
    """What variants are built from: parts of the corpus, solved questions. Loaded lazily.

    ``examples`` are the training questions that may be shown: none asks for a fact of the exam.
    ``retriever`` opens the search of the variant of that name; variants that search alike are
    given one and the same. ``labels`` are the closed set that answers are of; ``embed`` gives unit
    vectors, by which the examples most like a question are found; ``place`` finds in the corpus
    what a system of another make read, ``encoder`` names the cross-encoder of a variant's search.
    """

    sections: Sequence[Section]
    passages: Sequence[Passage]
    examples: Sequence[Question]
    retriever: Callable[[str], Retriever]
    labels: tuple[str, ...] = ()
    embed: Embed | None = None
    place: Callable[[Sequence[str]], tuple[Passage, ...]] | None = None
    encoder: Callable[[str], str] | None = None


def build_systems(
    experiment: AnsweringSpec,
    materials: Materials,
    models: Callable[[ModelReference], LanguageModel],
    adapters: Mapping[str, Path],
    names: Sequence[str] | None = None,
) -> list[System]:
    """The variants of the experiment (or those of ``names``), in its order.

    ``adapters`` maps the names of tuned variants to adapter folders. Variants that search alike
    share one memory, so the same question is searched for once.
    """
    shared: dict[tuple[int, int], Retrieval] = {}

    def retrieval(name: str, k: int) -> Retrieval:
        found = materials.retriever(name)
        # The memory holds its retriever, so that no other is met under the same id.
        return shared.setdefault((id(found), k), Retrieval(found, k))

    return [
        _system(experiment, variant, materials, models, adapters, retrieval)
        for variant in experiment.variants
        if names is None or variant.name in names
    ]


def _system(
    experiment: AnsweringSpec,
    variant: VariantSpec,
    materials: Materials,
    models: Callable[[ModelReference], LanguageModel],
    adapters: Mapping[str, Path],
    retrieval: Callable[[str, int], Retrieval],
) -> System:
    model = models(model_of(experiment, variant))
    decoding = experiment.decoding.value(experiment.seed)
    if variant.system is not None:
        return System(variant.name, model, NoContext(), None, decoding, place=materials.place)
    adapter = adapters.get(variant.name)
    if adapter is not None:
        model = model.with_adapter(str(adapter))
        hosted = (variant_of(experiment, variant).tuning or experiment.tuning).hosted
        if hosted is not None and hosted.deployment is not None:
            model = _as_deployed(model, hosted.deployment)
    context = variant.given_context
    book = open_book(
        model.prompt_format, experiment.purpose, experiment.prompts.form, experiment.prompts.folder,
        materials.labels, variant.prompt,
    )  # fmt: skip
    search = partial(retrieval, variant.name, top_k_of(experiment, variant))
    provider: ContextProvider
    if context == "none":
        provider = NoContext()
    elif context == "examples":
        provider = Examples(pick_examples(materials.examples, variant.examples, experiment.seed))
    elif context == "nearest_examples":
        provider = _nearest(materials, variant.examples)
    elif context == "retrieval_with_examples":
        shown = pick_examples(materials.examples, variant.examples, experiment.seed)
        provider = WithExamples(search(), Examples(shown))
    elif context == "retrieval_with_nearest_examples":
        provider = WithExamples(search(), _nearest(materials, variant.examples))
    elif context == "whole_text":
        room = room_for_prompt(model, decoding)
        provider = _whole_text(materials.sections, model, room)
    elif context == "retrieval":
        provider = search()
    else:
        provider = EvidenceProvider(tuple(materials.passages), _LateRetrieval(search))
    # What is chosen on the dev questions is put in where it was chosen, see stages/answers.py.
    below = None if variant.abstain_below == "dev" else variant.abstain_below
    encoder = materials.encoder(variant.name) if materials.encoder is not None else ""
    return System(
        variant.name, model, provider, book, decoding, below, variant.abstain_by, encoder=encoder
    )


def _as_deployed(model: LanguageModel, deployment: str) -> LanguageModel:
    """A provider's result by the name that it is deployed under now, whatever it was once."""
    from workbench.models.endpoint import EndpointModel
    from workbench.models.pool import PooledModel

    return model.named(deployment) if isinstance(model, EndpointModel | PooledModel) else model


def _nearest(materials: Materials, count: int) -> NearestExamples:
    assert materials.embed is not None, "whoever builds variants brings the embedding"
    return NearestExamples(tuple(materials.examples), count, materials.embed)


@dataclass(frozen=True)
class _LateRetrieval:
    """Retrieval that is opened only when a question without evidence asks for it."""

    open: Callable[[], Retrieval]

    def contexts(self, questions: Sequence[Question]) -> list[Context]:
        return self.open().contexts(questions)


def _whole_text(sections: Sequence[Section], model: LanguageModel, room: int) -> WholeText:
    """Sections from the beginning until the window of ``room`` tokens is full."""
    total = sum(len(section.text) for section in sections)
    taken: list[Passage] = []
    for section in sections:
        if room <= 0:
            break
        # Tokens hardly average above 12 characters: cut what cannot fit before counting it.
        text = section.text[: room * 12]
        taken.append(
            Passage(section.document, section.start, section.start + len(text), text, section.id)
        )
        room -= model.count_tokens(text)
    return WholeText(tuple(taken), total)
