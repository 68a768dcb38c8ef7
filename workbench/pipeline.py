"""The only sequencer: reads from top to bottom like the way of the data.

corpus -> questions -> index, adapters -> variants -> answers -> latency -> scores -> results.
Each step is found if it was made before, continued if it was interrupted, and made otherwise.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from workbench.engine.cache import Artifact, ArtifactCache, cache_root
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.io.files import write_text
from workbench.records.layout import runs_root
from workbench.records.manifest import StageFacts
from workbench.records.run import Run
from workbench.types import Progress, Question, silent

if TYPE_CHECKING:
    from workbench.stages.workshop import Workshop


class Reporter(Protocol):
    """Who is told how a run goes: the command line's bars, or nobody."""

    def stage(self, name: str) -> Progress:
        """A stage begins; the returned Progress follows it."""
        ...

    def done(self, name: str, facts: Mapping[str, Any]) -> None:
        """A stage ended; ``facts`` are its manifest entry (artifact, seconds, summary)."""
        ...


class Quiet:
    """A Reporter that tells nobody."""

    def stage(self, name: str) -> Progress:
        return silent

    def done(self, name: str, facts: Mapping[str, Any]) -> None:
        return None


def run(experiment: Experiment, reporter: Reporter | None = None) -> Run:
    """Run the experiment, or go on where it stopped; returns its run directory.

    A finished run is returned at once. Raises WorkbenchError for whatever the user can mend; what
    was done before is kept.
    """
    resolved = resolve(experiment)
    record = Run(runs_root() / resolved.run_id)
    if record.manifest.state == "done":
        _judge_later(_Log(record, reporter or Quiet()), resolved.experiment)
        return record
    with record.lock():
        if record.manifest.state == "done":
            return record
        from workbench.stages.workshop import Workshop

        with _recorded(record, resolved.experiment):
            shop = Workshop(resolved, ArtifactCache(cache_root()))
            _steps(shop, _Log(record, reporter or Quiet()))
    return record


def _steps(shop: Workshop, log: _Log) -> None:
    """Every stage in order."""
    from workbench.evaluation.mix import require_kinds
    from workbench.stages import copy_artifacts

    shop.check_policy()
    _check_judge(shop, log)
    shop.adapter_plans()  # says at once where a variant cannot be tuned
    corpus = log.artifact("corpus", shop.make_corpus)
    copy_artifacts.corpus(log.run, corpus)
    shop.check_language()

    questions = log.artifact("questions", shop.make_questions)
    exam = shop.exam
    require_kinds(shop.experiment.workload.kinds, exam.test)
    _lock_exam(log.run, questions, exam.gold)

    index = log.artifact("index", shop.make_index)
    copy_artifacts.passages(log.run, index)
    adapters = _adapters(shop, log)
    for plan_model in shop.references():
        shop.book(plan_model).save(log.run.path / "prompts")

    sitting = [*exam.test, *exam.gold]
    _answers(shop, log, adapters, sitting)
    _latency(shop, log, adapters, exam.test)
    _forgetting(shop, log, adapters)
    _sensitivity(shop, log, adapters, exam.test)
    _judge(shop, log)
    _results(shop, log, sitting)


def _lock_exam(run: Run, questions: Artifact, gold: Sequence[Question]) -> None:
    """Put the exam into the run and lock it; an exam that was changed since is refused."""
    from workbench.questions import lock, verify_lock
    from workbench.stages import copy_artifacts

    locked = run.manifest.hashes.get("exam")
    if locked is not None:
        verify_lock(run.path / "questions", locked)
        return
    copy_artifacts.questions(run, questions, gold)
    run.update(hashes={"exam": lock(run.path / "questions")})


