"""What a stage is expected to take, and the clock that measures a trial of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from workbench.engine.inputs import ArtifactReference

T = TypeVar("T")


class TunedName(str):
    """The name of a provider's model where what was tuned from it answers, at its own price."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class StageEstimate:
    """One stage: seconds (None: not known without a call), tokens, and money by the price book.

    ``tokens`` are (model behind an endpoint or None for this machine, read, written); a
    :class:`TunedName` is what a provider tuned from the model of that name.
    ``trained`` are the tokens that a provider bills for tuning its model of that name.
    ``paid`` is the money that systems of another make will take, None where that is not known.
    ``note`` says what a figure is based on where that matters; ``money`` is None where a price
    or the seconds are missing. ``trial`` stands for the stage's artifact in the trials of later
    stages.
    """

    stage: str
    seconds: float | None
    tokens: tuple[tuple[str | None, float, float], ...] = ()
    note: str = ""
    money: float | None = None
    trial: ArtifactReference | None = None
    trained: tuple[tuple[str, float], ...] = ()
    paid: tuple[tuple[str, float | None], ...] = ()

    @property
    def input_tokens(self) -> float:
        """Tokens that models read in this stage."""
        return sum(read for _, read, _ in self.tokens)

    @property
    def output_tokens(self) -> float:
        """Tokens that models write in this stage."""
        return sum(written for _, _, written in self.tokens)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What ``work`` returns, and the seconds it took."""
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started
