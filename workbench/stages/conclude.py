"""From recorded answers to scores, results and reports; nothing here loads a language model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import wording
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.stages import probing, rewording
from workbench.store import records
from workbench.store.files import read_json, write_json, write_text
from workbench.store.machine import peak_memory
from workbench.store.run import Run
from workbench.types import Answer, Latency, Progress, Question, Score
from workbench.variants.answering import read_answers
from workbench.variants.latency import read_latencies

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ENOUGH = 0.8  # share of the wanted exam questions below which the report says so


def conclude(
    run: Run, experiment: Experiment, questions: Sequence[Question], progress: Progress
) -> dict[str, Any]:
    """Score every answer, assemble results.json and write both reports."""
    names = [variant.name for variant in experiment.variants]
    _open_exam(run, "scored")
    progress(0, 3, "scores")
    answers = [
        answer for name in names for answer in read_answers(run.path / "answers" / f"{name}.jsonl")
    ]
    scores = _score(run, experiment, questions, answers)
    progress(1, 3, "comparisons")
    latencies = [
        clocked
        for name in names
        for clocked in read_latencies(run.path / "latency" / f"{name}.jsonl")
    ]
    results = _results(run, experiment, questions, answers, scores, latencies)
    labels = {row["name"]: wording.short_label(row) for row in results["variants"]}
    results["forgetting"] = probing.figures(run, experiment, questions, scores, labels)
    results["sensitivity"] = rewording.figures(run, experiment, questions, scores, labels)
    write_json(run.path / "results.json", results)
    progress(2, 3, "report")
    write_reports(run, ["html", "md"])
    progress(3, 3, "")
    return {"scores": len(scores), "sentence": f"{len(scores):,} scores, report written"}


def _open_exam(run: Run, why: str) -> None:
    """Log a look at the exam's answers, and refuse an exam that is not the locked one."""
    from workbench.questions import verify_lock

    locked = run.manifest.get("hashes", {}).get("exam")
    if locked is not None:
        verify_lock(run.path / "questions", locked)
    run.event(look=f"exam answers opened: {why}")


def _score(
    run: Run, experiment: Experiment, questions: Sequence[Question], answers: Sequence[Answer]
) -> list[Score]:
    """Every metric on every answer, written as a table."""
    from workbench.evaluation.judgements import recorded
    from workbench.evaluation.metrics import score_answers
    from workbench.evaluation.ragas_scores import plain_scores

    language = str(run.manifest["corpus"].get("language", "en"))
    vectors = remembering(experiment.retrieval.embedding)
    passages = shown_passages(run, answers)
    scores = score_answers(questions, answers, language, embed=vectors, passages=passages)
    scores += plain_scores(questions, answers, passages, vectors)
    scores += recorded(run.path)[1]
    write_scores(run.path / "scores.parquet", scores)
    return scores


def remembering(name: str) -> Callable[[list[str]], NDArray[np.float32]]:
    """Texts into vectors by the embedding of that name, each text but once."""
    import numpy as np

    from workbench.retrieval.embeddings import embed

    known: dict[str, NDArray[np.float32]] = {}

    def vectors(texts: list[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, embed(new, name), strict=True))
        return np.stack([known[text] for text in texts])

    return vectors


def write_scores(path: Path, scores: Sequence[Score]) -> None:
    """The scores as one Parquet table: question, variant, metric, value (null: not scored)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "question": pa.array([score.question for score in scores], pa.string()),
            "variant": pa.array([score.variant for score in scores], pa.string()),
            "metric": pa.array([score.metric for score in scores], pa.string()),
            "value": pa.array([score.value for score in scores], pa.float64()),
        }
    )
    partial = path.with_name(f".{path.name}")
    pq.write_table(table, partial)
    partial.replace(path)


def read_scores(folder: Path) -> list[Score]:
    """The scores of a run's folder."""
    import pyarrow.parquet as pq

    path = folder / "scores.parquet"
    if not path.exists():
        raise WorkbenchError(f"{folder.name} holds no scores.", "Finish that run first.")
    return [Score(**row) for row in pq.read_table(path).to_pylist()]