def _adapters(shop: Workshop, log: _Log) -> dict[str, Artifact]:
    """Train each distinct adapter once; variants that share one share its artifact."""
    from workbench.stages import copy_artifacts

    plans = shop.adapter_plans()
    trained: dict[Any, Artifact] = {}
    for variant, plan in plans.items():
        if plan in trained:
            continue
        # One adapter is "adapter"; of several, each is named by the first variant that needs it.
        name = "adapter" if len(set(plans.values())) == 1 else f"adapter:{variant}"
        trained[plan] = log.artifact(name, partial(shop.make_adapter, plan))
        copy_artifacts.tuning(log.run, trained[plan], variant)
    return {variant: trained[plan] for variant, plan in plans.items()}


def _answers(
    shop: Workshop, log: _Log, adapters: Mapping[str, Artifact], sitting: list[Question]
) -> None:
    """Every variant sits the exam and the gold questions."""
    from workbench.variants.answering import answer_questions, share_seen

    total = len(sitting) * len(shop.experiment.variants)

    def stage(progress: Progress) -> dict[str, Any]:
        systems = shop.systems(adapters)
        seen: dict[str, float | None] = {}
        for place, system in enumerate(systems):
            path = log.run.path / "answers" / f"{system.name}.jsonl"

            answer_questions(system, sitting, path, _Shifted(progress, place * len(sitting), total))
            seen[system.name] = share_seen(system, sitting)
        return {"variants": len(systems), "questions": len(sitting), "share_of_corpus_seen": seen}

    log.step("answers", stage)


@dataclass(frozen=True)
class _Shifted:
    """A Progress of one part of a stage: its count starts where the parts before it ended."""

    whole: Progress
    base: int
    total: int

    def __call__(self, done: int, total: int, note: str = "") -> None:
        self.whole(self.base + done, self.total, note)


