"""Stage ``judge``: a model judges the answers of a run.

What was asked and judged stands in the run's folder ``judged/``; the scores join the others under
``ragas:<metric>``. A judgement that another run has paid for is taken from the cache. Corpus text
is sent off this machine only where that was allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from workbench.costing import price_book
from workbench.engine.cache import cache_root
from workbench.engine.estimate import StageEstimate, timed
from workbench.engine.inputs import Inputs
from workbench.errors import WorkbenchError
from workbench.evaluation import judge_run
from workbench.evaluation import judged_metrics as metrics
from workbench.evaluation.judge_cache import JudgementCache
from workbench.evaluation.judge_calls import Calls
from workbench.evaluation.judge_run import CALLS, FACTS, SCORES, JudgeJob, Material
from workbench.experiment import Experiment
from workbench.experiment.judge import JudgeSpec
from workbench.experiment.retrieval import RetrievalSpec
from workbench.io.files import write_json
from workbench.models.budget import Budget
from workbench.records.run import Run
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import EmbeddingInput, ModelInput
from workbench.stages.judge_records import judge_facts, material_of, own_variants
from workbench.stages.spread_judging import judge_elsewhere, judging_elsewhere, spread_judge
from workbench.types import LanguageModel, Progress, silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IN_FLIGHT = 8


class JudgeInputs(Inputs):
    """The judge, and the experiment whose answers it judges."""

    spec: JudgeSpec
    experiment: Experiment
    exam: str


class JudgeStage:
    """``judged/`` in the run's folder: every judgement, every call with its reply."""

    name, version = "judge", 1

    def run(self, inputs: JudgeInputs, out: Path, context: RunContext) -> dict[str, Any]:
        may_leave = inputs.experiment.text_may_leave_this_machine
        return judge_recorded(
            Run(out), inputs.spec, inputs.experiment, text_may_leave=may_leave,
            progress=context.progress, context=context,
        )  # fmt: skip

    def estimate(self, inputs: JudgeInputs, context: TrialContext) -> StageEstimate:
        return _judge_few(inputs, context)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return str(summary["sentence"])

    def amount(self, experiment: Experiment) -> float:
        return float(experiment.questions.test * len(experiment.variants))


def check_judge(spec: JudgeSpec, text_may_leave: bool) -> None:
    """Say before anything is computed what would keep the judge from judging.

    Raises WorkbenchError where text would leave the machine without leave, for an endpoint that
    cannot be reached or refuses its key, and for the embedded reader, which cannot judge.
    """
    from workbench.experiment.weights import prompt_format
    from workbench.models import leaves_machine, load

    reference = spec.reference()
    if leaves_machine(reference) and not text_may_leave:
        raise WorkbenchError(
            f"The judge {spec.model} answers at {spec.endpoint}, so text of the corpus would "
            "leave this machine.",
            "If it may, set text_may_leave_this_machine=True in the experiment.",
        )
    if spec.endpoint is not None:
        load(reference)
    elif prompt_format(reference) != "chat":
        raise WorkbenchError(
            f"{spec.model} cannot judge: it is no chat model and follows no instructions.",
            "Name a chat model of the hub or a folder, or an endpoint.",
        )


def judge_recorded(
    run: Run,
    spec: JudgeSpec,
    experiment: Experiment | None,
    *,
    text_may_leave: bool,
    progress: Progress = silent,
    context: RunContext | None = None,
) -> dict[str, Any]:
    """Judge the recorded answers of a run; returns the stage's summary.

    ``experiment`` is the run's, None for a run of imported answers. A local judge without a budget
    judges where the executor of ``context`` has its workers. Raises WorkbenchError where
    the judge may not or cannot be asked, or where the budget does not cover what is to be judged.
    """
    from workbench.models import load
    from workbench.retrieval.embeddings import embed

    check_judge(spec, text_may_leave)
    book = price_book(experiment.price_book if experiment else None)
    prices = book.per_million(spec.model)
    if spec.max_money_spent is not None and prices is None:
        raise WorkbenchError(
            f"max_money_spent is set, but the price book has no price for {spec.model}.",
            "Put its price into the price book under endpoints, or limit max_tokens_spent.",
        )
    material = material_of(run, experiment)
    retrieval = experiment.retrieval if experiment else RetrievalSpec()
    embedding = retrieval.embedding_key
    seed = experiment.seed if experiment else 0
    jobs = judge_run.plan(material, spec, embedding, seed)
    if not jobs:
        raise WorkbenchError(
            f"None of the answers of {run.id} can be judged by {', '.join(spec.wanted)}.",
            "Correctness needs reference answers, and faithfulness and context metrics passages.",
        )
    # Each of several processes would have a budget of its own: one that is limited is kept here.
    spread = context is not None and spread_judge(spec, context)
    model = judge_elsewhere(spec) if spread else load(spec.reference())
    calls = Calls(
        run.path / CALLS,
        model,
        Budget(spec.max_tokens_spent, spec.max_money_spent, prices),
        spec.reply_tokens,
    )
    scores, alone = run.path / SCORES, Lock()

    def one_at_a_time(texts: list[str]) -> NDArray[np.float32]:
        # The embedding is loaded at its first use, which several threads must not do at once.
        with alone:
            return embed(texts, retrieval.embedding)

    kept = JudgementCache(cache_root())
    if not spread:
        judge_run.require_budget(jobs, judge_run.read(scores), calls, kept)
    judge_run.judge_answers(
        jobs, spec, embedding, calls, scores, one_at_a_time,
        IN_FLIGHT * (1 + len(spec.replicas)) if spec.endpoint else 1, progress, kept,
        judging_elsewhere(spec, retrieval.embedding, context) if spread and context else None,
    )  # fmt: skip
    facts = judge_facts(run, spec, embedding, calls, own_variants(spec, experiment, material))
    facts["currency"] = book.currency
    if prices is not None:
        facts["cost"] = calls.budget.money(calls.input_tokens, calls.output_tokens)
    write_json(run.path / FACTS, facts)
    missing = f", {facts['failed']:,} missing" if facts["failed"] else ""
    sentence = f"{facts['judged']:,} judgements by {spec.model}{missing}"
    return {"judge": facts["id"], "metrics": facts["metrics"], "sentence": sentence}


