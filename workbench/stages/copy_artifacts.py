"""Copy from shared artifacts what a run directory must hold by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.engine.cache import Artifact
from workbench.io import jsonl
from workbench.io.files import copy, read_json, whole_folder, write_json
from workbench.records.layout import RunLayout
from workbench.records.passages import add_passages
from workbench.records.run import Run

if TYPE_CHECKING:
    from workbench.corpus import Corpus
    from workbench.questions import Exam
    from workbench.questions.quality.likeness import Embed


#: What preferences were learned from: answers drawn, pairs, and what a judge was asked.
LEARNED_FROM = (
    "drawn.jsonl", "drawn_dev.jsonl", "pairs.jsonl", "pairs_dev.jsonl", "judge_calls.jsonl",
)  # fmt: skip


def copy_artifact(run: Run, step: str, artifact: Artifact) -> None:
    """What a step made, as far as the run holds it.

    Questions are copied with their lock, and adapters under a variant's name, each by its own
    function below.
    """
    from workbench.retrieval import shown_file, shown_passages

    if step == "corpus":
        copy_files(artifact.path, run.files.corpus, ("documents.jsonl", "sections.jsonl"))
        run.update(corpus=dict(artifact.summary))
    elif step == "index":
        if "removed" in artifact.summary:
            # Its file holds passages of the earlier edition too, which nobody is shown.
            jsonl.write(run.files.passages, map(asdict, shown_passages(artifact.path)))
        else:
            copy(shown_file(artifact.path), run.files.passages)
        _copy_graph(artifact.path, run.files.triples)
    elif step == "retrieval":
        copy(artifact.path / "retrieval.json", run.files.retrieval_search)
    elif step.startswith("trials:"):
        copy_files(artifact.path, run.files.tuning(step.partition(":")[2]), ("trials.json",))
    elif step.startswith("prompts:"):
        copy(artifact.path / "prompts.json", run.files.prompt_search(step.partition(":")[2]))
    elif step.startswith("teacher:"):
        copy_files(artifact.path, run.files.teacher(step.partition(":")[2]), ("replies.jsonl",))
    elif step == "index:before":
        return  # passages of an earlier edition, which nobody is shown
    elif step.startswith("index:"):
        add_passages(run.files.passages, jsonl.stream(shown_file(artifact.path)))
        if not run.files.triples.exists():  # the experiment's own search comes first
            _copy_graph(artifact.path, run.files.triples)


def _copy_graph(index: Path, target: Path) -> None:
    """What an index's graph is made of, where it has one."""
    from workbench.retrieval.graph.triples import path_of

    if path_of(index).exists():
        copy(path_of(index), target)


def copy_tuning(files: RunLayout, artifact: Artifact, variant: str) -> None:
    """Loss curve and summary of an adapter, what it learned from, and where the adapter lies."""
    folder = files.tuning(variant)
    copy_files(artifact.path, folder, ("losses.jsonl", *LEARNED_FROM))
    write_json(folder / "summary.json", {**dict(artifact.summary), "artifact": artifact.id})


def copy_written(run: Run, source: Path) -> None:
    """All that the writer left: the questions, what was dropped and why, plan and certificate."""
    names = [path.name for path in source.iterdir() if path.name != "artifact.json"]
    kept = [name for name in names if name.endswith((".jsonl", ".json"))]
    copy_files(source, run.files.exam, kept)


def copy_exam(run: Run, exam: Exam, corpus: Corpus, embed: Embed) -> None:
    """The questions by role as the run has them, over those that were written.

    ``embed`` gives unit vectors, for the certificate.
    """
    from workbench.questions import certificate
    from workbench.questions.dataset.question_set import save_questions

    asked = exam.questions
    for role in ("train", "dev", "test", "gold"):
        save_questions(run.files.questions(role), getattr(asked, role))
    if exam.on_gold:
        # The writer's certificate is on questions that are not the exam.
        near = read_json(run.files.certificate)["near_duplicate"]
        texts = {section.id: section.text for section in corpus.sections}
        proof = certificate(asked.train, asked.test, texts, near, embed=embed)
        write_json(run.files.certificate, proof)


def copy_folder(source: Path, target: Path, names: Sequence[str]) -> None:
    """The named files of an artifact as a folder of the run, whole or not at all."""
    with whole_folder(target) as partial:
        copy_files(source, partial, names)


def copy_files(source: Path, target: Path, names: Sequence[str]) -> None:
    """Copy the named files that exist; each appears whole or not at all."""
    for name in names:
        if (source / name).exists():
            copy(source / name, target / name)
