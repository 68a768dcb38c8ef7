"""What workers on other machines are opened for by the tests: they find it here by its name."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from tests.support.waiting import until
from workbench.errors import WorkbenchError
from workbench.stages.context import RunContext


def squares(context: RunContext) -> Callable[[int], tuple[int, int]]:
    """Opens a worker that says who did a unit; the opening leaves a mark each time."""
    (context.cache.root / f"opened-{os.getpid()}").touch()

    def work(unit: int) -> tuple[int, int]:
        time.sleep(0.02)
        return unit * unit, os.getpid()

    return work


def meeting(context: RunContext) -> Callable[[str], tuple[int, str | None]]:
    """Opens a worker whose unit waits until two are being done; it says who did it and on what."""

    def work(unit: str) -> tuple[int, str | None]:
        (context.cache.root / f"at-{unit}").touch()
        until(lambda: len(list(context.cache.root.glob("at-*"))) == 2, "the other worker")
        return os.getpid(), os.environ.get("CUDA_VISIBLE_DEVICES")

    return work


def deadly(context: RunContext) -> Callable[[str], str]:
    """Opens a worker that ``once`` kills the first time, ``always`` each time."""

    def work(unit: str) -> str:
        mark = context.cache.root / "killed"
        if unit == "always" or (unit == "once" and not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return f"{unit} done"

    return work


def refusing(context: RunContext) -> Callable[[int], int]:
    raise WorkbenchError("The model is not there.", "Name another.")
