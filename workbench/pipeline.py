"""The only sequencer: reads from top to bottom like the way of the data.

corpus -> questions -> index, adapters -> variants -> answers -> latency -> scores -> results.
Each step is found if it was made before, continued if it was interrupted, and made otherwise.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from workbench.engine.cache import Artifact, ArtifactCache, cache_root
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.stage import Stage, stage_id
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.io.files import write_text
from workbench.records.layout import runs_root
from workbench.records.manifest import StageFacts
from workbench.records.run import Run
from workbench.stages import ADAPTER
from workbench.stages.asking import asking_stages
from workbench.stages.context import RunContext
from workbench.stages.copy_artifacts import copy_artifact, copy_exam, copy_tuning, copy_written
from workbench.stages.elsewhere import Job, joined, make_elsewhere
from workbench.stages.making import Training, make_grounds, make_systems
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_fairness, check_policy, check_servers, footprints
from workbench.stages.settling import settled_exam
from workbench.types import Progress, silent

if TYPE_CHECKING:
    from workbench.corpus import Corpus
    from workbench.questions import Exam
    from workbench.questions.quality.likeness import Embed


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
    if record.manifest.state == "done" and not _lost_some(record):
        _check_exam(record)
        _judge_later(_Log(record, reporter or Quiet()), resolved.experiment)
        return record
    with record.lock():
        if record.manifest.state == "done" and not _lost_some(record):
            return record
        _reopen(record)
        with _recorded(record, resolved.experiment), joined(experiment) as executor:
            context = RunContext(
                ArtifactCache(cache_root()), jobs=record.files.jobs, executor=executor
            )
            _steps(RunPlan(resolved), context, _Log(record, reporter or Quiet()))
    return record


def _check_exam(record: Run) -> None:
    """Refuse a finished run whose exam is no longer the one that was sat."""
    from workbench.questions import verify_lock

    locked = record.manifest.hashes.get("exam")
    if locked is not None:
        verify_lock(record.files.exam, locked)


def _steps(plan: RunPlan, context: RunContext, log: _Log) -> None:
    """Every step in order."""
    check_policy(plan)
    check_fairness(plan)
    footprints(plan)
    experiment = plan.experiment
    if experiment.judge is not None and not log.is_over("judge"):
        from workbench.stages.judge import check_judge

        check_judge(experiment.judge, experiment.text_may_leave_this_machine)
    _ = plan.adapters  # says at once where a variant cannot be tuned
    check_servers(plan)

    def execute(stage: Stage[Any, Any], inputs: Inputs, name: str = "") -> ArtifactReference:
        artifact = log.artifact(stage, inputs, context, name or stage.name)
        copy_artifact(log.run, name or stage.name, artifact)
        return artifact.reference

    def together(jobs: Sequence[Job]) -> None:
        due = [job for job in jobs if context.cache.find(stage_id(*job)) is None]
        if due and not context.executor.is_here:
            log.made |= make_elsewhere(due, context.reporting(log.progress(ADAPTER.name)))

    def settle(corpus: ArtifactReference, questions: ArtifactReference) -> Training:
        from workbench.evaluation.mix import require_kinds

        try:
            exam = settled_exam(plan, corpus, questions)
            require_kinds(experiment.workload.kinds, exam.questions.test)
        except WorkbenchError:
            if "exam" not in log.run.manifest.hashes:
                # What was written and dropped is what shows why the run failed.
                copy_written(log.run, questions.path)
            raise
        _lock_exam(log.run, questions, exam, context.corpus(corpus), plan.embed)
        left_out = () if exam.trains else plan.in_need
        log.run.update(
            left_out=list(left_out), withheld=list(exam.withheld), examined=list(exam.examined)
        )
        return Training(exam.trains, exam.withheld, exam.examined)

    asked, grounds = make_grounds(plan, execute, settle)
    if grounds.setting is not None:
        log.run.update(retrieved=grounds.setting)
    if grounds.prompts:
        choices = {name: one.model_dump(mode="json") for name, one in grounds.prompts.items()}
        log.run.update(prompted=choices)
    systems = make_systems(asked, grounds, execute, together)
    tuned = {
        variant.name: (variant.tuning or systems.tuning).model_dump(mode="json")
        for variant in systems.variants
        if variant.name in plan.adapters and plan.adapters[variant.name].tuning.search is not None
    }
    if tuned:
        log.run.update(tuned=tuned)
    # Of the variants that share an adapter, the first gives its name to the adapter's folder.
    named = {adapter.id: name for name, adapter in reversed(systems.adapters.items())}
    for adapter_id, variant in named.items():
        copy_tuning(log.run.files, context.cache.get(adapter_id), variant)
    for number, again in enumerate(systems.further, 2):
        for adapter_id, variant in {a.id: name for name, a in reversed(again.items())}.items():
            files = log.run.files.training(number)
            copy_tuning(files, context.cache.get(adapter_id), variant)
    for prompts in systems.prompt_files:
        if prompts.own is None:
            prompts.book().save(log.run.files.prompts)
    for spec in asked.experiment.variants:
        if spec.prompt is not None:
            asked.prompts(spec).book().save(log.run.files.own_prompts(spec.name))
    exam = str(log.run.manifest.hashes["exam"])
    for stage, inputs in asking_stages(plan.retrieved(grounds.setting or {}), systems, exam):
        log.asking(stage, inputs, context)


def _lost_some(record: Run) -> bool:
    """Whether an outage left questions unanswered, which are then asked again."""
    from workbench.variants.answering import lost_in_passing

    return any(lost_in_passing(path) for path in record.files.all_answers())


def _reopen(record: Run) -> None:
    """Let a run whose answers are not all there answer and score again; others stay as they are."""
    if not _lost_some(record):
        return
    stages = {name: facts.record() for name, facts in record.manifest.stages.items()}
    for name in ("answers", "scores"):
        if name in stages:
            stages[name]["finished"] = None
    record.update(state="stopped", stages=stages)


def _lock_exam(
    run: Run, artifact: ArtifactReference, exam: Exam, corpus: Corpus, embed: Embed
) -> None:
    """Put the exam into the run and lock it; an exam that was changed since is refused."""
    from workbench.questions import lock, verify_lock

    locked = run.manifest.hashes.get("exam")
    if locked is not None:
        verify_lock(run.files.exam, locked)
        return
    copy_written(run, artifact.path)
    copy_exam(run, exam, corpus, embed)
    run.update(hashes={"exam": lock(run.files.exam)})


def _judge_later(log: _Log, experiment: Experiment) -> None:
    """A judge that was named, or asked for more, after the run had finished."""
    if experiment.judge is None:
        return
    from workbench.stages.judge_later import is_judged, judge_finished

    if not is_judged(log.run, experiment):
        progress = log.progress("judge")
        judge_finished(log.run, experiment.judge, experiment=experiment, progress=progress)
        log.reporter.done("judge", log.run.manifest.stages["judge"].record())


class _Log:
    """Tells the reporter and the run's files how the steps go."""

    def __init__(self, run: Run, reporter: Reporter) -> None:
        self.run = run
        self.reporter = reporter
        #: Artifacts that were made for this run before their own step.
        self.made: set[str] = set()

    def artifact(
        self, stage: Stage[Any, Any], inputs: Inputs, context: RunContext, name: str
    ) -> Artifact:
        """Make or find an artifact as one step."""
        started = time.time()
        artifact = context.cache.make(stage, inputs, context.reporting(self.progress(name)))
        context.executor.rest()
        facts = {
            "artifact": artifact.id,
            "seconds": artifact.seconds,
            "reused": not artifact.fresh and artifact.id not in self.made,
            "started": started,
            "finished": time.time(),
            "summary": dict(artifact.summary),
        }
        self.run.note_stage(name, facts)
        self.reporter.done(name, facts)
        return artifact

    def asking(self, stage: Stage[Any, Any], inputs: Inputs, context: RunContext) -> None:
        """A step whose records live in the run itself. Its seconds add up over resumptions.

        One that has finished is not run again when its code's version is raised: a run is a
        record of what was asked and answered, and only a new run asks anew.
        """
        name = stage.name
        before = self.run.manifest.stages.get(name, StageFacts()).record()
        if self.is_over(name):
            self.reporter.done(name, before)
            return
        reporting = context.reporting(self.progress(name))
        started, spent = time.time(), float(before.get("seconds", 0.0))
        # The clock on the wall may be set back in between.
        began = time.monotonic()
        facts: dict[str, Any] = {
            "artifact": None, "id": stage_id(stage, inputs), "started": started,
        }  # fmt: skip
        try:
            facts["summary"] = stage.run(inputs, self.run.path, reporting)
            context.executor.rest()
            facts["finished"] = time.time()
        finally:
            facts["seconds"] = spent + time.monotonic() - began
            self.run.note_stage(name, facts)
        self.reporter.done(name, facts)

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


@contextmanager
def _recorded(record: Run, experiment: Experiment) -> Iterator[None]:
    """Keep the manifest's state true whatever happens."""
    from workbench.engine.machine import hardware, peak_memory, versions

    write_text(record.files.specification, experiment.to_yaml())
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
