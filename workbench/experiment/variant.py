"""A variant as a value of its factors; what it is follows from these, never from its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from workbench.experiment.answering import DecodingSpec, PromptSpec
from workbench.experiment.compress import HELD, CompressSpec
from workbench.experiment.model import ModelSpec
from workbench.experiment.passages import PassageSpec
from workbench.experiment.retrieval import RetrievalSpec
from workbench.experiment.system import SystemSpec
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant_spec import SEARCHING, VariantSpec
from workbench.io.address import is_this_machine
from workbench.presets import PRESETS
from workbench.types import ModelReference

READER = ModelReference()

#: The names of the variants in a two-by-two, by (tuned, retrieves).
Cells = dict[tuple[bool, bool], str]


@dataclass(frozen=True, slots=True)
class Variant:
    """One system under comparison: model, tuning, training format and context.

    ``tuning`` is how its adapter is trained here, in ``training_format``; ``adapter`` names the
    first variant with that same adapter. ``base`` is the untuned model of one that came tuned
    (an endpoint's fine-tuned model, a model with an adapter). ``examples`` and ``top_k`` say how
    much of its context there is, where it has that context; ``retrieval`` and ``passages`` are its
    own way of finding it, where that is not the experiment's. ``compress`` is what made the model
    smaller that answers, ``prompt`` its own prompt files, ``writer`` the model that writes what is
    searched with, ``embedded_at`` the endpoint that embeds it. ``system`` is a system of another
    make, with the context ``system``. ``edition`` is what becomes of its adapter where the text has
    a later edition (None: it is trained on that).
    """

    name: str
    context: str = "none"
    training_format: str | None = None
    tuning: TuningSpec | None = None
    model: ModelReference = READER
    base: ModelReference | None = None
    adapter: str | None = None
    top_k: int | None = None
    examples: int | None = None
    retrieval: RetrievalSpec | None = None
    passages: PassageSpec | None = None
    compress: CompressSpec | None = None
    writer: ModelReference | None = None
    embedded_at: str | None = None
    system: SystemSpec | None = None
    prompt: str | None = None
    edition: str | None = None

    @classmethod
    def named(cls, name: str, context: str | None = None) -> Variant:
        """What is known from a name alone, or with its context, as older results record it."""
        preset = PRESETS.get(name)
        own = context or (preset.context if preset else "none")
        return cls(name, own, preset.training_format if preset else None)

    @property
    def tuned(self) -> bool:
        """Whether the model was tuned for this comparison, here or elsewhere."""
        return self.trained or self.base is not None

    @property
    def trained(self) -> bool:
        """Whether its adapter is trained here."""
        return self.training_format is not None and self.base is None

    @property
    def learner(self) -> ModelReference:
        """The model that is trained: its weights are whole where those that answer are not."""
        narrowed = self.compress is not None and self.compress.weights != "none"
        return replace(self.model, quantization="none") if narrowed else self.model

    @property
    def pruned(self) -> float:
        """The share of its model's blocks that is taken out."""
        return 0.0 if self.compress is None else self.compress.blocks

    @property
    def retrieves(self) -> bool:
        """Whether passages are searched for."""
        return self.context in SEARCHING

    @property
    def reads_passages(self) -> bool:
        """Whether passages of the text are laid before its model, by whatever way."""
        return self.retrieves or self.context in ("whole_text", "evidence")

    @property
    def shows_examples(self) -> bool:
        """Whether solved questions stand in its prompt."""
        return self.context in ("examples", "nearest_examples", *SEARCHING[1:])

    @property
    def classifies(self) -> bool:
        """Whether its model names a label and writes nothing."""
        return self.model.task == "classify"

    @property
    def cites(self) -> bool:
        """Whether an answer comes with passages that can be shown as its source."""
        own = self.system is not None and self.system.gives_passages
        return own or self.retrieves or self.context == "evidence"

    @property
    def is_ceiling(self) -> bool:
        """Whether it is handed the evidence: a bound on the candidates, not one of them."""
        return self.context == "evidence"

    @property
    def local(self) -> bool:
        """Whether question and corpus stay on the machine."""
        if self.system is not None:
            return self.system.http is None or is_this_machine(self.system.http.url)
        served_by = self.model.served_by
        writes_at = None if self.writer is None else self.writer.endpoint
        places = (served_by, writes_at, self.embedded_at)
        elsewhere = [place for place in places if place is not None]
        return self.hosted is None and all(map(is_this_machine, elsewhere))

    @property
    def hosted(self) -> str | None:
        """The name that the price book knows an endpoint's model by; None is a model of ours."""
        return None if self.model.endpoint is None else self.model.name

    @property
    def needs_training_questions(self) -> bool:
        """Whether it cannot be built without questions to train on, or to show as examples."""
        tuning = self.tuning
        on_text = tuning is not None and tuning.train_on == "text" and tuning.preferences is None
        plain = self.training_format != "raft"
        learns = self.retrieval is not None and self.retrieval.tuned is not None
        return self.shows_examples or learns or (self.trained and not (on_text and plain))

    def stages(self, known: Mapping[str, float]) -> tuple[str, ...]:
        """The stages that have to be run for this variant, as named in ``known``."""
        needed = []
        if self.retrieves or (self.trained and self.training_format == "raft"):
            own = [f"index:{self.name}", f"index:{self.name}:tuned"]
            needed += [name for name in own if name in known] or ["index"]
        learns = self.retrieves and f"retriever:{self.name}" in known
        if learns:
            needed.append(f"retriever:{self.name}")
        if self.tuned or self.shows_examples or learns:
            needed.append("questions")
        if self.trained:
            # Runs record a stage per adapter, or a single one named ``adapter``.
            choices = (f"adapter:{self.adapter or self.name}", "adapter")
            needed += [name for name in choices if name in known][:1]
        return tuple(name for name in needed if name in known)


class AnsweringSpec(Protocol):
    """What of an experiment its variants are built from: an experiment, or inputs."""

    @property
    def variants(self) -> tuple[VariantSpec, ...]: ...
    @property
    def model(self) -> ModelSpec: ...
    @property
    def tuning(self) -> TuningSpec: ...
    @property
    def retrieval(self) -> RetrievalSpec: ...
    @property
    def purpose(self) -> str: ...
    @property
    def prompts(self) -> PromptSpec: ...
    @property
    def decoding(self) -> DecodingSpec: ...
    @property
    def seed(self) -> int: ...


def top_k_of(experiment: AnsweringSpec, spec: VariantSpec) -> int:
    """How many passages a variant is shown."""
    return spec.top_k or (spec.retrieval or experiment.retrieval).top_k


def variant_of(experiment: AnsweringSpec, spec: VariantSpec) -> Variant:
    """One variant of an experiment with its factors filled in; its adapter is its own."""
    if spec.system is not None:
        return Variant(
            spec.name, spec.given_context, model=asked_system(spec.system), system=spec.system
        )
    preset = PRESETS.get(spec.name)
    format_ = preset.training_format if preset else None
    asked = spec.tuning
    if spec.compress is not None and spec.compress.blocks and not format_ and asked is None:
        asked = healing(experiment.tuning)
    if asked is not None or spec.edition is not None:
        format_ = format_ or "closed_book"
    default = experiment.model.answering()
    model = spec.model.answering() if spec.model else default
    base = None
    # A model of its own that no tuning is asked of is taken as it is, tuned or not.
    if spec.model is not None and asked is None:
        if model.adapter not in (None, default.adapter):
            base = replace(model, adapter=None)
        elif format_ is not None:
            base = default
    tuning = (asked or experiment.tuning) if format_ and base is None else None
    if tuning is not None and tuning.method == "qlora" and model.quantization == "none":
        model = replace(model, quantization="nf4")
    if spec.compress is not None and spec.compress.weights != "none":
        model = replace(model, quantization=HELD[spec.compress.weights])
    context = spec.given_context
    bare = Variant(spec.name, context)
    search = spec.retrieval or experiment.retrieval
    return Variant(
        spec.name,
        context,
        format_,
        tuning,
        model,
        base,
        spec.name if format_ and base is None else None,
        top_k_of(experiment, spec) if bare.retrieves else None,
        spec.examples if bare.shows_examples else None,
        spec.retrieval,
        spec.passages,
        spec.compress,
        search.query_writer(experiment.model.reference()) if bare.retrieves else None,
        search.embedding_endpoint if bare.retrieves and search.mode != "bm25" else None,
        prompt=spec.prompt,
        edition=None if spec.edition == "retrained" else spec.edition,
    )


def asked_system(system: SystemSpec) -> ModelReference:
    """What stands for a system among the models: a name, and where it answers."""
    return ModelReference(
        system.place,
        endpoint=system.place,
        key_env=system.http.key_env if system.http else None,
        timeout_s=system.timeout_s,
        requests_per_minute=system.requests_per_minute,
        system=system.model_dump_json(),
    )


def healing(tuning: TuningSpec) -> TuningSpec:
    """How what is left of a pruned model is trained, where its variant is not tuned: on text."""
    return tuning.model_copy(
        update={"train_on": "text", "epochs": 1, "seeds": 1, "search": None, "replay_share": 0.0}
    )


def variants_of(experiment: AnsweringSpec) -> tuple[Variant, ...]:
    """The experiment's variants in its order; those that share an adapter say whose it is."""
    first: dict[Any, str] = {}
    listed = (variant_of(experiment, spec) for spec in experiment.variants)
    return tuple(
        replace(item, adapter=first.setdefault(_adapter(item), item.name)) if item.trained else item
        for item in listed
    )


def _adapter(variant: Variant) -> tuple[Any, ...]:
    """What two variants with the same adapter share."""
    own = (variant.training_format, variant.tuning, variant.base, variant.edition)
    return (*own, variant.learner, variant.pruned)


def training_prompt(variants: Sequence[Variant], own: Variant) -> str | None:
    """The prompt that an adapter is trained in: that of the first variant which has the adapter
    and answers as it is trained to, or else of the first which has it."""
    sharing = [item for item in variants if item.trained and _adapter(item) == _adapter(own)]
    asked = "retrieval" if own.training_format == "raft" else "none"
    alike = [item for item in sharing if item.context == asked]
    return (alike or sharing or [own])[0].prompt


def _tuning(variant: Variant) -> tuple[Any, ...]:
    """What two variants tuned alike share."""
    own = (variant.training_format, variant.tuning, variant.edition)
    return (*own, variant.model, variant.base, variant.compress)


def _given(variant: Variant) -> tuple[Any, ...]:
    """What tuning leaves alone: the weights it began with, and the context."""
    base = variant.base or variant.model
    weights = (base.name, base.precision, base.adapter, base.endpoint, base.served_by)
    search = (variant.retrieval, variant.passages, variant.compress, variant.prompt)
    return (*weights, variant.context, variant.top_k, variant.examples, *search)


def twins(variants: Sequence[Variant]) -> dict[str, str]:
    """Each tuned variant's untuned counterpart: the first on the same model and context."""
    # Reversed, so that of several alike the first is kept.
    untuned = {_given(item): item.name for item in reversed(variants) if not item.tuned}
    return {v.name: untuned[_given(v)] for v in variants if v.tuned and _given(v) in untuned}


def two_by_twos(variants: Sequence[Variant]) -> list[Cells]:
    """{base, tuned} x {no retrieval, retrieval} of each tuning that has all four cells."""
    pair = twins(variants)
    tunings: dict[Any, dict[bool, str]] = {}
    for item in variants:
        if item.name in pair and item.context in ("none", "retrieval"):
            tunings.setdefault(_tuning(item), {}).setdefault(item.retrieves, item.name)
    return [
        {(tuned, at): row[at] if tuned else pair[row[at]] for tuned in (False, True) for at in row}
        for row in tunings.values()
        if len(row) == 2
    ]


def recorded_cells(recorded: Sequence[str], variants: Sequence[Variant]) -> list[str]:
    """The four cells of an interaction in results.json, in the order of :data:`Cells`' keys.

    Older results name none; theirs follow from the variants.
    """
    if recorded:
        return list(recorded)
    return [cells[key] for cells in two_by_twos(variants)[:1] for key in sorted(cells)]


def ceilings(variants: Iterable[Variant]) -> list[str]:
    """The names of those that bound the others."""
    return [variant.name for variant in variants if variant.is_ceiling]
