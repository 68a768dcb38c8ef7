"""The small run on a Ray cluster of two nodes: a worker is killed, the head is, and it ends like
the run of one machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray")

from tests.end_to_end.test_resume import outcome
from tests.support.nodes import two_nodes, workers
from tests.support.small_run import command, environment, the_run, workbench, write_experiment
from tests.support.waiting import until

pytestmark = pytest.mark.slow


def started(folder: Path, address: str) -> subprocess.Popen[str]:
    """The run on that cluster, in a process of its own."""
    return subprocess.Popen(
        command(folder, "run", "small.yaml", "--set", f"executor.ray={address}"),
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def verdict(folder: Path) -> list[Any]:
    """What the run advises, by its own command; money and times are of another machine."""
    told = json.loads(workbench(folder, "show", the_run(folder).name, "--json"))["verdict"]
    return [told[key] for key in ("kind", "variant", "leader", "needed_questions", "form")]


def answering(folder: Path) -> bool:
    """Whether some answers of the run are written, and others not yet."""
    return any(folder.glob("runs/*/answers/*.jsonl"))


def test_a_run_of_which_a_worker_was_killed_ends_like_the_local_one(
    small: Path, tmp_path: Path
) -> None:
    write_experiment(tmp_path)
    with two_nodes() as cluster:
        process = started(tmp_path, cluster.address)
        killed: list[int] = []
        for reached in (lambda: True, lambda: answering(tmp_path)):
            # From one stage to another, on a machine that does much else meanwhile.
            until(
                lambda: reached() and set(workers()) - set(killed),  # noqa: B023
                "a worker", process, seconds=3000,
            )  # fmt: skip
            killed.append((set(workers()) - set(killed)).pop())
            os.kill(killed[-1], signal.SIGKILL)
        _, fault = process.communicate(timeout=3000)
        assert process.returncode == 0, fault[-3000:]
    assert outcome(tmp_path) == outcome(small)
    assert verdict(tmp_path) == verdict(small)


def test_a_search_of_which_a_worker_was_killed_comes_to_the_local_one(folder: Path) -> None:
    over = "tuning.learning_rate={low: 0.0001, high: 0.005, log: true}"
    searching = ("search", "tuning", "small.yaml", "--set", "tuning.epochs=1", "--over", over,
                 "--trials", "4", "--batch", "2", "--json")  # fmt: skip
    before = {*folder.glob("cache/adapter-*")}
    here = tried(workbench(folder, *searching))
    for path in {*folder.glob("cache/adapter-*")} - before | {*folder.glob("cache/trials-*")}:
        shutil.rmtree(path)
    with two_nodes() as cluster:
        process = subprocess.Popen(
            command(folder, *searching, "--set", f"executor.ray={cluster.address}"),
            cwd=folder, env=environment(folder), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        training = lambda: any(folder.glob("cache/adapter-*.partial"))  # noqa: E731
        until(lambda: training() and workers(), "a trial under way", process)
        os.kill(workers()[0], signal.SIGKILL)
        printed, fault = process.communicate(timeout=3000)
    assert process.returncode == 0, fault[-3000:]
    assert tried(printed) == here


def tried(printed: str) -> list[Any]:
    """What a search printed of its trials, times apart."""
    (found,) = json.loads(printed)["searches"]
    return [{k: v for k, v in row.items() if k != "seconds"} for row in found["tried"]]


def test_a_run_whose_head_was_killed_says_so_and_goes_on_elsewhere(
    small: Path, tmp_path: Path
) -> None:
    write_experiment(tmp_path)
    with two_nodes() as cluster:
        process = started(tmp_path, cluster.address)
        until(lambda: workers(), "a worker", process)
        time.sleep(1)
        cluster.head_node.kill_gcs_server(check_alive=False)
        _, fault = process.communicate(timeout=600)
    assert process.returncode == 2, fault[-3000:]
    assert "head of the Ray cluster" in fault and "Traceback" not in fault
    workbench(tmp_path, "run", "small.yaml")
    assert outcome(tmp_path) == outcome(small)
