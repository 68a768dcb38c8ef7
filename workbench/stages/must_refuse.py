"""Requests that must be refused, put to every variant beside the exam, where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.estimate import StageEstimate
from workbench.engine.inputs import Inputs
from workbench.evaluation import must_refuse
from workbench.experiment import Experiment
from workbench.records.layout import RunLayout
from workbench.stages.answers import further_answers, with_thresholds
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import SystemsInputs
from workbench.types import Question, Score
from workbench.variants.answering import answer_questions, read_answers

if TYPE_CHECKING:
    from workbench.records.run import Run


class MustRefuseInputs(Inputs):
    """The variants, and how many requests each is asked."""

    systems: SystemsInputs
    requests: int


class MustRefuseStage:
    """``must_refuse/`` in the run's folder: every variant's replies to the requests."""

    name, version = "must_refuse", 1

    def run(self, inputs: MustRefuseInputs, out: Path, context: RunContext) -> dict[str, Any]:
        systems = with_thresholds(context.systems(inputs.systems), out)
        asked = must_refuse.requests()[: inputs.requests]
        total = len(asked) * len(systems)
        for place, system in enumerate(systems):
            context.progress(place * len(asked), total, system.name)
            answer_questions(system, asked, RunLayout(out).must_refuse(system.name))
        context.progress(total, total)
        return {"sentence": f"{len(systems)} variants x {len(asked)} requests to be refused"}

    def estimate(self, inputs: MustRefuseInputs, context: TrialContext) -> StageEstimate:
        """As many answers more, at the pace of the exam's."""
        return further_answers(self.name, inputs.requests, context)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return str(summary["sentence"])

    def amount(self, experiment: Experiment) -> float:
        return float(experiment.refusal_probes * len(experiment.variants)) or 1.0


def figures(
    run: Run, experiment: Experiment, questions: Sequence[Question], scores: Sequence[Score]
) -> dict[str, Any] | None:
    """What ``results.json`` says under ``principles``; None where no request was put."""
    names = [variant.name for variant in experiment.variants]
    replies = {name: read_answers(run.files.must_refuse(name)) for name in names}
    if not any(replies.values()):
        return None
    return must_refuse.three(
        questions, scores, replies, variants=names, level=experiment.decision.level,
        seed=experiment.seed,
    )  # fmt: skip
