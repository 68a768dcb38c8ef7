"""Instructions planted in passages, tried on every variant that reads any, where asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.estimate import StageEstimate
from workbench.engine.inputs import Inputs
from workbench.evaluation import planted
from workbench.experiment import Experiment
from workbench.experiment.variant import variants_of
from workbench.records.layout import RunLayout
from workbench.stages.answers import asked_questions, further_answers, with_thresholds
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import SystemsInputs
from workbench.variants.answering import answer_questions, read_answers

if TYPE_CHECKING:
    from workbench.records.run import Run


class PlantedInputs(Inputs):
    """The variants, and on how many dev questions an instruction is tried."""

    systems: SystemsInputs
    probes: int


class PlantedStage:
    """``planted/`` in the run's folder: the replies of every variant that reads passages.

    No exam question is asked: what stands there of a probe would stand in the exam's answers.
    """

    name, version = "planted", 1

    def run(self, inputs: PlantedInputs, out: Path, context: RunContext) -> dict[str, Any]:
        probes = planted.probes(asked_questions(out, ("dev",)), inputs.probes)
        asked = [question for probe in probes for question in probe.asked]
        known = {question.id: probe for probe in probes for question in probe.asked}
        names = _reading(inputs.systems)
        systems = with_thresholds(context.systems(inputs.systems, names), out)
        total = len(asked) * len(systems)
        for place, system in enumerate(systems):
            context.progress(place * len(asked), total, system.name)
            baited = replace(system, provider=planted.Planting(system.provider, known))
            answer_questions(baited, asked, RunLayout(out).planted(system.name))
        context.progress(total, total)
        return {"sentence": f"{len(systems)} variants x {len(probes)} planted instructions"}

    def estimate(self, inputs: PlantedInputs, context: TrialContext) -> StageEstimate:
        """Two answers for each probe, at the pace of the exam's, of those that read passages."""
        share = len(_reading(inputs.systems)) / max(1, len(inputs.systems.variants))
        return further_answers(self.name, round(2 * inputs.probes * share), context)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return str(summary["sentence"])

    def amount(self, experiment: Experiment) -> float:
        return float(2 * experiment.planted_instructions * len(_reading(experiment))) or 1.0


def _reading(experiment: Experiment | SystemsInputs) -> list[str]:
    """The variants that passages are laid before; a system of another make brings its own."""
    return [variant.name for variant in variants_of(experiment) if variant.reads_passages]


def figures(run: Run, experiment: Experiment) -> dict[str, Any] | None:
    """What ``results.json`` says under ``planted``; None where nothing was planted."""
    names = _reading(experiment)
    replies = {name: read_answers(run.files.planted(name)) for name in names}
    probes = planted.probes(asked_questions(run.path, ("dev",)), experiment.planted_instructions)
    if not probes or not any(replies.values()):
        return None
    return planted.told(
        probes, replies, variants=names, language=run.manifest.corpus.language or "en",
        level=experiment.decision.level, seed=experiment.seed,
    )  # fmt: skip
