"""Artifacts made side by side by workers on other machines, in the cache that they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from workbench.engine.inputs import Inputs
from workbench.engine.stage import Stage, stage_id
from workbench.stages.context import RunContext

#: A stage and what it is made of.
Job = tuple[Stage[Any, Any], Inputs]


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
