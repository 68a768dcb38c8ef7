"""The values that several stages' inputs are made of: models, embeddings, prompts, variants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from workbench.engine.inputs import ArtifactReference, Inputs, aside
from workbench.experiment import Experiment
from workbench.experiment.answering import DecodingSpec, PromptSpec
from workbench.experiment.model import ModelSpec
from workbench.experiment.passages import SituatingSpec
from workbench.experiment.retrieval import Embedding, EmbeddingSpec, RetrievalSpec
from workbench.experiment.spec import without_later
from workbench.experiment.stores import GraphStoreSpec, StoreSpec
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant_spec import VariantSpec
from workbench.types import ModelReference


class ModelInput(Inputs):
    """A model: what of it affects results, and beside that how it is reached and how fast."""

    name: str
    weights: str | None
    precision: str
    adapter: str | None
    adapter_hash: str | None
    endpoint: str | None
    context_window: int | None
    quantization: str
    device: str = aside()
    key_env: str | None = aside()
    timeout_s: float = aside()
    requests_per_minute: float | None = aside()
    task: str = "generate"
    served_by: str | None = aside(default=None)
    batch_tokens: int = aside(default=16384)
    system: str | None = None
    replicas: tuple[str, ...] = aside(default=())

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"task": "generate", "system": None})

    @classmethod
    def of(cls, reference: ModelReference, batch_tokens: int) -> ModelInput:
        """The input that stands for a reference; reads the local weights' fingerprint."""
        from workbench.experiment.weights import fingerprint
        from workbench.io.files import file_hash

        adapter = reference.adapter
        known = adapter is not None and Path(adapter).exists()
        return cls(
            name=reference.name,
            weights=fingerprint(reference),
            precision=reference.precision,
            adapter=adapter,
            adapter_hash=file_hash(Path(str(adapter))) if known else None,
            endpoint=reference.endpoint,
            context_window=reference.context_window,
            quantization=reference.quantization,
            task=reference.task,
            device=reference.device,
            key_env=reference.key_env,
            timeout_s=reference.timeout_s,
            requests_per_minute=reference.requests_per_minute,
            served_by=reference.served_by,
            batch_tokens=batch_tokens,
            system=reference.system,
            replicas=reference.replicas,
        )

    @property
    def reference(self) -> ModelReference:
        """The value that the model loaders take."""
        values = {name: getattr(self, name) for name in ModelReference.__slots__}
        return ModelReference(**values)


class EmbeddingInput(Inputs):
    """An embedding model by what it holds: a retrained folder under the same name is another."""

    name: str
    weights: str
    spec: EmbeddingSpec | None = aside(default=None)

    @classmethod
    def of(cls, source: Embedding) -> EmbeddingInput:
        from workbench.retrieval.embeddings import embedding_identity

        weights = embedding_identity(source)
        if isinstance(source, str):
            return cls(name=source, weights=weights)
        return cls(name=source.name, weights=weights, spec=source)

    @property
    def source(self) -> Embedding:
        """The embedding as retrieval takes it."""
        return self.name if self.spec is None else self.spec


class SparseInput(Inputs):
    """The model that weighs words, by its name and what it is made of."""

    name: str
    weights: str

    @classmethod
    def of(cls, name: str) -> SparseInput:
        from workbench.retrieval.embeddings import model_identity

        return cls(name=name, weights=model_identity(name))


class StoreInput(Inputs):
    """Where the vectors of an index lie; how it is reached changes nothing in them."""

    kind: str
    url: str
    collection: str
    spec: StoreSpec = aside()

    @classmethod
    def of(cls, spec: StoreSpec) -> StoreInput:
        return cls(kind=spec.kind, url=spec.url, collection=spec.collection, spec=spec)


class GraphStoreInput(Inputs):
    """Where the graph of an index lies; how it is reached changes nothing in it."""

    kind: str
    url: str
    database: str
    spec: GraphStoreSpec = aside()

    @classmethod
    def of(cls, spec: GraphStoreSpec) -> GraphStoreInput:
        return cls(kind=spec.kind, url=spec.url, database=spec.database, spec=spec)


class SituatingInput(Inputs):
    """Who writes a line of context for each passage, how long it may be, and how it is asked for.

    What it may take is a bound, and changes nothing in what is written.
    """

    model: ModelInput
    tokens: int
    prompt: str
    max_tokens_spent: int | None = aside(default=None)

    @classmethod
    def of(cls, spec: SituatingSpec, model: ModelInput) -> SituatingInput:
        from workbench.engine.hashing import content_id
        from workbench.retrieval.situating import PROMPT, PROMPTS

        prompt = (PROMPTS / "chat" / PROMPT).read_text("utf-8")
        return cls(model=model, tokens=spec.tokens, prompt=content_id(prompt),
                   max_tokens_spent=spec.max_tokens_spent)  # fmt: skip


