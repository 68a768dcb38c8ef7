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
from workbench.experiment import Experiment
from workbench.experiment.passages import LATER, ReadSpec
from workbench.experiment.retrieval import RetrievalSpec
from workbench.experiment.spec import without_later
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.cutting import CutText, cut_text
from workbench.stages.inputs import EmbeddingInput, ModelInput, SituatingInput
from workbench.stages.situating import estimate_situating, situated
from workbench.types import Passage

TRIED, FIRST = 32, 4  # passages of a trial, and those of them that load what is needed


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

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), LATER)

    @property
    def retrieval(self) -> RetrievalSpec:
        """The part of the retrieval's specification that building reads."""
        return RetrievalSpec(
            mode="fused" if self.vectors else "bm25",
            embedding=self.embedding.source,
            window_words=self.window_words,
        )


class IndexStage:
    """Passages with exact offsets, BM25 and, unless only BM25 is searched, vectors."""

    name, version = "index", 3

    def run(self, inputs: IndexInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.retrieval import build_index

        cut, spent = cut_text(inputs, context), None
        if inputs.context is not None:
            cut, spent = situated(cut, inputs, context)
        facts = build_index(
            cut.passages, inputs.retrieval, out, context.progress,
            shown=cut.shown, indexed=cut.indexed,
        )  # fmt: skip
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
        if inputs.context is None:
            return StageEstimate(self.name, seconds, trial=trial)
        writing = estimate_situating(cut, inputs, context)
        whole = None if writing.seconds is None else seconds + writing.seconds
        return replace(writing, seconds=whole, trial=trial)

    def describe(self, summary: Mapping[str, Any]) -> str:
        read = f", read in {summary['shown']} larger ones" if "shown" in summary else ""
        return f"{summary['passages']} passages{read}"

    def amount(self, experiment: Experiment) -> float:
        return 1.0


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
