"""What a stage is: typed inputs, and how it runs, is estimated and is described.

A stage sees its inputs, a folder to work in and a context of services (loaded models, a bar), and
nothing else: it captures no object, so that it can be pickled and run in another process. The id
of what it makes is a hash of the stage's name and version and of its inputs, so whatever reaches
a stage changes the id.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from workbench.engine.estimate import StageEstimate
from workbench.engine.hashing import content_id
from workbench.engine.inputs import Inputs

I_contra = TypeVar("I_contra", bound=Inputs, contravariant=True)
C_contra = TypeVar("C_contra", contravariant=True)


class Stage(Protocol[I_contra, C_contra]):
    """One step of a run. Raise ``version`` when its code changes meaning."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...

    def run(self, inputs: I_contra, out: Path, context: C_contra) -> dict[str, Any]:
        """Work in ``out`` and return a small JSON summary.

        ``out`` may hold what an earlier, killed call left there; the stage goes on from it.
        """
        ...

    def estimate(self, inputs: I_contra, context: Any) -> StageEstimate:
        """What :meth:`run` would take, from a trial on a few items; nothing is kept."""
        ...

    def describe(self, summary: Mapping[str, Any]) -> str:
        """The summary in half a sentence, for the terminal."""
        ...

    def amount(self, experiment: Any) -> float:
        """What the stage's time scales with, by the experiment alone; 1 if only the text decides.

        For scaling an earlier run's seconds before anything was read.
        """
        ...


def stage_id(stage: Stage[Any, Any], inputs: Inputs) -> str:
    """The id of what ``stage`` makes of ``inputs``: ``<name>-<16 hex digits>``."""
    return f"{stage.name}-{content_id(identity(stage, inputs))}"


def identity(stage: Stage[Any, Any], inputs: Inputs) -> dict[str, Any]:
    """What :func:`stage_id` is a hash of."""
    return {"stage": stage.name, "version": stage.version, "inputs": inputs.record()}
