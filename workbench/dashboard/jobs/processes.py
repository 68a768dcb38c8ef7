"""Runs and answering servers as processes of their own.

They are started in their own session, with their output in a log file, and found again by their
records on disk: closing the browser or restarting the dashboard neither stops nor loses them.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.engine.cache import cache_root
from workbench.errors import WorkbenchError
from workbench.io.files import write_json

HEALTH_TIMEOUT_S = 2.0


@dataclass(frozen=True)
class Job:
    """One started process: ``born`` tells it from a later process with the same number."""

    pid: int
    born: float
    command: list[str]
    log: str
    started: float
    what: str
    port: int | None = None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return alive(self.pid, self.born)

    def output(self, characters: int = 4000) -> str:
        """The end of what it printed."""
        try:
            with Path(self.log).open("rb") as source:
                source.seek(max(0, source.seek(0, os.SEEK_END) - characters))
                return plain_output(source.read().decode("utf-8", errors="replace"))
        except OSError:
            return ""


def plain_output(text: str) -> str:
    """Terminal output without colours and cursor moves; a redrawn line counts once."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    lines = (line.rsplit("\r", 1)[-1].rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return "\n".join(line for line in lines if line).strip()


def folder() -> Path:
    """Where the dashboard keeps what it started: beside the cache."""
    return cache_root().parent / "dashboard"


def _born(pid: int) -> float | None:
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return float(process.create_time())
    except psutil.Error:
        return None


def alive(pid: int, born: float | None = None) -> bool:
    """Whether that process runs; a zombie does not."""
    matches = _born(pid)
    return matches is not None and (born is None or abs(matches - born) < 2)


def start(arguments: list[str], what: str, port: int | None = None) -> Job:
    """Start ``python ARGUMENTS`` on its own and record it; ``what`` names it to the user."""
    root = folder()
    root.mkdir(parents=True, exist_ok=True)
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{time.monotonic_ns() % 100_000:05d}"
    log = root / f"{name}.log"
    command = [sys.executable, *arguments]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "100"},
        )
    job = Job(
        process.pid, _born(process.pid) or time.time(), command, str(log), time.time(), what, port
    )
    write_json(root / f"{name}.json", asdict(job))
    return job


def jobs(since_s: float = 86_400) -> list[Job]:
    """What the dashboard started within ``since_s`` seconds, newest first."""
    result = []
    for path in sorted(folder().glob("*.json"), reverse=True):
        try:
            job = Job(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, json.JSONDecodeError, TypeError):
            continue
        if time.time() - job.started < since_s:
            result.append(job)
    return result


# --- runs -------------------------------------------------------------------------------------


def start_run(specification: Path) -> Job:
    """Run an experiment's file, or go on with it."""
    return start(["-m", "workbench.cli", "run", str(specification)], f"run {specification}")


def start_demo() -> Job:
    """Run the demo."""
    return start(["-m", "workbench.cli", "demo"], "demo")


def worker(run: Path) -> int | None:
    """The process that holds a run's lock, or None."""
    from workbench.records.run import Run

    try:
        if not Run(run).in_progress():
            return None
        words = (run / "lock").read_text(encoding="utf-8").split()
    except OSError:
        return None
    return int(words[-1]) if words and words[-1].isdigit() else None


def stop(run: Path, patience_s: float = 10.0) -> bool:
    """Ask the run's process to end, and wait; what it recorded stays. False if none ran."""
    pid = worker(run)
    if pid is None:
        return False
    born = _born(pid)
    _end(pid, born, patience_s)
    return True


def _end(pid: int, born: float | None, patience_s: float) -> None:
    """Ask a process to end and wait until it has, or patience is out."""
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + patience_s
    while alive(pid, born) and time.monotonic() < end:
        time.sleep(0.1)


# --- the answering server ---------------------------------------------------------------------


def health(port: int) -> dict[str, Any] | None:
    """What ``/health`` says, or None where nothing answers."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/health", timeout=HEALTH_TIMEOUT_S
        ) as reply:
            matches = json.loads(reply.read())
    except (OSError, urllib.error.URLError, json.JSONDecodeError):
        return None
    return matches if isinstance(matches, dict) else None


def server(run: Path) -> Job | None:
    """The server that was started for this run and still lives."""
    for job in jobs(since_s=30 * 86_400):
        if job.what == f"serve {run.resolve()}" and job.port and job.alive:
            return job
    return None


def start_server(run: Path) -> Job:
    """Serve a run on a free local port; it loads its models in the background."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    return start(
        ["-m", "workbench.serve", str(run), "--port", str(port)], f"serve {run.resolve()}", port
    )


def stop_job(job: Job, patience_s: float = 10.0) -> None:
    """End a process that the dashboard started; a stranger's process is never touched."""
    if not job.alive:
        raise WorkbenchError("That process has ended already.", "Nothing is left to stop.")
    _end(job.pid, job.born, patience_s)