class PromptInput(Inputs):
    """The prompt files of one model's format, with the run's purpose and form of the answer."""

    digest: str
    format: str = aside()
    purpose: str = aside()
    form: str = aside()
    folder: str | None = aside()
    labels: tuple[str, ...] = aside(default=())
    own: str | None = aside(default=None)

    @classmethod
    def of(
        cls, reference: ModelReference, purpose: str, prompts: PromptSpec,
        labels: tuple[str, ...] = (), own: str | None = None,
    ) -> PromptInput:  # fmt: skip
        from workbench.experiment.weights import prompt_format
        from workbench.variants.prompting import open_book

        form = prompt_format(reference)
        book = open_book(form, purpose, prompts.form, prompts.folder, labels, own)
        return cls(
            digest=book.digest, format=form, purpose=purpose, form=prompts.form,
            folder=prompts.folder, labels=labels, own=own,
        )  # fmt: skip

    def book(self) -> Any:
        """The prompt files, opened."""
        from workbench.variants.prompting import open_book

        return open_book(self.format, self.purpose, self.form, self.folder, self.labels, self.own)


class SearchInput(Inputs):
    """An index with the way it is searched. ``reranker`` is the model whose likelihood reranks,
    ``writer`` the one that writes what is searched with, ``query_map`` the training of a map of
    the question's vectors."""

    index: ArtifactReference
    retrieval: RetrievalSpec
    embedding: EmbeddingInput
    reranker: ModelInput | None
    writer: ModelInput | None = None
    query_map: ArtifactReference | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"writer": None, "query_map": None})


class GraphInput(Inputs):
    """How the graph of a text is read; raise ``version`` when the code that reads it changes."""

    extractor: str
    model: ModelInput | None = None
    relations: tuple[str, ...] = ()
    version: int = 1
    store: GraphStoreInput | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"store": None})


class SystemsInputs(Inputs):
    """Everything that the variants of a run are built from, ready to answer.

    ``models`` and ``prompts`` hold, once each, what the variants' models are; ``adapters`` the
    trained ones by variant; ``withheld`` the ids of training questions that give the exam away,
    ``examined`` of those that ask for a fact of the exam and so are shown to none as an example.
    ``searches`` are those of variants that have a search of their own, ``further`` the adapters of
    each further training, ``labels`` the closed set that the answer is one of.
    """

    variants: tuple[VariantSpec, ...]
    model: ModelSpec
    models: tuple[ModelInput, ...]
    tuning: TuningSpec
    purpose: str
    prompts: PromptSpec
    prompt_files: tuple[PromptInput, ...]
    decoding: DecodingSpec
    seed: int
    corpus: ArtifactReference
    questions: ArtifactReference
    search: SearchInput
    adapters: dict[str, ArtifactReference]
    searches: dict[str, SearchInput]
    withheld: tuple[str, ...] = ()
    examined: tuple[str, ...] = ()
    further: tuple[dict[str, ArtifactReference], ...] = ()
    labels: tuple[str, ...] = ()

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = handler(self)
        if not values.get("further"):
            values.pop("further", None)  # one training: what it was before there could be more
        return without_later(values, {"labels": []})

    def training(self, number: int) -> tuple[SystemsInputs, list[str]]:
        """The inputs with the adapters of a further training (from 2), and its variants' names."""
        again = self.further[number - 2]
        return self.model_copy(update={"adapters": {**self.adapters, **again}}), [*again]

    @property
    def retrieval(self) -> RetrievalSpec:
        """How passages are found."""
        return self.search.retrieval

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        corpus: ArtifactReference,
        questions: ArtifactReference,
        search: SearchInput,
        adapters: dict[str, ArtifactReference],
        *,
        searches: dict[str, SearchInput] | None = None,
        withheld: tuple[str, ...] = (),
        examined: tuple[str, ...] = (),
        further: tuple[dict[str, ArtifactReference], ...] = (),
        labels: tuple[str, ...] = (),
    ) -> SystemsInputs:
        from workbench.variants.assembly import model_of

        references = list(dict.fromkeys(model_of(experiment, v) for v in experiment.variants))
        # Each model's common prompt first, as it is without any of a variant's own.
        asked: list[tuple[ModelReference, str | None]] = [(r, None) for r in references]
        asked += [(model_of(experiment, v), v.prompt) for v in experiment.variants if v.prompt]
        return cls(
            variants=experiment.variants,
            model=experiment.model,
            models=tuple(
                ModelInput.of(reference, experiment.batch_tokens) for reference in references
            ),
            tuning=experiment.tuning,
            purpose=experiment.purpose,
            prompts=experiment.prompts,
            prompt_files=tuple(
                PromptInput.of(reference, experiment.purpose, experiment.prompts, labels, own)
                for reference, own in dict.fromkeys(asked)
                if reference.system is None  # it has a prompt of its own
            ),
            decoding=experiment.decoding,
            seed=experiment.seed,
            corpus=corpus,
            questions=questions,
            search=search,
            adapters=adapters,
            searches=searches or {},
            withheld=withheld,
            examined=examined,
            further=further,
            labels=labels,
        )
