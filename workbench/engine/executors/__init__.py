"""Where units of work are done: the seam between what a stage does and the machines that do it.

A stage hands over how a worker is made ready (its models loaded, its indexes opened) and the units
of its work; results come back as they are there, each with its unit's place, in any order. Neither
side knows more of the other, so that another engine is another executor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from workbench.experiment.executor import ExecutorSpec

U = TypeVar("U")
R = TypeVar("R")
#: Makes a worker ready: from its services (a ``RunContext``) to what does one unit.
Opening = Callable[[Any], Callable[[U], R]]


class Executor(Protocol):
    """Does units of work, here or elsewhere."""

    @property
    def is_here(self) -> bool:
        """Whether the units are done in this process, by what it has open."""
        ...

    @property
    def leaves_machine(self) -> bool:
        """Whether what units hold, text among it, goes to other machines."""
        ...

    def map(
        self, opening: Opening[U, R], units: Sequence[U], context: Any
    ) -> Iterator[tuple[int, R]]:
        """(place, result) of each unit, as they come.

        ``opening`` is called once per worker, with services such as ``context``; it, the units and
        their results must pickle. Workers stay open for a call with the same ``opening``. Who stops
        early leaves the rest undone. Raises WorkbenchError where a unit did, and where workers are
        lost for good.
        """
        ...

    def rest(self) -> None:
        """Let go of the workers: a stage has ended, and their memory is wanted."""
        ...

    def close(self) -> None:
        """Leave whatever was joined."""
        ...


class Local:
    """One unit after the other, in this process."""

    is_here = True
    leaves_machine = False

    def map(
        self, opening: Opening[U, R], units: Sequence[U], context: Any
    ) -> Iterator[tuple[int, R]]:
        if not units:
            return
        work = opening(context)
        for place, unit in enumerate(units):
            yield place, work(unit)

    def rest(self) -> None:
        return None

    def close(self) -> None:
        return None


def executor_of(spec: ExecutorSpec) -> Executor:
    """The executor that an experiment names, joined to its cluster if that is one.

    Raises WorkbenchError where the extra is missing or no such cluster answers.
    """
    if spec.ray is None:
        return Local()
    from workbench.engine.executors.ray_cluster import RayCluster

    return RayCluster(spec)


def in_order(results: Iterator[tuple[int, R]]) -> Iterator[R]:
    """The results in the order of their units; one that came early waits for those before it."""
    early: dict[int, R] = {}
    due = 0
    for place, result in results:
        early[place] = result
        while due in early:
            yield early.pop(due)
            due += 1
