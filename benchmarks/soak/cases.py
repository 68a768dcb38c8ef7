"""What a case is, and what a run came to."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.support.small_run import ROOT, command, environment, write_experiment
from workbench.io import jsonl

PACKAGE = ROOT / "workbench"


@dataclass(frozen=True)
class Outcome:
    """``held`` where nothing was lost, trusted by mistake or left in a traceback; ``note`` says
    what happened, ``tries`` how many disturbances the case holds."""

    held: bool
    note: str
    tries: int = 1


#: Runs the case of a seed in an empty folder.
Case = Callable[[int, Path], Outcome]


@dataclass(frozen=True)
class Ended:
    """A command that ended."""

    code: int
    text: str

    @property
    def fell(self) -> bool:
        """Whether a traceback came out, or a signal ended it."""
        return "Traceback (most recent call last)" in self.text or self.code < 0


def workbench(folder: Path, *arguments: str, extra: Mapping[str, str] | None = None) -> Ended:
    """Run the command to its end with runs and cache below ``folder``."""
    done = subprocess.run(
        command(folder, *arguments),
        cwd=folder,
        env={**environment(folder), "PYTHONPATH": str(ROOT), **(extra or {})},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=1800,
    )
    return Ended(done.returncode, done.stdout + done.stderr)


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start the command in a process of its own; its output is thrown away."""
    return subprocess.Popen(
        command(folder, *arguments),
        cwd=folder,
        env={**environment(folder), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@lru_cache
def finished(home: Path, write: Callable[[Path], object] = write_experiment) -> Path:
    """A folder with one undisturbed, finished small run of the present code; made once for that.

    ``write`` writes ``small.yaml``, and the texts that it names.
    """
    folder = home / (
        "undisturbed" if write is write_experiment else f"undisturbed-{write.__name__}"
    )
    newest = max(path.stat().st_mtime for path in PACKAGE.rglob("*.py"))
    made = next(folder.glob("runs/*/results.json"), None)
    if made is None or made.stat().st_mtime < newest:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write(folder)
        ended = workbench(folder, "run", "small.yaml")
        if ended.code:
            sys.exit(f"The undisturbed run failed:\n{ended.text[-2000:]}")
    return folder


def outcome_of(folder: Path) -> dict[str, Any]:
    """What the only run below ``folder`` came to, timings apart."""
    import pyarrow.parquet as pq

    (run,) = (path for path in (folder / "runs").iterdir() if (path / "manifest.json").exists())
    scores = pq.read_table(run / "scores.parquet").to_pylist()
    kept = ("question", "text", "input_tokens", "passages")
    return {
        "run": run.name,
        "questions": {p.name: p.read_text("utf-8") for p in run.glob("questions/*.jsonl")},
        "answers": {
            p.name: sorted(str([r[key] for key in kept]) for r in jsonl.read(p))
            for p in run.glob("answers/*.jsonl")
        },
        "scores": sorted(map(str, scores)),
    }


def different(folder: Path, reference: Path) -> str:
    """In what two runs differ; "" where in nothing."""
    try:
        mine, other = outcome_of(folder), outcome_of(reference)
    except (OSError, ValueError, KeyError) as error:
        return f"records can't be read: {error}"
    return ", ".join(key for key in other if mine[key] != other[key])


def bytes_below(*folders: Path) -> int:
    """How many bytes lie below the folders now."""
    total = 0
    for folder in folders:
        for path in folder.rglob("*"):
            with suppress(OSError):
                total += path.stat().st_size if path.is_file() else 0
    return total
