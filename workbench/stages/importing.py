"""Imported answers into a run directory: a new run of their own, or beside our variants."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from workbench.corpus.corpus import Corpus
from workbench.corpus.finding import Finder, is_elsewhere
from workbench.corpus.language import detect
from workbench.engine.machine import many_values
from workbench.errors import WorkbenchError
from workbench.evaluation.columns import ScoreColumns
from workbench.evaluation.group_tags import group_tags
from workbench.evaluation.imported import (
    OWN_METRICS,
    ImportedAnswers,
    read_imported,
    scored,
    with_ceilings,
)
from workbench.evaluation.long_texts import Place, text_of
from workbench.evaluation.metrics import is_passage_id
from workbench.evaluation.value_columns import Columns
from workbench.experiment import Experiment
from workbench.experiment.decision import DecisionSpec
from workbench.io import jsonl
from workbench.records.layout import runs_root
from workbench.records.passages import add_passages
from workbench.records.results import Results
from workbench.records.run import Run, find_run
from workbench.stages.reports import write_reports
from workbench.stages.score_table import read_scores, write_scores
from workbench.stages.scoring import cached_embedder
from workbench.types import Answer, Document, Latency, Passage, Question, Score, Section
from workbench.wording import say

MEASURED = (
    "forgetting",
    "sensitivity",
    "search",
    "principles",
    "planted",
    "memorised",
    "twins",
    "data",
)  # what imported answers cannot change


@many_values()
def import_new(
    file: Path, name: str, *, metric: str | None = None, margin: float = 0.03, purpose: str = "",
    score: str | None = None, ceilings: Sequence[str] = (),
) -> Run:  # fmt: skip
    """A new run that holds the file's systems alone. Raises WorkbenchError if the run exists.

    ``score`` is the metric by which answers are scored against their references; it then decides.
    ``ceilings`` are systems that bound the others.
    """
    from workbench.decision import imported_results

    if not name or not all(c.isalnum() or c in "_-" for c in name):
        raise WorkbenchError(
            f"A run's name is letters, digits, - and _; got {name!r}.", "Choose another."
        )
    run = Run(runs_root() / name)
    if run.manifest.run_id:
        raise WorkbenchError(
            f"There is already a run {name!r}.", "Choose another name, or delete that run first."
        )
    imported = with_ceilings(read_imported(file), ceilings, file)
    if score is not None:
        imported, metric = _scored_by(score, imported, file), metric or OWN_METRICS[score]
    if metric is not None and metric not in imported.metrics:
        raise WorkbenchError(
            f"{file} has no scores for {metric!r}.",
            f"It has {', '.join(imported.metrics) or 'none'}.",
        )
    created = datetime.now(UTC).isoformat(timespec="seconds")
    facts = {
        "id": name,
        "created": created,
        "model": None,
        "corpus": {"title": f"Answers imported from {file.name}"},
        "hardware": {},
        "versions": {"workbench": version("rag-finetune-workbench")},
        "minutes": 0.0,
        "reproduce": f"workbench import-answers {file} --out {name}",
    }
    chosen = metric or (imported.metrics[0] if imported.metrics else "correct")
    results = imported_results(
        imported, facts, purpose=purpose, decision=DecisionSpec(metric=chosen, margin=margin)
    )
    with run.lock():
        _write(run, imported, imported.scores, imported.questions)
        run.update(
            run_id=name, purpose=purpose, created=time.time(), versions=facts["versions"],
            hardware={}, seed=0, corpus=facts["corpus"], stages={}, hashes={}, state="done",
            error=None,
        )  # fmt: skip
        run.write(results)
    write_reports(run, ["html", "md"])
    return run


def _scored_by(score: str, imported: ImportedAnswers, file: Path) -> ImportedAnswers:
    """The answers with our own metrics on them. Raises WorkbenchError where that cannot be done."""
    if score not in OWN_METRICS:
        raise WorkbenchError(
            f"Answers cannot be scored by {score!r} here.",
            f"It is one of {', '.join(OWN_METRICS)}; another metric comes as a score column.",
        )
    if not imported.can_be_scored:
        raise WorkbenchError(
            f"{file} has no references by which its answers could be scored.",
            "Add a column reference, with several parted by |, or a score column.",
        )
    texts = " ".join(question.text or " ".join(question.answers) for question in imported.questions)
    return scored(imported, detect(texts))


@many_values()
def import_beside(file: Path, name: str, *, ceilings: Sequence[str] = ()) -> Run:
    """The file's systems as further variants of a finished run, scored by its exam."""
    from workbench.costing import BuildUsage
    from workbench.decision import ResultInputs, build_results
    from workbench.questions import load
    from workbench.variants.answering import read_answers
    from workbench.variants.latency import read_latencies

    run = find_run(name)
    before = run.results()
    experiment = run.experiment()
    if experiment is None:
        raise WorkbenchError(
            f"Run {run.id} has no experiment of ours.", "Import into a new run: --out NAME."
        )
    exam = load(run.files.exam)
    questions = [*exam.test, *exam.gold]
    imported = with_ceilings(read_imported(file, questions), ceilings, file)
    ours = [variant.name for variant in experiment.variants]
    taken = [variant for variant in imported.variants if variant in ours]
    if taken:
        raise WorkbenchError(
            f"{file} names a variant {taken[0]!r}, which the run has already.",
            "Give the imported system a name of its own.",
        )
    imported, placed = _placed(run, imported)
    foreign = _scored(run, experiment, questions, imported)
    scores = [
        *(score for score in read_scores(run.path) if score.variant in ours),
        *foreign,
    ]
    answers = [read_answer for v in ours for read_answer in read_answers(run.files.answers(v))]
    latencies = [
        read_latency for v in ours for read_latency in read_latencies(run.files.latency(v))
    ]
    facts = before.record()
    results = build_results(ResultInputs(
        experiment, facts["run"], questions, [*answers, *imported.answers], scores, before.stages,
        [*latencies, *imported.latencies],
        {**_passages(before), **{p.id: p.text for p in placed}}, facts.get("certificate"),
        facts.get("tuning", ()), before.questions.dropped, warnings=imported.notes,
        imported=imported, built=BuildUsage.of(facts.get("building")),
        shares={row.name: row.share_of_corpus_seen for row in before.variants},
        shared_prompts={
            row.name: row.tokens.shared / row.tokens.input
            for row in before.variants
            if row.tokens.shared is not None and row.tokens.input
        },
        tags=group_tags(questions, experiment.fairness, run.manifest.corpus.language or "en"),
    )).with_parts(**{part: facts[part] for part in MEASURED if part in facts})  # fmt: skip
    with run.lock():
        _write(run, imported, ScoreColumns.of(scores), ())
        add_passages(run.files.passages, map(asdict, placed))
        run.write(results)
    write_reports(run, ["html", "md"])
    return run


