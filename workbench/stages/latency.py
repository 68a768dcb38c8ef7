"""Stage ``latency``: a sample of the exam asked one question at a time, warm."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.engine.estimate import StageEstimate
from workbench.engine.inputs import Inputs
from workbench.engine.machine import OthersAtWork
from workbench.experiment import Experiment
from workbench.experiment.answering import LatencySpec
from workbench.records.layout import RunLayout
from workbench.stages.answers import asked_questions, with_thresholds
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import SystemsInputs

#: Share of the cores that others may take before times are said to be too long.
BUSY = 0.1


class LatencyInputs(Inputs):
    """The variants, the lock's hash of the exam, and how many of its questions are timed."""

    systems: SystemsInputs
    exam: str
    spec: LatencySpec


class LatencyStage:
    """``latency/<variant>.jsonl`` in the run's folder."""

    name, version = "latency", 1

    def run(self, inputs: LatencyInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.variants.latency import measure

        spec, exam = inputs.spec, asked_questions(out, ("test",))
        sample = exam[:: max(1, len(exam) // max(1, spec.sample))][: spec.sample]
        systems = with_thresholds(context.systems(inputs.systems), out)
        with OthersAtWork() as others:
            measure(systems, sample, spec.warmup, RunLayout(out).timed, context.progress)
        return {"sample": len(sample), "warmup": spec.warmup, "others": others.share}

    def estimate(self, inputs: LatencyInputs, context: TrialContext) -> StageEstimate:
        from workbench.variants.latency import clocked

        if not all(context.may_call(given) for given in inputs.systems.models):
            return StageEstimate(self.name, None, note="not known without calling the endpoint")
        exam, each = context.sample, 0.0
        for system in context.systems(inputs.systems):
            clocked(system, exam[0])
            taken = [clocked(system, question) for question in exam[1:3] or exam]
            known = [item.total_s for item in taken if item is not None]
            each += sum(known) / max(1, len(known))
        times = min(inputs.spec.sample, context.counts.test) + inputs.spec.warmup
        return StageEstimate(self.name, each * times)

    def describe(self, summary: Mapping[str, Any]) -> str:
        others = summary.get("others") or 0.0
        busy = f"; other work took {others:.0%} of the cores" if others > BUSY else ""
        return f"{summary['sample']} questions one at a time, warm{busy}"

    def amount(self, experiment: Experiment) -> float:
        return float(experiment.latency.sample * len(experiment.variants))