def _judge_few(inputs: JudgeInputs, context: TrialContext) -> StageEstimate:
    """The judge's part scaled from what the trial's answers would take of it.

    Its calls cost money, so an endpoint is asked only where that is wanted; the tokens are counted
    from the prompts that ragas would send. A judge on this machine is timed by one answer.
    """
    spec, experiment = inputs.spec, inputs.experiment
    given = ModelInput.of(spec.reference(), experiment.batch_tokens)
    called, model = context.may_call(given), context.model(given)
    if called:
        check_judge(spec, experiment.text_may_leave_this_machine)
    embedding = experiment.retrieval.embedding_key
    questions = {question.id: question for question in context.sample}
    material = Material(questions, context.shown, context.texts())
    whole = spec.model_copy(update={"sample": None})
    jobs = judge_run.plan(material, whole, embedding, experiment.seed)
    jobs = [job for job in jobs if job.known is None]
    asked = context.counts.asked
    due = asked if spec.sample is None else min(spec.sample, asked)
    calls = read = wrote = judged = 0.0
    for variant in {answer.variant for answer in context.shown}:
        own = [job for job in jobs if job.variant == variant]
        tried = len({answer.question for answer in context.shown if answer.variant == variant})
        times = due / max(1, tried)
        sent, back = metrics.expected(job_fields(own), model.count_tokens)
        calls += times * metrics.call_count(job_fields(own))
        read, wrote, judged = read + times * sent, wrote + times * back, judged + times * len(own)
    seconds = paced(spec, calls)
    if called and jobs:
        place = (jobs[0].question, jobs[0].variant)
        first = [job for job in jobs if (job.question, job.variant) == place]
        each = _timed_judgement(first, spec, experiment.retrieval, model, context)
        seconds = max(seconds or 0.0, each * judged / (IN_FLIGHT if spec.endpoint else 1))
    return estimated(spec, seconds, read, wrote)


def job_fields(jobs: Sequence[JudgeJob]) -> list[tuple[str, Mapping[str, object]]]:
    return [(job.metric, job.fields) for job in jobs]


def paced(spec: JudgeSpec, calls: float) -> float | None:
    """Seconds that the declared pace alone takes; None without one."""
    return calls * 60 / spec.requests_per_minute if spec.requests_per_minute else None


def _timed_judgement(
    jobs: Sequence[JudgeJob],
    spec: JudgeSpec,
    retrieval: RetrievalSpec,
    model: LanguageModel,
    context: TrialContext,
) -> float:
    """Seconds of one judgement, the judge being warm; a judge that babbles takes its time too."""
    from workbench.retrieval.embeddings import embed

    source = context.embedding(EmbeddingInput.of(retrieval.embedding)).source
    embedding, folder = retrieval.embedding_key, context.folder

    def judge() -> None:
        calls = Calls(folder / "calls.jsonl", model, Budget(), spec.reply_tokens)
        scores = folder / "scores.jsonl"
        judge_run.judge_answers(
            jobs, spec, embedding, calls, scores, lambda texts: embed(texts, source), 1
        )

    return timed(judge)[1] / len(jobs)


def estimated(spec: JudgeSpec, seconds: float | None, read: float, wrote: float) -> StageEstimate:
    note = "" if seconds is not None else "endpoint: time not known without calling it"
    if spec.max_tokens_spent is not None and read + wrote > spec.max_tokens_spent:
        note = f"above its budget of {spec.max_tokens_spent:,} tokens: it would not start"
    name = spec.model if spec.endpoint else None
    return StageEstimate("judge", seconds, ((name, read, wrote),), note)
