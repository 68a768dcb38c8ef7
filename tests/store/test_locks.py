"""A lock waits for its holder, sees it from outside, and outlives no process."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.io import locks

HOLD = (
    "import pathlib, sys, time; from workbench.io import locks\n"
    "with locks.waiting(pathlib.Path(sys.argv[1])):\n"
    "    print('held', flush=True); time.sleep(900)"
)


def test_one_waits_until_the_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "index-1"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    assert locks.is_held(path)
    reached = threading.Event()

    def wait() -> None:
        with locks.waiting(path):
            reached.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert not reached.wait(0.2)
    holder.kill()
    waiter.join(timeout=300)
    assert reached.is_set()
    assert not locks.is_held(path)


def test_looking_at_a_lock_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not locks.is_held(path)
    assert not path.exists()
    with locks.refusing(path, "Run x"):
        assert locks.is_held(path)
        with pytest.raises(WorkbenchError, match=locks.holder(path)), locks.refusing(path, "Run x"):
            pass
    assert not locks.is_held(path)
    assert locks.holder(path).startswith("process ")
