"""Run directories: one process at a time, found by the start of their name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.records.run import Run, find_run


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_RUNS", str(tmp_path))
    for name in ("ledger-aaaa1111", "ledger-bbbb2222"):
        Run(tmp_path / name).update(state="done")
    return tmp_path


def test_a_run_is_found_by_an_unambiguous_start(runs: Path) -> None:
    assert find_run("ledger-a").id == "ledger-aaaa1111"
    assert find_run(str(runs / "ledger-bbbb2222")).id == "ledger-bbbb2222"
    with pytest.raises(WorkbenchError, match="Several runs"):
        find_run("ledger")
    with pytest.raises(WorkbenchError, match="no run"):
        find_run("novel")


def test_a_second_process_is_refused_and_a_dead_one_forgotten(runs: Path) -> None:
    path = runs / "ledger-aaaa1111"
    hold = (
        "import sys, pathlib, time; from workbench.records.run import Run\n"
        f"with Run(pathlib.Path({str(path)!r})).lock():\n"
        "    print('held', flush=True); time.sleep(900)"
    )
    holder = subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    assert Run(path).in_progress()
    with pytest.raises(WorkbenchError, match=f"process {holder.pid}"), Run(path).lock():
        pass
    holder.kill()
    holder.wait()
    assert not Run(path).in_progress()
    with Run(path).lock():
        pass
