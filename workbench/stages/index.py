"""Stage ``index``: the corpus becomes passages that can be searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from workbench.engine.estimate import StageEstimate, timed
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.stage import stage_id
from workbench.experiment import Experiment
from workbench.experiment.passages import LATER, ReadSpec
from workbench.experiment.retrieval import RetrievalSpec, SparseSpec
from workbench.experiment.spec import without_later
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.cutting import CutText, cut_text
from workbench.stages.graph import graph_units
from workbench.stages.index_update import change_index
from workbench.stages.inputs import (
    EmbeddingInput,
    GraphInput,
    ModelInput,
    SituatingInput,
    SparseInput,
    StoreInput,
)
from workbench.stages.situating import estimate_situating, situated
from workbench.stages.spread_vectors import embed_elsewhere
from workbench.types import Passage

TRIED, FIRST = 32, 4  # passages of a trial, and those of them that load what is needed
TRIED_UNITS = 2  # stretches of text whose triples are read in a trial


class IndexInputs(Inputs):
    """What is stored. How passages are weighed and reranked afterwards is no part of it."""

    corpus: ArtifactReference
    chunk_size: int
    chunk_overlap: int
    tokenizer: ModelInput
    vectors: bool
    embedding: EmbeddingInput
    window_words: int
    split: str = "sentences"
    read: ReadSpec | None = None
    headings: bool = False
    context: SituatingInput | None = None
    only: tuple[str, ...] | None = None
    graph: GraphInput | None = None
    store: StoreInput | None = None
    sparse: SparseInput | None = None
    #: The index of the earlier edition, where that one is changed and none built anew.
    before: ArtifactReference | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        later = {**LATER, "graph": None, "store": None, "sparse": None, "before": None}
        return without_later(handler(self), later)

    @property
    def beside(self) -> IndexInputs:
        """The same with everything in the index's folder, and nothing in a database."""
        graph = None if self.graph is None else self.graph.model_copy(update={"store": None})
        return self.model_copy(update={"store": None, "graph": graph})

    @property
    def retrieval(self) -> RetrievalSpec:
        """The part of the retrieval's specification that building reads, but for a store: a trial
        sends nothing there."""
        return RetrievalSpec(
            mode="fused" if self.vectors else "bm25",
            embedding=self.embedding.source,
            window_words=self.window_words,
            sparse=None if self.sparse is None else SparseSpec(model=self.sparse.name),
        )


