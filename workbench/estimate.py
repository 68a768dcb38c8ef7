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

from workbench import wording
from workbench.costing import PriceBook, deployed, price_book
from workbench.engine.cache import ArtifactCache, cache_root
from workbench.engine.estimate import StageEstimate, TunedName
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.machine import peak_memory
from workbench.engine.stage import Stage, stage_id
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.models.memory import Footprint
from workbench.questions import place_gold
from workbench.questions.dataset.exam import (
    GOLD_WAY,
    MIN_EXAM,
    MIN_TRAIN_FACTS,
    SECTIONS_WAY,
    TEXT_WAY,
    WRITER_WAY,
    TooFewQuestionsError,
    gold_decides,
)
from workbench.questions.dataset.forecast import Forecast
from workbench.questions.dataset.plan import MIN_SECTIONS
from workbench.records.layout import runs_root
from workbench.records.run import Run
from workbench.stages.asking import asking_stages
from workbench.stages.context import TrialContext
from workbench.stages.judge_later import estimate_later
from workbench.stages.making import Training, make_artifacts
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_policy, footprints
from workbench.stages.settling import settled_exam
from workbench.types import Question


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether the run will have an exam, in a sentence, with the ways out where it may not.

    ``can_succeed`` is False only where the trial leaves no doubt. The numbers are expected ones;
    None: they cannot be foreseen.
    """

    can_succeed: bool
    sentence: str
    ways: tuple[str, ...] = ()
    train_facts: int | None = None
    exam: int | None = None
    gold: int = 0


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """All stages, and what holds for the whole. Seconds, bytes, and the book's currency.

    ``outlook`` is None for a finished run. Of a run that cannot succeed, the stages end where it
    would.
    """

    run_id: str
    finished: bool
    stages: tuple[StageEstimate, ...]
    memory_bytes: int
    currency: str
    missing: tuple[str, ...]
    trial_s: float
    outlook: Outlook | None = None
    models: tuple[Footprint, ...] = ()

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
            del stage["tokens"], stage["trial"], stage["trained"], stage["paid"]
        return {
            "run": self.run_id,
            "finished": self.finished,
            "stages": stages,
            "seconds": self.seconds,
            "unknown_seconds": [part.stage for part in self.stages if part.seconds is None],
            "memory_bytes": self.memory_bytes,
            "models": [
                {**asdict(part), "needed": part.needed, "fits": part.fits} for part in self.models
            ],
            "input_tokens": round(sum(part.input_tokens for part in self.stages)),
            "output_tokens": round(sum(part.output_tokens for part in self.stages)),
            "money": self.money,
            "currency": self.currency,
            "missing": list(self.missing),
            "trial_s": self.trial_s,
            "outlook": asdict(self.outlook) if self.outlook is not None else None,
        }


def estimate_run(experiment: Experiment, *, call_endpoints: bool = False) -> RunEstimate:
    """What running (or going on with) the experiment will take on this machine.

    ``call_endpoints`` lets every variant behind an endpoint answer two questions, so that its
    seconds and tokens are measured too. Raises WorkbenchError for whatever would stop the run.
    """
    started = time.perf_counter()
    resolved = resolve(experiment)
    book = deployed(price_book(resolved.experiment.price_book), resolved.experiment.deployment)
    record = Run(runs_root() / resolved.run_id)
    finished, memory = record.manifest.state == "done", 0
    models = () if finished else footprints(RunPlan(resolved))
    outlook = None
    if finished:
        rest = estimate_later(record, resolved.experiment)
        parts = [] if rest is None else [rest]
    else:
        with tempfile.TemporaryDirectory(prefix="trial-") as folder:
            context = TrialContext(
                ArtifactCache(cache_root()), folder=Path(folder), recorded=record.path,
                calls=call_endpoints,
            )  # fmt: skip
            outlook = _try_stages(RunPlan(resolved), context)
        parts = context.estimated
        memory = peak_memory() + max(context.batch_bytes, default=0)
    missing: list[str] = []
    priced = tuple(_priced(part, book, missing) for part in parts)
    return RunEstimate(
        resolved.run_id, finished and not parts, priced, memory, book.currency,
        tuple(dict.fromkeys(missing)), time.perf_counter() - started, outlook,
        models,
    )  # fmt: skip


class _NoExamError(Exception):
    """The trial has shown that the run would end without an exam: later stages are not tried."""


def _try_stages(plan: RunPlan, context: TrialContext) -> Outlook | None:
    """Every stage of a run in small, in the run's order: what loads first counts where it does."""
    if context.calls:
        check_policy(plan)
    outlooks: list[Outlook] = []

    def execute(stage: Stage[Any, Any], inputs: Inputs, name: str = "") -> ArtifactReference:
        made = context.cache.find(stage_id(stage, inputs))
        if made is None:
            part = stage.estimate(inputs, context)
        else:
            part = StageEstimate(stage.name, 0.0, note="made before", trial=made.reference)
        context.estimated.append(replace(part, stage=name or stage.name))
        return part.trial or ArtifactReference(id="trial", path=context.folder)

    def settle(corpus: ArtifactReference, questions: ArtifactReference) -> Training:
        written = questions if not questions.id.startswith("trial") else None
        outlook, training = _foreseen(plan, context, corpus, written)
        outlooks.append(outlook)
        if not outlook.can_succeed:
            raise _NoExamError
        return training

    try:
        systems = make_artifacts(plan, execute, settle)
        for stage, inputs in asking_stages(plan, systems, exam=""):
            execute(stage, inputs)
    except _NoExamError:
        pass
    return outlooks[0] if outlooks else None


