"""A process that prints how far it is, killed for real once it is there."""

from __future__ import annotations

import signal
import subprocess
import sys

from tests.support.small_run import ROOT


def kill_at(step: int, *arguments: str) -> None:
    """Run ``python -m ARGUMENTS`` and kill it at the first printed number from ``step`` on."""
    command = [sys.executable, "-m", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= step:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    assert process.returncode == -signal.SIGKILL
