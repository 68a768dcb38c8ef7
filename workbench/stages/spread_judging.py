"""Answers judged by workers on other machines, which hold the judge's model once each.

All that is asked of one question goes to one worker, since its answers may share calls. What was
asked comes back beside the judgements and is recorded here, like a call of this process.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from workbench.evaluation.judge_calls import Calls
from workbench.evaluation.judge_run import Elsewhere, Judged, JudgeJob, judge_one
from workbench.experiment.judge import JudgeSpec
from workbench.experiment.retrieval import Embedding
from workbench.io import jsonl
from workbench.models.budget import Budget
from workbench.stages.context import RunContext
from workbench.types import LanguageModel, ModelReference

#: The judgements of a unit, and the lines of its calls.
Said = tuple[list[Judged], list[dict[str, Any]]]


def spread_judge(spec: JudgeSpec, context: RunContext) -> bool:
    """Whether workers judge: a model of these machines that no budget bounds.

    Of several processes each would keep to a budget by itself; an endpoint is asked from here.
    """
    bounded = spec.max_tokens_spent is not None or spec.max_money_spent is not None
    return not (context.executor.is_here or spec.endpoint is not None or bounded)


@dataclass(frozen=True)
class _Away:
    """A model that is not loaded here: only what it is."""

    reference: ModelReference


def judge_elsewhere(spec: JudgeSpec) -> LanguageModel:
    """What stands here for a judge that workers hold: its calls are recorded under its name."""
    return cast(LanguageModel, _Away(spec.reference()))


@dataclass(frozen=True)
class Judging:
    """Opens a worker that judges."""

    spec: JudgeSpec
    embedding: Embedding

    def __call__(self, context: RunContext) -> Callable[[tuple[JudgeJob, ...]], Said]:
        from workbench.models import load
        from workbench.retrieval.embeddings import embed

        model = load(self.spec.reference())

        def judge(jobs: tuple[JudgeJob, ...]) -> Said:
            with tempfile.TemporaryDirectory(prefix="judging-") as folder:
                path = Path(folder) / "calls.jsonl"
                calls = Calls(path, model, Budget(), self.spec.reply_tokens)
                said = [
                    judge_one(job, self.spec, calls, lambda texts: embed(texts, self.embedding))
                    for job in jobs
                ]
                return said, list(jsonl.stream(path))

        return judge


def judging_elsewhere(spec: JudgeSpec, embedding: Embedding, context: RunContext) -> Elsewhere:
    """What judges on the machines of the context's executor."""

    def elsewhere(jobs: Sequence[JudgeJob], calls: Calls) -> Generator[Judged, None, None]:
        by_question: dict[str, list[JudgeJob]] = {}
        for job in jobs:
            by_question.setdefault(job.question, []).append(job)
        units = [tuple(own) for own in by_question.values()]
        for _, (said, records) in context.spread(Judging(spec, embedding), units):
            calls.take(records)
            yield from said

    return elsewhere