def _foreseen(
    plan: RunPlan,
    context: TrialContext,
    corpus: ArtifactReference,
    written: ArtifactReference | None,
) -> tuple[Outlook, Training]:
    """What will be sat and trained on: counted where it is ``written``, expected otherwise."""
    spec, counts = plan.experiment.questions, context.counts
    if written is not None:
        try:
            exam = settled_exam(plan, corpus, written)
        except TooFewQuestionsError as error:
            told = f"This run cannot succeed. {error.message}"
            return Outlook(False, told, error.ways), Training()
        asked = exam.questions
        counts.test, counts.dev, counts.gold = len(asked.test), len(asked.dev), len(asked.gold)
        context.sample.extend(asked.test)
        facts = len({question.fact for question in asked.train})
        by_hand = len(asked.test) if exam.on_gold else len(asked.gold)
        test = None if exam.on_gold else len(asked.test)
        sentence = _sentence(facts, test, by_hand, "written")
        sentence += _consequences(plan, exam.on_gold, exam.trains)
        training = Training(exam.trains, exam.withheld, exam.examined)
        return Outlook(True, sentence, (), facts, len(asked.test), by_hand), training
    gold = [] if spec.gold is None else place_gold(Path(spec.gold), context.corpus(corpus))
    known = counts.forecast
    counts.gold = len(gold)
    if known is None and spec.test:
        return (
            Outlook(True, UNFORESEEN, gold=len(gold)),
            Training(enough=spec.train_facts > 0 or not plan.in_need),
        )
    return _expected(plan, context, gold, known)


#: What is said where a chat model writes.
UNFORESEEN = "How many questions the chat model will write cannot be said before it has."


