"""Processes killed for real: once they are so far, or before any of their writes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.small_run import ROOT

#: What Python tells of before a file or folder is changed.
WRITES = frozenset({"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate"})


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


def ends_alike_wherever_killed(work: Callable[[Path], Any], home: Path) -> int:
    """Have ``work`` done in folders of its own, killed before each of its writes in turn, killed at
    that write again when it goes on, and begun once more; how many writes it has.

    It is done in forks of this process, so that nothing is loaded anew. What it returns is compared
    as JSON with what it returns undisturbed.
    """
    undisturbed = _forked(work, _made(home / "undisturbed"), 0)
    assert undisturbed is not None
    wanted, writes = undisturbed
    for place in range(1, writes + 1):
        folder = _made(home / f"killed{place}")
        for _ in range(2):
            _forked(work, folder, place)
        ended = _forked(work, folder, 0)
        assert ended is not None and ended[0] == wanted, f"killed before write {place}: {ended}"
    return int(writes)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _forked(work: Callable[[Path], Any], folder: Path, kill_at: int) -> Any:
    """[what it returned, how often it wrote]; None where it was killed before that write."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        try:
            seen = _counted(folder, kill_at)
            os.write(tell, json.dumps([work(folder), len(seen)]).encode())
        finally:
            os._exit(0)
    os.close(tell)
    with os.fdopen(told) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said) if said else None


def _counted(folder: Path, kill_at: int) -> list[str]:
    """The writes below ``folder`` from here on; at the one of that number this process dies."""
    seen: list[str] = []

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in WRITES or not str(arguments[0]).startswith(str(folder)):
            return
        if event == "open" and str(arguments[1] or "r").strip("bt") == "r":
            return
        seen.append(event)
        if len(seen) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(heard)
    return seen
