"""A command of the workbench in a process of its own, and what it printed as JSON."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.dashboard.jobs import run_processes
from workbench.dashboard.queries import runs
from workbench.engine import processes


@dataclass(frozen=True)
class Trial:
    """A trial under way or over; ``output`` and ``faults`` are what it printed, as files."""

    process: subprocess.Popen[bytes]
    output: Path
    faults: Path

    @property
    def running(self) -> bool:
        """Whether it still measures."""
        return self.process.poll() is None

    def outcome(self) -> dict[str, Any]:
        """What the command printed with ``--json``; empty where it failed."""
        if self.running or self.process.returncode:
            return {}
        try:
            return runs.mapping(json.loads(self.output.read_text(encoding="utf-8")))
        except (OSError, json.JSONDecodeError):
            return {}

    def fault(self) -> str:
        """Why it failed, in the command's own words."""
        try:
            text = self.faults.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return run_processes.own_words(processes.plain_output(text))

    @property
    def refused(self) -> bool:
        """Whether it ended at once with a fault of the experiment, as the run would."""
        return self.process.poll() == 2

    def end(self) -> None:
        """Stop measuring: its outcome is not wanted any more."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        # Waited for, so that the machine is free and no zombie stays.
        self.process.wait(timeout=10)


def begin(specification: Path) -> Trial:
    """Start the trial of a specification; nothing is loaded here."""
    return command(["estimate", str(specification)], specification.stem)


def output(name: str) -> Path:
    """Where the command of that name prints to, also after it ended."""
    return processes.folder() / "trials" / f"{name}.json"


def command(arguments: Sequence[str], name: str) -> Trial:
    """Start a command that prints JSON; ``name`` is that of its files."""
    sentences = output(name)
    faults = sentences.with_suffix(".log")
    sentences.parent.mkdir(parents=True, exist_ok=True)
    whole = [sys.executable, "-m", "workbench.cli", *arguments, "--json"]
    with sentences.open("wb") as out, faults.open("wb") as errors:
        process = subprocess.Popen(whole, stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
    return Trial(process, sentences, faults)
