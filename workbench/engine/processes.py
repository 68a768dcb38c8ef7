"""Work as processes of their own, found again by their records on disk.

They are started in their own session, with their output in a log file: closing the terminal or the
browser neither stops nor loses them.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.engine.cache import cache_root
from workbench.errors import WorkbenchError
from workbench.io.files import disk_errors, write_json


@dataclass(frozen=True)
class Job:
    """One started process: ``born`` sets it apart from a later process with the same number."""

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
                # Counted in bytes; a character that this cuts in two is replaced below.
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
    """The folder with the records of what was started: beside the cache."""
    return cache_root().parent / "dashboard"


def birth(pid: int) -> float | None:
    """When that process began, in seconds since 1970; None where it does not run."""
    import psutil

    try:
        process = psutil.Process(pid)
        # A child that has ended stays listed until its parent waits for it.
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return float(process.create_time())
    except psutil.Error:
        return None


def alive(pid: int, born: float | None = None) -> bool:
    """Whether that process runs; a zombie does not."""
    now = birth(pid)
    # Some slack: ``born`` is this program's own clock where psutil knew no birth.
    return now is not None and (born is None or abs(now - born) < 2)


def start(arguments: list[str], what: str, port: int | None = None) -> Job:
    """Start ``python ARGUMENTS`` on its own and record it; ``what`` names it to the user."""
    root = folder()
    # Two starts within one second must not share a log.
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{time.monotonic_ns() % 100_000:05d}"
    log = root / f"{name}.log"
    command = [sys.executable, *arguments]
    with disk_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        sink = log.open("wb")
    with sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Unbuffered, so that the log grows as the process prints; no colours, one width, and
            # UTF-8, as which the log is read.
            env={
                **os.environ,
                "PYTHONUNBUFFERED": "1",
                "PYTHONIOENCODING": "utf-8",
                "NO_COLOR": "1",
                "COLUMNS": "100",
            },
        )
    # It may have ended already, and then has no birth.
    job = Job(
        process.pid, birth(process.pid) or time.time(), command, str(log), time.time(), what, port
    )
    write_json(root / f"{name}.json", asdict(job))
    return job


def jobs(since_s: float = 86_400) -> list[Job]:
    """What was started within ``since_s`` seconds, newest first."""
    result = []
    # Names begin with the time of the start.
    for path in sorted(folder().glob("*.json"), reverse=True):
        try:
            job = Job(**json.loads(path.read_text(encoding="utf-8")))
        # Gone meanwhile, damaged, or with the fields of another version.
        except (OSError, json.JSONDecodeError, TypeError):
            continue
        if time.time() - job.started < since_s:
            result.append(job)
    return result


def end(pid: int, born: float | None, patience_s: float = 10.0) -> None:
    """Ask a process to end and wait until it has, or patience is out."""
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while alive(pid, born) and time.monotonic() < deadline:
        time.sleep(0.1)


def stop_job(job: Job) -> None:
    """End a process that was started here; a stranger's process is never touched."""
    if not job.alive:
        raise WorkbenchError("That process has ended already.", "Nothing is left to stop.")
    end(job.pid, job.born)
