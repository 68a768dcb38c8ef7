"""The judge in small: what its judgements will take, counted from a few answers.

Its calls cost money, so an endpoint is asked only where that is wanted; the tokens are counted from
the prompts that ragas would send. A judge on this machine is clocked by one answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.evaluation import judged_metrics as metrics
from workbench.evaluation import judgements
from workbench.evaluation.judge_cache import JudgementCache
from workbench.evaluation.judge_calls import Budget, Calls
from workbench.evaluation.judgements import SCORES, Job, Material
from workbench.experiment import Experiment
from workbench.rehearsal.parts import Part, clocked
from workbench.specs import JudgeSpec
from workbench.stages.judge import IN_FLIGHT, check, is_judged, material_of
from workbench.store.cache import cache_root
from workbench.store.run import Run
from workbench.types import Answer, LanguageModel, Passage, Question
from workbench.variants.system import System

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Ahead:
    """What the judge will have before it: sample questions and answers, and how many there are."""

    questions: Sequence[Question]
    answers: Sequence[Answer]
    passages: Sequence[Passage]
    asked: int


def stand_ins(system: System, exam: Sequence[Question]) -> list[Answer]:
    """Answers of a variant that is not called: its passages, and the reference for a reply."""
    return [
        Answer(
            question.id, system.name, question.answers[0] if question.answers else "unanswerable",
            0, 0, 0.0, passages=tuple(hit.passage.id for hit in context.passages),
        )
        for question, (_, context) in zip(exam, system.prepare(exam), strict=True)
    ]  # fmt: skip


def rehearse(
    experiment: Experiment, ahead: Ahead, model: LanguageModel, called: bool, folder: Path
) -> Part:
    """The stage of a judge, scaled from what a few answers would take of it.

    ``called`` lets ``model`` judge one answer, to clock it. Raises WorkbenchError where a local
    model cannot judge.
    """
    spec = experiment.judge
    assert spec is not None
    if called:
        check(spec, experiment.text_may_leave_this_machine)
    texts = {passage.id: passage.text for passage in ahead.passages}
    material = Material(
        {question.id: question for question in ahead.questions}, ahead.answers, texts
    )
    whole = spec.model_copy(update={"sample": None})
    jobs = judgements.plan(material, whole, experiment.retrieval.embedding, experiment.seed)
    jobs = [job for job in jobs if job.known is None]
    due = ahead.asked if spec.sample is None else min(spec.sample, ahead.asked)
    calls = read = wrote = judged = 0.0
    for variant in {answer.variant for answer in ahead.answers}:
        own = [job for job in jobs if job.variant == variant]
        tried = len({answer.question for answer in ahead.answers if answer.variant == variant})
        given, back = metrics.expected(_fields(own), model.count_tokens)
        times = due / max(1, tried)
        calls += times * metrics.call_count(_fields(own))
        read, wrote, judged = read + times * given, wrote + times * back, judged + times * len(own)
    seconds = _paced(spec, calls)
    if called and jobs:
        first = (jobs[0].question, jobs[0].variant)
        item = [job for job in jobs if (job.question, job.variant) == first]
        each = _clocked(experiment, item, model, folder)
        seconds = max(seconds or 0.0, each * judged / (IN_FLIGHT if spec.endpoint else 1))
    return _part(spec, seconds, read, wrote)


def later(run: Run, experiment: Experiment) -> Part | None:
    """The stage for a run that is finished but for its judge; None where nothing is left."""
    spec = experiment.judge
    if spec is None or is_judged(run, experiment):
        return None
    from workbench.models.endpoint import EndpointModel

    plan = judgements.plan(
        material_of(run, experiment), spec, experiment.retrieval.embedding, experiment.seed
    )
    kept = JudgementCache(cache_root())
    have = {row["key"] for row in judgements.read(run.path / SCORES) if row["value"] is not None}
    left = {job.key: job for job in plan if job.known is None and job.key not in have}
    jobs = [job for job in left.values() if kept.find(job.key) is None]
    count = EndpointModel(spec.reference()).count_tokens if spec.endpoint else _quarter
    read, wrote = metrics.expected(_fields(jobs), count)
    return _part(spec, _paced(spec, metrics.call_count(_fields(jobs))), read, wrote)


def _fields(jobs: Sequence[Job]) -> list[tuple[str, Mapping[str, object]]]:
    return [(job.metric, job.fields) for job in jobs]


def _quarter(text: str) -> int:
    """Tokens of a text for a model that is not loaded for it."""
    return len(text) // 4


def _paced(spec: JudgeSpec, calls: float) -> float | None:
    """Seconds that the declared pace alone takes; None without one."""
    return calls * 60 / spec.requests_per_minute if spec.requests_per_minute else None


def _clocked(
    experiment: Experiment, jobs: Sequence[Job], model: LanguageModel, folder: Path
) -> float:
    """Seconds of one judgement, the judge being warm; a judge that babbles takes its time too."""
    from workbench.retrieval.embeddings import embed

    spec, embedding = experiment.judge, experiment.retrieval.embedding
    assert spec is not None

    def vectors(texts: list[str]) -> NDArray[np.float32]:
        return embed(texts, embedding)

    def judge() -> None:
        calls = Calls(folder / "calls.jsonl", model, Budget(), spec.reply_tokens)
        judgements.judge(jobs, spec, embedding, calls, folder / "scores.jsonl", vectors, 1)

    return clocked(judge)[1] / len(jobs)


def _part(spec: JudgeSpec, seconds: float | None, read: float, wrote: float) -> Part:
    note = "" if seconds is not None else "endpoint: time not known without calling it"
    if spec.max_tokens_spent is not None and read + wrote > spec.max_tokens_spent:
        note = f"above its budget of {spec.max_tokens_spent:,} tokens: it would not start"
    name = spec.model if spec.endpoint else None
    return Part("judge", seconds, ((name, read, wrote),), note)
