"""The inputs of an index and of the search over it, from an experiment and a way of retrieving."""

from __future__ import annotations

from workbench.engine.inputs import ArtifactReference
from workbench.experiment import Experiment
from workbench.experiment.passages import PassageSpec
from workbench.experiment.retrieval import RetrievalSpec
from workbench.stages.index import IndexInputs
from workbench.stages.inputs import (
    EmbeddingInput,
    GraphInput,
    GraphStoreInput,
    ModelInput,
    SearchInput,
    SituatingInput,
    SparseInput,
    StoreInput,
)
from workbench.stages.retriever import learned, trained_map
from workbench.types import ModelReference


def index_inputs(
    experiment: Experiment,
    corpus: ArtifactReference,
    passages: PassageSpec,
    retrieval: RetrievalSpec,
) -> IndexInputs:
    """The index of passages that are cut so, for a search of that kind."""
    own, context = experiment.model.reference(), passages.context
    return IndexInputs(
        corpus=corpus,
        chunk_size=passages.chunk_size,
        chunk_overlap=passages.chunk_overlap,
        tokenizer=_model(experiment, own),
        # Where there is no text to search, nothing is searched: the index is but a form.
        vectors=retrieval.mode != "bm25" and experiment.has_own_text,
        embedding=EmbeddingInput.of(retrieval.embedding),
        window_words=retrieval.window_words,
        split=passages.split,
        read=passages.read,
        headings=passages.headings,
        only=passages.only,
        context=None
        if context is None
        else SituatingInput.of(context, _model(experiment, context.reference(own))),
        graph=_graph(experiment, retrieval),
        sparse=None if retrieval.sparse is None else SparseInput.of(retrieval.sparse.model),
        store=None if retrieval.store is None else StoreInput.of(retrieval.store),
    )


def search_input(
    experiment: Experiment,
    index: ArtifactReference,
    spec: RetrievalSpec,
    tuned: ArtifactReference | None = None,
) -> SearchInput:
    """A way of searching an index, with what was trained for it."""
    mapped, own = None, experiment.model.reference()
    if tuned is not None and spec.tuned is not None:
        mapped = trained_map(spec.tuned, tuned)
        spec = learned(spec, tuned)
    ranker = own if spec.rerank == "likelihood" else None
    writer = spec.query_writer(own)
    if spec.ranking is not None:
        ranker = writer
    return SearchInput(
        index=index,
        retrieval=spec,
        embedding=EmbeddingInput.of(spec.embedding),
        reranker=None if ranker is None else _model(experiment, ranker),
        writer=None if writer is None or spec.query is None else _model(experiment, writer),
        query_map=mapped,
    )


def _model(experiment: Experiment, reference: ModelReference) -> ModelInput:
    return ModelInput.of(reference, experiment.batch_tokens)


def _graph(experiment: Experiment, retrieval: RetrievalSpec) -> GraphInput | None:
    """How the graph is read that a search asks for; None where none is, or there is no text."""
    own = retrieval.own_graph
    if own is None or not experiment.has_own_text:
        return None
    model = own.reference()
    return GraphInput(
        extractor=own.extractor, model=None if model is None else _model(experiment, model),
        relations=own.relations,
        store=None if own.store is None else GraphStoreInput.of(own.store),
    )  # fmt: skip
