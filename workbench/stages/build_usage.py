"""What building took, read from a run's own records: for costs that are split by their cause."""

from __future__ import annotations

from pathlib import Path
from statistics import mean, stdev

from workbench.costing import BuildUsage
from workbench.engine.cache import artifact_folder
from workbench.experiment import Experiment
from workbench.io import jsonl
from workbench.models.tokens import estimated_tokens
from workbench.records.manifest import StageFacts
from workbench.records.run import Run


def build_usage(run: Run, experiment: Experiment) -> BuildUsage:
    """The training questions' share of the writing, tokens of writer and embedding, bytes kept.

    What a run did not record (or the cache no longer holds) stays unknown.
    """
    stages, nothing = run.manifest.stages, StageFacts()
    writer = experiment.questions.writer or experiment.model
    spent = stages.get("questions", nothing).summary.get("spent") or {}
    embeds = experiment.retrieval.mode != "bm25"
    asked, asked_error = query_tokens(run.files.exam) if embeds else (None, None)
    tokens = (spent.get("input_tokens", 0), spent.get("output_tokens", 0))
    context = stages.get("index", nothing).summary.get("context") or {}
    return BuildUsage(
        train_share=train_share(run.files.exam),
        writer=writer.name if writer.endpoint else None,
        writing_tokens=tokens if any(tokens) else None,
        embedding=experiment.retrieval.embedding_name if embeds else None,
        embedding_tokens=stages.get("index", nothing).summary.get("tokens"),
        stored_bytes={
            name: size
            for name, stage in stages.items()
            if name.split(":")[0] in ("index", "retriever", "adapter")
            if (size := _bytes(artifact_folder(str(stage.artifact)))) is not None
        },
        query_tokens=asked,
        query_tokens_error=asked_error,
        trained_tokens={
            name: stage.summary["trained_tokens"]
            for name, stage in stages.items()
            if "trained_tokens" in stage.summary
        },
        situating=context.get("model"),
        situating_tokens=(context.get("input_tokens", 0), context.get("output_tokens", 0)),
        situating_s=context.get("seconds", 0.0),
    )


def query_tokens(folder: Path) -> tuple[float | None, float | None]:
    """Mean tokens of an exam question as an embedding reads it, and the error of that mean.

    The tokens are estimated as an endpoint's are; (None, None) without an exam.
    """
    counts = [
        estimated_tokens(str(record["text"])) for record in jsonl.stream(folder / "test.jsonl")
    ]
    error = stdev(counts) / len(counts) ** 0.5 if len(counts) > 1 else None
    return (mean(counts), error) if counts else (None, None)


def train_share(folder: Path) -> float | None:
    """The share of the written facts that training questions ask about; None without them.

    An exam question on a trained fact costs no fact of its own; one on another fact, and one
    without a fact, does.
    """
    trained = _facts(folder / "train.jsonl")
    if not trained:
        return None
    every = trained | _facts(folder / "dev.jsonl") | _facts(folder / "test.jsonl")
    return len(trained) / len(every)


def _facts(path: Path) -> set[str]:
    return {str(record.get("fact") or record["id"]) for record in jsonl.stream(path)}


def _bytes(folder: Path) -> int | None:
    """What a folder's files take on disk; None where it is gone."""
    if not folder.is_dir():
        return None
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