def _expected(
    plan: RunPlan, context: TrialContext, gold: list[Question], known: Forecast | None
) -> tuple[Outlook, Training]:
    """The outlook by a trial's forecast."""
    spec, counts = plan.experiment.questions, context.counts
    exam = known.exam if known else 0
    facts = known.train_facts if known else None
    most_exam = known.most_exam if known else 0
    on_gold = gold_decides(spec, exam, len(gold))
    enough = facts is None or facts >= MIN_TRAIN_FACTS
    sentence = _sentence(facts, exam if spec.test else None, len(gold), "expected")
    if known is not None and 0 < known.read < known.sections:
        sentence += f" (judged by {known.read} of {known.sections} sections)"
    figures = Outlook(True, sentence, (), facts, exam, len(gold))
    missing, impossible = [], False
    if on_gold and len(gold) < MIN_EXAM:
        missing.append(
            f"an exam needs {MIN_EXAM} questions at least, and the gold file has {len(gold)}"
        )
        impossible = most_exam < MIN_EXAM
    elif not gold and exam < MIN_EXAM:
        missing.append(f"an exam needs {MIN_EXAM} questions at least")
        impossible = most_exam < MIN_EXAM
    if not gold and plan.in_need and spec.train_facts and known and not enough:
        missing.append(f"the fine-tuned variants need {MIN_TRAIN_FACTS} facts at least")
        impossible |= known.most_train_facts < MIN_TRAIN_FACTS
    if missing:
        few = known is not None and known.sections < MIN_SECTIONS
        ways = (GOLD_WAY, SECTIONS_WAY if few else WRITER_WAY, TEXT_WAY)
        begin = "This run cannot succeed" if impossible else "This run may fail"
        told = f"{sentence}. {begin}: {' and '.join(missing)}."
        return replace(figures, can_succeed=not impossible, sentence=told, ways=ways), Training()
    if on_gold:
        counts.test, counts.gold = len(gold), 0
        context.sample[:] = gold
    trains = enough or not plan.in_need
    sentence += _consequences(plan, on_gold, trains)
    return replace(figures, sentence=sentence), Training(trains)


def _sentence(facts: int | None, exam: int | None, gold: int, how: str) -> str:
    """How many facts and questions there will be; None: they are not asked for."""
    counts = ((facts, "facts to train on"), (exam, "exam questions"))
    parts = [f"{wording.count(number)} {what}" for number, what in counts if number is not None]
    about = "about " if how == "expected" else ""
    told = [f"{about}{' and '.join(parts)} {how}"] if parts else []
    if gold:
        told.append(f"{gold} questions written by hand")
    result = ", ".join(told)
    return result[:1].upper() + result[1:]


def _consequences(plan: RunPlan, on_gold: bool, trains: bool) -> str:
    """What follows for the run, as further sentences."""
    result = ". The hand-written questions will be the exam" if on_gold else ""
    if not trains and plan.in_need:
        names = ", ".join(wording.label(name, short=True) for name in plan.in_need)
        result += f". The variants that need training questions will be left out: {names}"
    return f"{result}."


def _priced(part: StageEstimate, book: PriceBook, missing: list[str]) -> StageEstimate:
    """The part with its money: machine seconds at the hourly rate, endpoint tokens at theirs."""
    amounts: Sequence[float | None] = [_machine(part, book, missing)]
    for model, read, written in part.tokens:
        if model is None:
            continue
        prices = book.per_million(model, tuned=isinstance(model, TunedName))
        if prices is None:
            missing.append(f"endpoints.{model}")
            amounts = [*amounts, None]
        else:
            amounts = [*amounts, (read * prices[0] + written * prices[1]) / 1e6]
    for model, tokens in part.trained:
        known_price = book.endpoints.get(model)
        price = None if known_price is None else known_price.training_per_million
        if price is None:
            missing.append(f"endpoints.{model}.training_per_million")
        amounts = [*amounts, None if price is None else tokens * price / 1e6]
    for name, amount in part.paid:
        if amount is None:
            missing.append(f"an answer of {name}")
        amounts = [*amounts, amount]
    known = [amount for amount in amounts if amount is not None]
    money = math.fsum(known) if len(known) == len(amounts) else None
    return replace(part, money=money, trial=None)


def _machine(part: StageEstimate, book: PriceBook, missing: list[str]) -> float | None:
    """The machine's time of a stage; a stage that only waits for an endpoint costs none."""
    local = not (part.tokens or part.paid) or any(model is None for model, _, _ in part.tokens)
    if not local or not part.seconds:
        return 0.0
    if book.machine is None:
        missing.append("machine.per_hour")
        return None
    return part.seconds / 3600 * book.machine.hourly
