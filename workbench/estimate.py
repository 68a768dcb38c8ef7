"""What a run will take, before it is started: time, memory, tokens and money, stage by stage.

The figures come from a short trial on this machine: every stage estimates itself on a few items,
scaled by counts that are known beforehand. Where a stage was made before, nothing is left to pay
for it. Endpoints are not called unless that is asked for: their tokens are counted from the
prompts, the replies at full length, so their money is what it costs at the most.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from workbench.costing import PriceBook, price_book
from workbench.engine.cache import ArtifactCache, cache_root
from workbench.engine.estimate import StageEstimate
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.machine import peak_memory
from workbench.engine.stage import Stage, stage_id
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.questions import read_gold
from workbench.records.layout import runs_root
from workbench.records.run import Run
from workbench.stages.context import TrialContext
from workbench.stages.judge_later import estimate_later
from workbench.stages.plan import RunPlan, asking_stages, make_artifacts, question_set


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """All stages, and what holds for the whole. Seconds, bytes, and the book's currency."""

    run_id: str
    finished: bool
    stages: tuple[StageEstimate, ...]
    memory_bytes: int
    currency: str
    missing: tuple[str, ...]
    trial_s: float

    @property
    def seconds(self) -> float:
        """All stages whose seconds are known."""
        return sum(part.seconds or 0.0 for part in self.stages)

    @property
    def money(self) -> float | None:
        """All stages together; None where a price is missing."""
        amounts = [part.money for part in self.stages]
        return None if self.missing else math.fsum(amount or 0.0 for amount in amounts)

    def to_record(self) -> dict[str, Any]:
        """The estimate as JSON: the stages, then the totals."""
        stages = [
            {**asdict(part), "input_tokens": round(part.input_tokens),
             "output_tokens": round(part.output_tokens)}
            for part in self.stages
        ]  # fmt: skip
        for stage in stages:
            del stage["tokens"], stage["trial"]
        return {
            "run": self.run_id,
            "finished": self.finished,
            "stages": stages,
            "seconds": self.seconds,
            "unknown_seconds": [part.stage for part in self.stages if part.seconds is None],
            "memory_bytes": self.memory_bytes,
            "input_tokens": round(sum(part.input_tokens for part in self.stages)),
            "output_tokens": round(sum(part.output_tokens for part in self.stages)),
            "money": self.money,
            "currency": self.currency,
            "missing": list(self.missing),
            "trial_s": self.trial_s,
        }


def estimate_run(experiment: Experiment, *, call_endpoints: bool = False) -> RunEstimate:
    """What running (or going on with) the experiment will take on this machine.

    ``call_endpoints`` lets every variant behind an endpoint answer two questions, so that its
    seconds and tokens are measured too. Raises WorkbenchError for whatever would stop the run.
    """
    started = time.perf_counter()
    resolved = resolve(experiment)
    book = price_book(resolved.experiment.price_book)
    record = Run(runs_root() / resolved.run_id)
    finished, memory = record.manifest.state == "done", 0
    if finished:
        rest = estimate_later(record, resolved.experiment)
        parts = [] if rest is None else [rest]
    else:
        with tempfile.TemporaryDirectory(prefix="trial-") as folder:
            context = TrialContext(
                ArtifactCache(cache_root()), folder=Path(folder), recorded=record.path,
                calls=call_endpoints,
            )  # fmt: skip
            _try_stages(RunPlan(resolved), context)
        parts = context.estimated
        memory = peak_memory() + max(context.batch_bytes, default=0)
    missing: list[str] = []
    priced = tuple(_priced(part, book, missing) for part in parts)
    return RunEstimate(
        resolved.run_id, finished and not parts, priced, memory, book.currency,
        tuple(dict.fromkeys(missing)), time.perf_counter() - started,
    )  # fmt: skip


def _try_stages(plan: RunPlan, context: TrialContext) -> None:
    """Every stage of a run in small, in the run's order: what loads first counts where it does."""
    if context.calls:
        plan.check_policy()
    experiment = plan.experiment

    def execute(stage: Stage[Any, Any], inputs: Inputs, name: str = "") -> ArtifactReference:
        made = context.cache.find(stage_id(stage, inputs))
        if made is None:
            part = stage.estimate(inputs, context)
        else:
            part = StageEstimate(stage.name, 0.0, note="made before", trial=made.reference)
        context.estimated.append(replace(part, stage=name or stage.name))
        return part.trial or ArtifactReference(id="trial", path=context.folder)

    def count_questions(corpus: ArtifactReference, questions: ArtifactReference) -> None:
        asked, counts = experiment.questions, context.counts
        if not questions.id.startswith("trial"):
            written = question_set(plan, corpus, questions)
            counts.test, counts.dev = len(written.test), len(written.dev)
            counts.gold = len(written.gold)
            context.sample.extend(written.test)
        elif asked.gold is not None:
            counts.gold = len(read_gold(Path(asked.gold), context.corpus(corpus), (), ()))

    systems = make_artifacts(plan, execute, count_questions)
    for stage, inputs in asking_stages(plan, systems, exam=""):
        execute(stage, inputs)


def _priced(part: StageEstimate, book: PriceBook, missing: list[str]) -> StageEstimate:
    """The part with its money: machine seconds at the hourly rate, endpoint tokens at theirs."""
    amounts: Sequence[float | None] = [_machine(part, book, missing)]
    for model, read, written in part.tokens:
        if model is None:
            continue
        prices = book.per_million(model)
        if prices is None:
            missing.append(f"endpoints.{model}")
            amounts = [*amounts, None]
        else:
            amounts = [*amounts, (read * prices[0] + written * prices[1]) / 1e6]
    known = [amount for amount in amounts if amount is not None]
    money = math.fsum(known) if len(known) == len(amounts) else None
    return replace(part, money=money, trial=None)


def _machine(part: StageEstimate, book: PriceBook, missing: list[str]) -> float | None:
    """The machine's time of a stage; a stage that only waits for an endpoint costs none."""
    local = not part.tokens or any(model is None for model, _, _ in part.tokens)
    if not local or not part.seconds:
        return 0.0
    if book.machine is None:
        missing.append("machine.per_hour")
        return None
    return part.seconds / 3600 * book.machine.hourly
