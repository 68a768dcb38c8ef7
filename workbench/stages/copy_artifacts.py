"""Copy from shared artifacts what a run directory must hold by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.engine.cache import Artifact
from workbench.io import jsonl
from workbench.io.files import copy, write_json
from workbench.records.run import Run
from workbench.types import Question


def corpus(run: Run, artifact: Artifact) -> None:
    """Documents and sections, and what the corpus is, into the run."""
    _copy(artifact.path, run.path / "corpus", ("documents.jsonl", "sections.jsonl"))
    run.update(corpus=dict(artifact.summary))


def passages(run: Run, artifact: Artifact) -> None:
    """The indexed passages into the run."""
    _copy(artifact.path, run.path / "corpus", ("passages.jsonl",))


def questions(run: Run, artifact: Artifact, gold: Sequence[Question]) -> None:
    """Train, dev, exam, what was dropped, the certificate, and the gold questions."""
    names = [path.name for path in artifact.path.iterdir() if path.name != "artifact.json"]
    _copy(
        artifact.path, run.path / "questions", [n for n in names if n.endswith((".jsonl", ".json"))]
    )
    path = run.path / "questions" / "gold.jsonl"
    jsonl.write(path, [question.to_record() for question in gold])


def tuning(run: Run, artifact: Artifact, name: str) -> None:
    """Loss curve and summary of an adapter, and where the adapter lies."""
    folder = run.path / "tuning" / name
    _copy(artifact.path, folder, ("losses.jsonl",))
    write_json(folder / "summary.json", {**dict(artifact.summary), "artifact": artifact.id})


def _copy(source: Path, target: Path, names: Sequence[str]) -> None:
    """Copy the named files that exist; each appears whole or not at all."""
    for name in names:
        if (source / name).exists():
            copy(source / name, target / name)