class IndexStage:
    """Passages with exact offsets, BM25, vectors unless only BM25 is searched, a graph if asked."""

    name, version = "index", 3

    def run(self, inputs: IndexInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.retrieval import build_index

        cut, spent = cut_text(inputs, context), None
        if inputs.context is not None:
            cut, spent = situated(cut, inputs, context)
        if inputs.before is not None:
            return change_index(inputs.before.path, cut.passages, out, context.progress)
        store = None if inputs.store is None else inputs.store.spec
        before = 0
        if inputs.vectors:
            before = embed_elsewhere(cut.texts, inputs.embedding, inputs.window_words, context)
        facts = build_index(
            cut.passages, inputs.retrieval.model_copy(update={"store": store}), out,
            context.progress, shown=cut.shown, indexed=cut.indexed, name=stage_id(self, inputs),
        )  # fmt: skip
        if before:
            facts["embedded"] += before
        if inputs.graph is not None:
            facts["graph"] = _graph(inputs, inputs.graph, out, context, stage_id(self, inputs))
        return facts if spent is None else {**facts, "context": spent}

    def estimate(self, inputs: IndexInputs, context: TrialContext) -> StageEstimate:
        inputs = inputs.model_copy(update={"embedding": context.embedding(inputs.embedding)})
        cut, splitting = timed(lambda: cut_text(inputs, context))
        number = sum(path.name.startswith("index") for path in context.folder.iterdir())
        trial = ArtifactReference(
            id=f"trial-index-{number}", path=context.folder / f"index{number}"
        )
        (few, each), spent = timed(lambda: _embed_few(cut, inputs, context, number))
        seconds = splitting + spent - each * few + each * _left(cut.texts, inputs)
        if inputs.graph is not None:
            seconds += _graph_seconds(inputs, trial.path, context)
        if inputs.context is None:
            return StageEstimate(self.name, seconds, trial=trial)
        writing = estimate_situating(cut, inputs, context)
        whole = None if writing.seconds is None else seconds + writing.seconds
        return replace(writing, seconds=whole, trial=trial)

    def describe(self, summary: Mapping[str, Any]) -> str:
        read = f", read in {summary['shown']} larger ones" if "shown" in summary else ""
        graph = summary.get("graph")
        told = f", {graph['triples']} triples on {graph['things']} things" if graph else ""
        told += f" in {graph['store']['kind']}" if graph and "store" in graph else ""
        store = f", vectors in {summary['store']['kind']}" if "store" in summary else ""
        return f"{summary['passages']} passages{read}{told}{store}"

    def amount(self, experiment: Experiment) -> float:
        return 1.0


def _graph(
    inputs: IndexInputs, given: GraphInput, out: Path, context: RunContext, name: str
) -> dict[str, Any]:
    from workbench.retrieval.graph import build_graph

    units = graph_units(inputs.corpus, given, inputs.embedding.source, context)
    elsewhere = None if given.store is None else (given.store.spec, name)
    return build_graph(out, units, inputs.embedding.source, context.progress, elsewhere)


def _graph_seconds(inputs: IndexInputs, index: Path, context: TrialContext) -> float:
    """What the graph would take, from the first stretches of the text; 0 where none may be sent."""
    from workbench.retrieval.graph import build_graph

    assert inputs.graph is not None
    model = inputs.graph.model
    if model is not None and not context.may_call(model):
        build_graph(index, [], inputs.embedding.source)
        return 0.0
    units = graph_units(inputs.corpus, inputs.graph, inputs.embedding.source, context)
    tried = units[:TRIED_UNITS]
    _, spent = timed(lambda: build_graph(index, tried, inputs.embedding.source))
    return spent * len(units) / max(1, len(tried))


def _embed_few(
    cut: CutText, inputs: IndexInputs, context: TrialContext, number: int
) -> tuple[int, float]:
    """Index a few passages, after fewer still that load what is needed; (how many, seconds each).

    ``number`` counts the trial's indexes from 0.

    Those that hold the evidence of the trial's questions are among them, since the oracle is
    handed these.
    """
    from workbench.retrieval import build_index

    spec, folder, passages = inputs.retrieval, context.folder, cut.passages
    spread = range(0, len(passages), max(1, len(passages) // (TRIED + FIRST)))
    first, rest = spread[:FIRST], set(spread[FIRST : TRIED + FIRST] or spread)
    kept = cut.only(
        [at for at, item in enumerate(passages) if at in rest or _holds_evidence(item, context)]
    )
    build_index(
        [passages[at] for at in first],
        spec,
        folder / f"first{number}",
        cache=folder / f"vectors{number}",
    )
    work = partial(
        build_index, kept.passages, spec, folder / f"index{number}",
        cache=folder / f"more{number}", shown=kept.shown, indexed=kept.indexed,
    )  # fmt: skip
    _, spent = timed(work)
    return len(kept.passages), spent / len(kept.passages)


def _holds_evidence(passage: Passage, context: TrialContext) -> bool:
    return any(
        item.document == passage.document and item.start < passage.end and passage.start < item.end
        for question in context.sample
        for item in question.evidence
    )


def _left(texts: Sequence[str], inputs: IndexInputs) -> int:
    """Passages whose vectors no earlier index has left behind."""
    from workbench.retrieval import embeddings
    from workbench.retrieval.vector_cache import VectorCache, default_root

    if not inputs.vectors or not default_root().is_dir():
        return len(texts)
    size = embeddings.dimension(inputs.embedding.source)
    known = VectorCache(default_root(), inputs.embedding.weights, inputs.window_words, size)
    return len(known.missing(texts))
