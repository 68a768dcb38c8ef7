"""Runs as processes of their own, started and stopped from the dashboard."""

from __future__ import annotations

from pathlib import Path

from workbench.engine import processes
from workbench.engine.processes import Job
from workbench.io import locks


def start_run(specification: Path) -> Job:
    """Run an experiment's file, or resume it."""
    command = ["-m", "workbench.cli", "run", str(specification)]
    return processes.start(command, f"run {specification}")


def start_demo() -> Job:
    """Run the demo."""
    return processes.start(["-m", "workbench.cli", "demo"], "demo")


def worker(run: Path) -> int | None:
    """The process that holds a run's lock, or None."""
    from workbench.records.run import Run

    try:
        # The file still names the last holder after its end, so ask first whether it is held.
        words = locks.holder(run / "lock").split() if Run(run).in_progress() else []
    except OSError:
        return None
    return int(words[-1]) if words and words[-1].isdigit() else None


def stop(run: Path) -> bool:
    """Ask the run's process to end, and wait; what it recorded stays. False if none ran."""
    pid = worker(run)
    if pid is None:
        return False
    processes.end(pid, processes.birth(pid))
    return True
