"""Whether others were at work while latency was measured: real processes, real clocks."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.engine.machine import OthersAtWork, usable_cores
from workbench.io.files import write_json
from workbench.records.run import Run
from workbench.stages.run_warnings import _busy

SPIN = "import time; print(flush=True); end = time.time() + 60\nwhile time.time() < end: pass"


def _own_work(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_other_processes_are_told_from_ones_own_work() -> None:
    """More processes than cores take their part; one's own work, alone, adds nothing to it."""
    with OthersAtWork() as before:
        _own_work(1.0)
    spinning = [
        subprocess.Popen([sys.executable, "-c", SPIN], stdout=subprocess.PIPE)
        for _ in range(2 * usable_cores())
    ]
    try:
        for process in spinning:
            assert process.stdout is not None
            process.stdout.readline()
        with OthersAtWork() as during:
            _own_work(1.0)
    finally:
        for process in spinning:
            process.kill()
            process.wait()
    # Two of them to a core beside this process: theirs is two thirds, or more on a busy machine.
    assert during.share is not None and during.share > 0.3
    assert before.share is not None and 0 <= before.share <= 1


@pytest.mark.parametrize(("others", "said"), [(0.4, True), (0.02, False), (None, False)])
def test_a_busy_machine_is_said(tmp_path: Path, others: float | None, said: bool) -> None:
    run = Run(tmp_path / "r")
    run.path.mkdir()
    stage = {"summary": {"sample": 2, "others": others}}
    write_json(run.files.manifest, {"run_id": "r", "stages": {"latency": stage}})
    told = _busy(run)
    assert bool(told) == said
    if said:
        assert "40% of its cores" in told[0]