def _results(
    run: Run,
    experiment: Experiment,
    questions: Sequence[Question],
    answers: Sequence[Answer],
    scores: Sequence[Score],
    latencies: Sequence[Latency],
) -> dict[str, Any]:
    """results.json from the run's records."""
    from workbench.costing import price_book
    from workbench.decision import assemble
    from workbench.stages.accounts import accounts

    manifest = run.manifest
    stages = manifest["stages"]
    facts = {
        "id": run.id,
        "created": _date(manifest["created"]),
        "corpus": manifest["corpus"],
        "model": experiment.model.name,
        "hardware": manifest["hardware"],
        "versions": manifest["versions"],
        "minutes": sum(stage["seconds"] for stage in stages.values()) / 60,
        "stages": {name: stage["seconds"] for name, stage in stages.items()},
        "peak_memory_bytes": peak_memory(),
        "reproduce": f"workbench run {run.path.name}/specification.yaml",
        "exam_hash": manifest.get("hashes", {}).get("exam"),
    }
    folder = run.path / "questions"
    dropped: dict[str, int] = {}
    for record in records.stream(folder / "dropped.jsonl"):
        dropped[record["reason"]] = dropped.get(record["reason"], 0) + 1
    certificate = folder / "certificate.json"
    return assemble(
        experiment,
        facts,
        questions,
        answers,
        scores,
        latencies,
        stages={name: stage["seconds"] for name, stage in stages.items()},
        passages=shown_passages(run, answers),
        certificate=read_json(certificate) if certificate.exists() else None,
        tuning=[
            {"adapter": path.parent.name, **read_json(path)}
            for path in sorted((run.path / "tuning").glob("*/summary.json"))
        ],
        dropped=dropped,
        book=price_book(experiment.price_book),
        built=accounts(run, experiment),
        shares=stages["answers"]["summary"].get("share_of_corpus_seen", {}),
        warnings=_shortfall(experiment, questions),
    )


def _shortfall(experiment: Experiment, questions: Sequence[Question]) -> list[str]:
    """A sentence where the text gave far fewer exam questions than were asked for."""
    wanted = experiment.questions.exam
    written = sum(question.origin == "written" for question in questions)
    if not written or written >= ENOUGH * wanted:
        return []
    return [wording.say("warn_fewer_questions", wanted=str(wanted), got=str(written))]


def _date(seconds: float) -> str:
    """A point in time as ISO 8601, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def shown_passages(run: Run, answers: Sequence[Answer]) -> dict[str, str]:
    """The texts of the passages that some variant was shown, by id."""
    wanted = {passage for answer in answers for passage in answer.passages}
    result = {}
    for record in records.stream(run.path / "corpus" / "passages.jsonl"):
        name = f"{record['document']}:{record['start']}-{record['end']}"
        if name in wanted:
            result[name] = record["text"]
    return result


def write_reports(run: Run, formats: Sequence[str]) -> dict[str, Path]:
    """Write the run's report in each format; returns where each lies."""
    from workbench.report import render_html, render_markdown

    renderers = {"html": render_html, "md": render_markdown}
    unknown = [name for name in formats if name not in renderers]
    if unknown:
        raise WorkbenchError(
            f"There is no report format {unknown[0]!r}.", "The formats are html and md."
        )
    results = _with_judge(run, run.results())
    _open_exam(run, f"report ({', '.join(formats)})")
    paths = {}
    for name in formats:
        paths[name] = run.path / f"report.{name}"
        write_text(paths[name], renderers[name](results))
    return paths


def _with_judge(run: Run, results: dict[str, Any]) -> dict[str, Any]:
    """The results with what the judge is worth by the labels there are now."""
    from workbench.evaluation.judgements import recorded
    from workbench.evaluation.judging import assess
    from workbench.questions.exam import read_questions

    facts, scores = recorded(run.path)
    if facts is None:
        return results
    folder = run.path / "questions"
    asked = [*read_questions(folder / "exam.jsonl"), *read_questions(folder / "gold.jsonl")]
    labels = records.stream(run.path / "labels" / "labels.jsonl")
    result = assess(
        facts, scores, labels, asked, results["variants"],
        level=results["level"], seed=results["run"].get("seed", 0),
    )  # fmt: skip
    if result != results.get("judge"):
        results = {**results, "judge": result}
        write_json(run.path / "results.json", results)
    return results
