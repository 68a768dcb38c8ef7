"""Stage ``index``: the corpus becomes passages that can be searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from workbench.engine.estimate import StageEstimate, timed
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.experiment import Experiment
from workbench.experiment.retrieval import RetrievalSpec
from workbench.experiment.spec import without_later
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.graph import graph_units
from workbench.stages.inputs import EmbeddingInput, GraphInput, ModelInput
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
    graph: GraphInput | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"graph": None})

    @property
    def retrieval(self) -> RetrievalSpec:
        """The part of the retrieval's specification that building reads."""
        return RetrievalSpec(
            mode="fused" if self.vectors else "bm25",
            embedding=self.embedding.name,
            window_words=self.window_words,
        )


class IndexStage:
    """Passages with exact offsets, BM25, vectors unless only BM25 is searched, a graph if asked."""

    name, version = "index", 3

    def run(self, inputs: IndexInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.retrieval import build_index

        facts = build_index(_split(inputs, context), inputs.retrieval, out, context.progress)
        return facts if inputs.graph is None else {
            **facts, "graph": _graph(inputs, inputs.graph, out, context)
        }  # fmt: skip

    def estimate(self, inputs: IndexInputs, context: TrialContext) -> StageEstimate:
        passages, splitting = timed(lambda: _split(inputs, context))
        number = sum(path.name.startswith("index") for path in context.folder.iterdir())
        trial = ArtifactReference(
            id=f"trial-index-{number}", path=context.folder / f"index{number}"
        )
        (few, each), spent = timed(lambda: _embed_few(passages, inputs, context, number))
        seconds = splitting + spent - each * few + each * _left(passages, inputs)
        if inputs.graph is not None:
            seconds += _graph_seconds(inputs, trial.path, context)
        return StageEstimate(self.name, seconds, trial=trial)

    def describe(self, summary: Mapping[str, Any]) -> str:
        graph = summary.get("graph")
        told = f", {graph['triples']} triples on {graph['things']} things" if graph else ""
        return f"{summary['passages']} passages{told}"

    def amount(self, experiment: Experiment) -> float:
        return 1.0


def _split(inputs: IndexInputs, context: RunContext) -> Sequence[Passage]:
    from workbench.corpus import passages

    count = context.model(inputs.tokenizer).count_tokens
    corpus = context.corpus(inputs.corpus)
    return list(passages(corpus, inputs.chunk_size, inputs.chunk_overlap, count))


def _graph(
    inputs: IndexInputs, given: GraphInput, out: Path, context: RunContext
) -> dict[str, Any]:
    from workbench.retrieval.graph import build_graph

    units = graph_units(inputs.corpus, given, inputs.embedding.name, context)
    return build_graph(out, units, inputs.embedding.name, context.progress)


def _graph_seconds(inputs: IndexInputs, index: Path, context: TrialContext) -> float:
    """What the graph would take, from the first stretches of the text; 0 where none may be sent."""
    from workbench.retrieval.graph import build_graph

    assert inputs.graph is not None
    model = inputs.graph.model
    if model is not None and not context.may_call(model):
        build_graph(index, [], inputs.embedding.name)
        return 0.0
    units = graph_units(inputs.corpus, inputs.graph, inputs.embedding.name, context)
    tried = units[:TRIED_UNITS]
    _, spent = timed(lambda: build_graph(index, tried, inputs.embedding.name))
    return spent * len(units) / max(1, len(tried))


def _embed_few(
    passages: Sequence[Passage], inputs: IndexInputs, context: TrialContext, number: int
) -> tuple[int, float]:
    """Index a few passages, after fewer still that load what is needed; (how many, seconds each).

    ``number`` counts the trial's indexes from 0.

    Those that hold the evidence of the trial's questions are among them, since the oracle is
    handed these.
    """
    from workbench.retrieval import build_index

    spec, folder = inputs.retrieval, context.folder
    spread = passages[:: max(1, len(passages) // (TRIED + FIRST))]
    first, rest = spread[:FIRST], spread[FIRST : TRIED + FIRST] or spread
    wanted = {item for item in passages if _holds_evidence(item, context)}
    rest = [item for item in passages if item in wanted or item in set(rest)]
    build_index(first, spec, folder / f"first{number}", cache=folder / f"vectors{number}")
    work = partial(
        build_index, rest, spec, folder / f"index{number}", cache=folder / f"more{number}"
    )
    _, spent = timed(work)
    return len(rest), spent / len(rest)


def _holds_evidence(passage: Passage, context: TrialContext) -> bool:
    return any(
        item.document == passage.document and item.start < passage.end and passage.start < item.end
        for question in context.sample
        for item in question.evidence
    )


def _left(passages: Sequence[Passage], inputs: IndexInputs) -> int:
    """Passages whose vectors no earlier index has left behind."""
    from workbench.retrieval import embeddings
    from workbench.retrieval.vector_cache import VectorCache, default_root

    if not inputs.vectors or not default_root().is_dir():
        return len(passages)
    name = inputs.embedding.name
    known = VectorCache(
        default_root(), inputs.embedding.weights, inputs.window_words, embeddings.dimension(name)
    )
    return len(known.missing([passage.text for passage in passages]))
