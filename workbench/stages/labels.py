"""Stage ``questions`` of an experiment on labelled messages: these are parted, not written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.engine.estimate import StageEstimate, timed
from workbench.engine.inputs import ArtifactReference, Inputs, aside
from workbench.experiment import Experiment
from workbench.experiment.questions import LabelsSpec
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import EmbeddingInput


class MessagesInputs(Inputs):
    """The labelled file by what it holds. ``spec.file`` is its hash here."""

    spec: LabelsSpec
    name: str
    language: str
    path: Path = aside()


class MessagesStage:
    """``documents.jsonl`` of the messages alone, where there is no other text."""

    name, version = "corpus", 1

    def run(self, inputs: MessagesInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench import corpus as corpora
        from workbench.questions.dataset.labelled import messages_corpus

        context.progress(0, 1)
        own = inputs.spec.model_copy(update={"file": str(inputs.path)})
        corpus = messages_corpus(own, inputs.language)
        corpora.save(corpus, out)
        context.progress(1, 1)
        facts = corpora.inspect(corpus)
        kept = ("title", "edition", "language", "words", "characters", "notes")
        # Sections are of a text: messages have none, and nothing more can be written from them.
        return {name: facts[name] for name in kept} | {"messages": True}

    def estimate(self, inputs: MessagesInputs, context: TrialContext) -> StageEstimate:
        artifact, seconds = timed(lambda: context.make(self, inputs))
        return StageEstimate(self.name, seconds * artifact.fresh, trial=artifact.reference)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return f"{summary['words']:,} words of messages"

    def amount(self, experiment: Experiment) -> float:
        return 1.0


class LabelsInputs(Inputs):
    """The labelled file by what it holds, and how it is parted. ``spec.file`` is its hash here."""

    spec: LabelsSpec
    train: int
    dev: int
    test: int
    near: float
    embedding: EmbeddingInput
    seed: int
    path: Path = aside()


class LabelsStage:
    """The question files, what was dropped and why, and the certificate."""

    name, version = "questions", 1

    def run(self, inputs: LabelsInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.questions.dataset.labelled import Counts, write_labelled
        from workbench.retrieval.embeddings import embed

        context.progress(0, 1)
        summary = write_labelled(
            inputs.spec.model_copy(update={"file": str(inputs.path)}),
            Counts(inputs.train, inputs.dev, inputs.test), inputs.near, inputs.seed, out,
            lambda texts: embed(list(texts), inputs.embedding.source),
        )  # fmt: skip
        context.progress(1, 1)
        return summary

    def estimate(self, inputs: LabelsInputs, context: TrialContext) -> StageEstimate:
        # Quick enough to be done: what follows is estimated from the messages themselves.
        folder = context.folder / "questions"
        folder.mkdir(parents=True, exist_ok=True)
        summary, seconds = timed(lambda: self.run(inputs, folder, context))
        context.counts.test, context.counts.dev = summary["test"], summary["dev"]
        reference = ArtifactReference(id="trial-questions", path=folder)
        context.sample.extend(context.question_set(reference).test)
        return StageEstimate(self.name, seconds, trial=reference)

    def describe(self, summary: Mapping[str, Any]) -> str:
        dropped = sum(summary["dropped"].values())
        return (
            f"{summary['train']} train, {summary['dev']} dev, {summary['test']} test with "
            f"{len(summary['labels'])} labels; {dropped} dropped"
        )

    def amount(self, experiment: Experiment) -> float:
        return 1.0
