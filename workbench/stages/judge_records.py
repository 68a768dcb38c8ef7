"""What a judge is shown of a run, and what the run records of the judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from workbench.errors import WorkbenchError
from workbench.evaluation import judge_run
from workbench.evaluation.judge_calls import Calls
from workbench.evaluation.judge_run import BEHAVIOUR, FACTS, SCORES, Material
from workbench.evaluation.ragas_scores import PREFIX
from workbench.experiment import Experiment
from workbench.experiment.judge import JudgeSpec
from workbench.io.files import read_json
from workbench.records.run import Run
from workbench.records.shown import shown_passages
from workbench.stages.answers import asked_questions
from workbench.types import Answer
from workbench.variants.answering import read_answers
from workbench.variants.assembly import model_of


def material_of(run: Run, experiment: Experiment | None) -> Material:
    """Questions, answers and shown passages of a run, in the experiment's order of variants."""
    questions = {question.id: question for question in asked_questions(run.path)}
    order = [variant.name for variant in experiment.variants] if experiment else []
    matches = [path.stem for path in run.files.all_answers()]
    names = [name for name in order if name in matches] + [n for n in matches if n not in order]
    answers: list[Answer] = [
        answer
        for name in names
        for answer in read_answers(run.files.answers(name))
        if answer.question in questions
    ]
    if not answers:
        raise WorkbenchError(
            f"Run {run.id} has no answers to judge.", "Finish the run first: workbench run …"
        )
    return Material(questions, answers, shown_passages(run, answers))


def own_variants(spec: JudgeSpec, experiment: Experiment | None, material: Material) -> list[str]:
    """The variants that the judge's own model answered for."""
    if experiment is None:
        return []
    there = {answer.variant for answer in material.answers}
    return [
        variant.name
        for variant in experiment.variants
        if variant.name in there and model_of(experiment, variant).name == spec.model
    ]


def judge_facts(
    run: Run, spec: JudgeSpec, embedding: str, calls: Calls, own: Sequence[str]
) -> dict[str, Any]:
    """What ``judged/judge.json`` holds; metrics of earlier commands with this judge are kept."""
    name = judge_run.judge_identity(spec, embedding)
    metrics, sample = list(spec.wanted), spec.sample
    if (run.path / FACTS).exists():
        before = read_json(run.path / FACTS)
        if before["id"] == name:
            earlier = [metric.removeprefix(PREFIX) for metric in before["metrics"]]
            metrics = list(dict.fromkeys([*earlier, *metrics]))
            had = before["sample"]
            sample = None if had is None or sample is None else max(had, sample)
    rows = [row for row in judge_run.read(run.path / SCORES)
            if row["judge"] == name and row["metric"] in (*metrics, BEHAVIOUR)]  # fmt: skip
    failed = [row for row in rows if row["value"] is None]
    return {
        "id": name,
        "model": spec.model,
        "endpoint": spec.endpoint,
        "metrics": [PREFIX + metric for metric in metrics],
        "rubric": spec.model_dump(mode="json")["rubric"],
        "sample": sample,
        "due": len(rows),
        "judged": len(rows) - len(failed),
        "failed": len(failed),
        "reused": sum(bool(row.get("from_cache")) for row in rows),
        "reasons": dict(Counter(row["reason"] for row in failed)),
        "calls": calls.count,
        "input_tokens": calls.input_tokens,
        "output_tokens": calls.output_tokens,
        "cost": None,
        "own": list(own),
    }
