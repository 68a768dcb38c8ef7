"""Waiting for a state instead of for a time: patient on a busy machine, quick on an idle one."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any

#: Past every wait that a slow machine needs; only what hangs takes this long.
PATIENCE_S = 300.0


def until(
    reached: Callable[[], object],
    what: str = "what was waited for",
    process: subprocess.Popen[Any] | None = None,
    seconds: float = PATIENCE_S,
) -> None:
    """Return once ``reached()`` is true; fail where the time, or ``process``, ends before."""
    end = time.monotonic() + seconds
    while not reached():
        if process is not None and process.poll() is not None:
            if reached():
                return
            raise AssertionError(f"the process ended ({process.returncode}) before {what}")
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.02)
