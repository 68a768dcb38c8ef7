"""Runs as processes of their own, started and stopped from the dashboard."""

from __future__ import annotations

from pathlib import Path

from workbench.engine import processes
from workbench.engine.processes import Job
from workbench.io import locks

NAMED = "workbench: "


def start_run(specification: Path, run: str) -> Job:
    """Run an experiment's file, or resume it; ``run`` is the id of its run."""
    command = ["-m", "workbench.cli", "run", str(specification)]
    return processes.start(command, f"run {run}")


def job_of(run: str) -> Job | None:
    """The newest process that was started here for a run, alive or not."""
    return next((job for job in processes.jobs() if job.what == f"run {run}"), None)


def start_demo() -> Job:
    """Run the demo."""
    return processes.start(["-m", "workbench.cli", "demo"], "demo")


def made_nothing(job: Job) -> bool:
    """Whether a process that was to work on a run left none: what it said stands in its output."""
    from workbench.records.layout import runs_root

    command, _, run = job.what.partition(" ")
    return command == "run" and not (runs_root() / Path(run).name).exists()


def own_words(output: str) -> str:
    """What the command said last in its own name, of all that libraries may print around it."""
    lines = output.splitlines()
    own = [place for place, line in enumerate(lines) if line.startswith(NAMED)]
    return " ".join(lines[own[-1] :]).removeprefix(NAMED) if own else ""


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
