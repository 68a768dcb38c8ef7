"""Work on other machines: joining them, and artifacts made there side by side in the cache that
they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from workbench.engine.executors import Executor, executor_of
from workbench.engine.inputs import Inputs
from workbench.engine.stage import Stage, stage_id
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.stages.context import RunContext

#: A stage and what it is made of.
Job = tuple[Stage[Any, Any], Inputs]


@contextmanager
def joined(experiment: Experiment) -> Iterator[Executor]:
    """The executor of an experiment, left at the end.

    Raises WorkbenchError where there is none, or it would get text that may not leave.
    """
    executor = executor_of(experiment.executor)
    try:
        check_place(executor, experiment)
        yield executor
    finally:
        executor.close()


def check_place(executor: Executor, experiment: Experiment) -> None:
    """Refuse to hand text to other machines where that was not allowed."""
    if executor.leaves_machine and not experiment.text_may_leave_this_machine:
        raise WorkbenchError(
            f"The Ray cluster {experiment.executor.ray} has other machines, so text of the corpus "
            "would leave this one.",
            "If it may, set text_may_leave_this_machine=True in the experiment.",
        )


def making(context: RunContext) -> Callable[[Job], str]:
    """Opens a worker that makes artifacts; what it loaded for one serves the next."""

    def make(job: Job) -> str:
        return context.make(*job).id

    return make


def make_elsewhere(jobs: Sequence[Job], context: RunContext) -> set[str]:
    """Have each of the artifacts made that is not there; returns the ids of all."""
    due = {stage_id(*job): job for job in jobs}
    made: set[str] = set()
    context.progress(0, len(due), "side by side")
    for _, artifact in context.spread(making, list(due.values())):
        made.add(artifact)
        context.progress(len(made), len(due), "side by side")
    return made
