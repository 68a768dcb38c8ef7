"""Stage ``retriever``: a retriever learns from the training questions and their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.engine.estimate import StageEstimate, timed
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.experiment import Experiment
from workbench.experiment.retrieval import RetrievalSpec, RetrieverTuningSpec
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import EmbeddingInput
from workbench.types import Question

#: Texts that are embedded to tell how long a training takes, and what a step of learning costs
#: beside the reading alone.
TIMED, STEP = 16, 3.0


class RetrieverInputs(Inputs):
    """What is trained, and on what: the passages of ``index`` and the training questions less those
    that give the exam away."""

    tuned: RetrieverTuningSpec
    embedding: EmbeddingInput
    window_words: int
    index: ArtifactReference
    questions: ArtifactReference
    withheld: tuple[str, ...]
    seed: int


class RetrieverStage:
    """A folder ``retriever`` with the best epoch; none where the untrained model is better."""

    name, version = "retriever", 1

    def run(self, inputs: RetrieverInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.retrieval import read_passages
        from workbench.retrieval.learning import pairs, train_retriever

        given = pairs(
            _questions(inputs, context),
            list(read_passages(inputs.index.path)),
            inputs.tuned.negatives,
        )
        return train_retriever(
            inputs.tuned, inputs.embedding.source, inputs.window_words, given, out, inputs.seed,
            context.progress,
        )  # fmt: skip

    def estimate(self, inputs: RetrieverInputs, context: TrialContext) -> StageEstimate:
        """By the pace of embedding: what the trial does not train, it searches untrained with."""
        from workbench.retrieval.embeddings import embed

        texts = [p.text for p in context.passages(inputs.index)[:TIMED]]
        source = context.embedding(inputs.embedding).source
        embed(texts[:1], source)
        _, spent = timed(lambda: embed(texts, source))
        asked = len(_questions(inputs, context)) * context.counts.per_train
        read = asked * (2 + inputs.tuned.negatives) * inputs.tuned.epochs
        trial = ArtifactReference(
            id=f"trial-{self.name}-{inputs.tuned.method}", path=context.folder / "untrained"
        )
        seconds = STEP * spent / max(1, len(texts)) * read
        return StageEstimate(self.name, seconds, trial=trial)

    def describe(self, summary: Mapping[str, Any]) -> str:
        told = f"{summary['method']} on {summary['questions']} questions"
        if summary["after"] is None:
            return told
        if not summary["epoch"]:
            return f"{told}; no better on held-out sections: the untrained one is kept"
        after, before = _ranked(summary["after"]), _ranked(summary["before"])
        return f"{told}; mean reciprocal rank {after} on held-out sections (before {before})"

    def amount(self, experiment: Experiment) -> float:
        return float(experiment.questions.train_facts * experiment.questions.wordings)


def _ranked(value: float) -> str:
    """A mean reciprocal rank as it is written, without the 0 before the point."""
    return f"{value:.3f}".removeprefix("0")


def _questions(inputs: RetrieverInputs, context: RunContext) -> tuple[Question, ...]:
    return context.training_questions(inputs.questions, inputs.withheld)


def learned(spec: RetrievalSpec, artifact: ArtifactReference) -> RetrievalSpec:
    """How is searched with what a training left: as before, where that was nothing better."""
    from workbench.retrieval.learning import KEPT
    from workbench.retrieval.learning.embedding import tuned_source

    kept = artifact.path / KEPT
    if spec.tuned is None or not kept.is_dir():
        return spec
    if spec.tuned.method == "embedding":
        return spec.model_copy(update={"embedding": tuned_source(spec.embedding, kept)})
    if spec.tuned.method == "cross_encoder":
        return spec.model_copy(update={"rerank": str(kept)})
    return spec


def trained_map(spec: RetrieverTuningSpec, artifact: ArtifactReference) -> ArtifactReference | None:
    """The artifact, where it holds a map of the question's vectors."""
    from workbench.retrieval.learning import KEPT

    return artifact if spec.method == "query_map" and (artifact.path / KEPT).is_dir() else None
