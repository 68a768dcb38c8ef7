"""Stage ``teacher``: a variant answers the training questions, and another learns its answers.

Distillation: of a larger model, or of what the same model says with passages before it (context
distillation; Snell et al. 2022, "Learning by Distilling Context").
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.engine.estimate import StageEstimate
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import SystemsInputs
from workbench.text import ABSTENTION
from workbench.types import Question

REPLIES = "replies.jsonl"
FEW = 8


class TeachingInputs(Inputs):
    """The teacher, as the one variant of ``systems``."""

    systems: SystemsInputs


class TeachingStage:
    """``replies.jsonl`` with the teacher's answers to the training questions."""

    name, version = "teacher", 1

    def run(self, inputs: TeachingInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.variants.answering import answer_questions

        asked = taught_questions(inputs.systems, context)
        (system,) = context.systems(inputs.systems)
        answer_questions(system, asked, out / REPLIES, context.progress)
        told = read_replies(out)
        if not told:
            raise WorkbenchError(
                f"The teacher {system.name} answered none of the {len(asked)} training questions.",
                "See why in its own answers, or leave tuning.teacher out.",
            )
        unknown = sum(reply == ABSTENTION for reply in told.values())
        return {"teacher": system.name, "asked": len(asked), "told": len(told), "unknown": unknown}

    def estimate(self, inputs: TeachingInputs, context: TrialContext) -> StageEstimate:
        from workbench.engine.estimate import timed
        from workbench.variants.answering import answer_questions

        asked = taught_questions(inputs.systems, context)
        if not all(context.may_call(given) for given in inputs.systems.models):
            return StageEstimate(self.name, None, note="not known without calling the endpoint")
        (system,) = context.systems(inputs.systems)
        out = context.folder / f"teacher-{system.name}"
        out.mkdir(exist_ok=True)
        _, spent = timed(lambda: answer_questions(system, asked[:FEW], out / REPLIES))
        whole = len(asked) * context.counts.per_train
        trial = ArtifactReference(id=f"trial-{out.name}", path=out)
        seconds = spent / max(1, len(asked[:FEW])) * whole
        return StageEstimate(self.name, seconds, trial=trial)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return f"{summary['teacher']} answered {summary['told']} of {summary['asked']} questions"

    def amount(self, experiment: Experiment) -> float:
        return float(experiment.questions.train_facts * experiment.questions.wordings)


def taught_questions(systems: SystemsInputs, context: RunContext) -> tuple[Question, ...]:
    """The training questions that do not give the exam away."""
    return context.training_questions(systems.questions, systems.withheld)


def read_replies(folder: Path) -> dict[str, str]:
    """The teacher's replies by question, without those that failed or were cut off."""
    from workbench.variants.answering import read_answers

    return {
        answer.question: answer.text for answer in read_answers(folder / REPLIES)
        if answer.status == "answered" and answer.text and answer.finish != "length"
    }  # fmt: skip