def _placed(run: Run, imported: ImportedAnswers) -> tuple[ImportedAnswers, list[Passage]]:
    """The answers with the ids of passages that came as text, and these passages.

    They are looked for in the run's corpus, so that a search from elsewhere is measured like ours.
    """
    cited = imported.answers.column("passages")
    texts = {text for given in cited for text in given if not is_passage_id(text)}
    if not texts or not run.files.documents.exists():
        return imported, []
    documents = tuple(Document(**record) for record in jsonl.stream(run.files.documents))
    sections = tuple(Section(**record) for record in jsonl.stream(run.files.sections))
    finder = Finder(Corpus(documents, sections, "", "", ""))
    listed = sorted(texts)
    found = dict(zip(listed, finder.place(listed), strict=True))
    answers = imported.answers.with_column("passages", [
        tuple(dict.fromkeys(found[text].id if text in found else text for text in given))
        for given in imported.answers.column("passages")
    ])  # fmt: skip
    notes = [*imported.notes]
    for name in imported.variants:
        own = answers.where("variant", (name,))
        given = [text for listed in own.column("passages") for text in listed]
        lost = sum(map(is_elsewhere, given))
        if lost:
            shown = imported.labels.get(name, name)
            notes.append(say("warn_elsewhere", name=shown, given=f"{len(given):,}",
                             lost=f"{lost:,}"))  # fmt: skip
    return replace(imported, answers=answers, notes=tuple(notes)), [*found.values()]


def _scored(
    run: Run, experiment: Experiment, questions: Sequence[Question], imported: ImportedAnswers
) -> list[Score]:
    """The file's own scores, and our metrics on every answer that came as text."""
    from workbench.evaluation.failures import count_failures
    from workbench.evaluation.metrics import score_answers
    from workbench.evaluation.ragas_scores import plain_scores

    vectors = cached_embedder(experiment.retrieval.embedding)
    given = list(imported.scores)
    texts = [answer for answer in imported.answers if answer.text or answer.status != "answered"]
    language = run.manifest.corpus.language or "en"
    have = {(item.question, item.variant, item.metric) for item in given}
    result = score_answers(questions, texts, language, vectors)
    result += plain_scores(questions, texts, {}, vectors)
    further = [item for item in result if (item.question, item.variant, item.metric) not in have]
    return given + count_failures(further, imported.answers)


def _passages(results: Results) -> dict[str, str]:
    """Passage texts that the examples of the earlier results already carry."""
    return {
        passage.id: passage.text
        for result in results.examples
        for reply in result.answers.values()
        for passage in reply.passages
    }


def _write(
    run: Run, imported: ImportedAnswers, scores: ScoreColumns, questions: Sequence[Question]
) -> None:
    """Records of imported systems, in the shape of our own; what was there before is replaced."""
    timed = imported.latencies.by("variant")
    for variant, answers in imported.answers.by("variant").items():
        _write_columns(run.files.answers(variant), answers)
        _write_columns(run.files.latency(variant), timed.get(variant, imported.latencies.rows(())))
    if questions:
        records = [question.to_record() for question in questions]
        jsonl.write(run.files.questions("test"), records)
    write_scores(run.files.scores, scores)


def _write_columns(path: Path, items: Columns[Answer] | Columns[Latency]) -> None:
    """A record of each; what was not measured is null."""
    if not len(items):
        jsonl.write(path, ())
        return
    first = items[0]
    record = first.to_record() if isinstance(first, Answer) else asdict(first)
    record = {name: None if value != value else value for name, value in record.items()}
    # What was not measured of the first was measured of none.
    given = {name: items.column(name) for name, value in record.items()
             if value is not None and items.varies(name)}  # fmt: skip
    if "text" in given and any(isinstance(text, Place) for text in given["text"]):
        given["text"] = map(text_of, given["text"])
    jsonl.write_columns(path, record, given)