def _latency(
    shop: Workshop, log: _Log, adapters: Mapping[str, Artifact], exam: tuple[Question, ...]
) -> None:
    """The single-stream pass on a sample of the exam."""
    from workbench.variants.latency import measure

    spec = shop.experiment.latency
    sample = [*exam][:: max(1, len(exam) // max(1, spec.sample))][: spec.sample]

    def stage(progress: Progress) -> dict[str, Any]:
        measure(shop.systems(adapters), sample, spec.warmup, log.run.path / "latency", progress)
        return {"sample": len(sample), "warmup": spec.warmup}

    log.step("latency", stage)


def _sensitivity(
    shop: Workshop, log: _Log, adapters: Mapping[str, Artifact], exam: tuple[Question, ...]
) -> None:
    """Some exam questions in other words, if the experiment asks for it."""
    if not shop.experiment.sensitivity.questions:
        return
    from workbench.stages.rewording import ask_again

    def stage(progress: Progress) -> dict[str, Any]:
        return ask_again(shop, log.run, shop.systems(adapters), exam, progress)

    log.step("sensitivity", stage)


def _forgetting(shop: Workshop, log: _Log, adapters: Mapping[str, Artifact]) -> None:
    """What the adapters broke beside what they learned; nothing to do where nothing was tuned."""
    from workbench.stages.probing import probe, subjects

    if subjects(shop.experiment):
        log.step("forgetting", partial(probe, shop, log.run, adapters))


def _check_judge(shop: Workshop, log: _Log) -> None:
    """Say at once what would keep the judge from judging."""
    spec = shop.experiment.judge
    if spec is not None and not log.is_over("judge"):
        from workbench.stages.judge import check

        check(spec, shop.experiment.text_may_leave_this_machine)


def _judge(shop: Workshop, log: _Log) -> None:
    """The answers before the judge that the experiment names, if it names one."""
    spec = shop.experiment.judge
    if spec is None:
        return
    from workbench.stages.judge import judge_stage

    def stage(progress: Progress) -> dict[str, Any]:
        may_leave = shop.experiment.text_may_leave_this_machine
        return judge_stage(
            log.run, spec, shop.experiment, text_may_leave=may_leave, progress=progress
        )

    log.step("judge", stage)


def _judge_later(log: _Log, experiment: Experiment) -> None:
    """A judge that was named, or asked for more, after the run had finished."""
    if experiment.judge is None:
        return
    from workbench.stages.judge import is_judged, judge_finished

    if not is_judged(log.run, experiment):
        progress = log.progress("judge")
        judge_finished(log.run, experiment.judge, experiment=experiment, progress=progress)
        log.end("judge", log.run.manifest.stages["judge"].record())


def _results(shop: Workshop, log: _Log, sitting: list[Question]) -> None:
    """Scores, comparisons, costs, verdict and report."""
    from workbench.stages.conclude import conclude

    def stage(progress: Progress) -> dict[str, Any]:
        return conclude(log.run, shop.experiment, sitting, progress)

    log.step("scores", stage)


class _Log:
    """Tells the reporter and the run's files how the stages go."""

    def __init__(self, run: Run, reporter: Reporter) -> None:
        self.run = run
        self.reporter = reporter

    def artifact(self, name: str, make: Callable[[Progress], Artifact]) -> Artifact:
        """Make or find an artifact as one stage."""
        progress = self.progress(name)
        started = time.time()
        artifact = make(progress)
        facts = {
            "artifact": artifact.id,
            "seconds": artifact.seconds,
            "reused": not artifact.fresh,
            "started": started,
            "finished": time.time(),
            "summary": dict(artifact.summary),
        }
        self.run.note_stage(name, facts)
        self.end(name, facts)
        return artifact

    def step(self, name: str, stage: Callable[[Progress], dict[str, Any]]) -> None:
        """A stage whose records live in the run itself. Its seconds add up over resumptions."""
        before = self.run.manifest.stages.get(name, StageFacts()).record()
        if self.is_over(name):
            self.end(name, before)
            return
        progress = self.progress(name)
        started, spent = time.time(), float(before.get("seconds", 0.0))
        facts: dict[str, Any] = {"artifact": None, "started": started}
        try:
            facts["summary"] = stage(progress)
            facts["finished"] = time.time()
        finally:
            facts["seconds"] = spent + time.time() - started
            self.run.note_stage(name, facts)
        self.end(name, facts)

    def is_over(self, name: str) -> bool:
        """Whether a stage whose records live in the run has finished."""
        return self.run.manifest.stages.get(name, StageFacts()).finished is not None

    def progress(self, name: str) -> Progress:
        """A stage begins: its Progress, which is told to the reporter and the run's events."""
        told = self.reporter.stage(name)
        last = 0.0

        def progress(done: int, total: int, note: str = "") -> None:
            nonlocal last
            told(done, total, note)
            if time.monotonic() - last > 0.5 or done == total:
                last = time.monotonic()
                self.run.event(stage=name, done=done, total=total, note=note)

        self.run.event(stage=name, done=0, total=0, note="started")
        return progress

    def end(self, name: str, facts: Mapping[str, Any]) -> None:
        """A stage is over."""
        self.reporter.done(name, facts)


@contextmanager
def _recorded(record: Run, experiment: Experiment) -> Iterator[None]:
    """Keep the manifest's state true whatever happens."""
    from workbench.engine.machine import hardware, peak_memory, versions

    write_text(record.path / "specification.yaml", experiment.to_yaml())
    record.update(
        run_id=record.id,
        purpose=experiment.purpose,
        created=record.manifest.created or time.time(),
        versions=versions(),
        hardware=hardware(),
        seed=experiment.seed,
        state="running",
        error=None,
    )
    try:
        yield
    except WorkbenchError as error:
        record.update(state="failed", error={"message": error.message, "hint": error.hint})
        raise
    except BaseException:
        record.update(state="stopped")
        raise
    record.update(
        state="done",
        finished=time.time(),
        peak_memory_bytes=max(peak_memory(), record.manifest.peak_memory_bytes),
    )


__all__ = ["Quiet", "Reporter", "run"]
