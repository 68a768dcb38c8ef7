"""Units of work on a real Ray cluster of two nodes: workers and the head are killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray")

from tests.support.nodes import ROOT, free_port, node, started, two_nodes
from tests.support.units import deadly, meeting, refusing, squares
from workbench.engine.cache import ArtifactCache
from workbench.engine.executors import executor_of
from workbench.engine.executors import ray_cluster as own
from workbench.errors import WorkbenchError
from workbench.experiment.executor import ExecutorSpec
from workbench.stages.context import RunContext

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with two_nodes() as running:
        yield running


@pytest.fixture
def joined(cluster: Any) -> Iterator[Any]:
    executor = executor_of(ExecutorSpec(ray=cluster.address, retries=2))
    yield executor
    executor.close()


def context(folder: Path) -> RunContext:
    return RunContext(ArtifactCache(folder))


def test_two_workers_of_two_nodes_work_at_once(joined: Any, tmp_path: Path) -> None:
    # Each unit waits for the other's worker.
    found = dict(joined.map(meeting, ["a", "b"], context(tmp_path)))
    who = {process for process, _ in found.values()}
    assert len(who) == 2 and os.getpid() not in who


def test_nodes_of_this_machine_are_no_other_machine(joined: Any) -> None:
    assert not joined.is_here and not joined.leaves_machine


def test_all_units_come_back_with_their_places(joined: Any, tmp_path: Path) -> None:
    found = dict(joined.map(squares, list(range(60)), context(tmp_path)))
    assert {place: square for place, (square, _) in found.items()} == {n: n * n for n in range(60)}


def test_workers_stay_open_for_more_of_the_same(cluster: Any, tmp_path: Path) -> None:
    executor = executor_of(ExecutorSpec(ray=cluster.address))
    for _ in range(3):
        assert len(dict(executor.map(squares, list(range(10)), context(tmp_path)))) == 10
    # Three times two would be six, were they opened anew.
    assert len(list(tmp_path.glob("opened-*"))) <= 2
    executor.close()
    assert not list(tmp_path.glob(".seen-by-*"))


def test_a_worker_that_is_killed_is_replaced_and_its_unit_done_again(
    joined: Any, tmp_path: Path
) -> None:
    units = ["a", "once", *"bcdef"]
    found = dict(joined.map(deadly, units, context(tmp_path)))
    assert [found[place] for place in range(len(units))] == [f"{unit} done" for unit in units]
    assert (tmp_path / "killed").exists()


def test_a_unit_that_kills_every_worker_ends_the_work_with_a_sentence(
    joined: Any, tmp_path: Path
) -> None:
    with pytest.raises(WorkbenchError, match="died 3 times") as raised:
        list(joined.map(deadly, ["always"], context(tmp_path)))
    assert "memory" in raised.value.hint


def test_a_fault_on_a_worker_is_the_runs_own(joined: Any, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="The model is not there") as raised:
        list(joined.map(refusing, [1, 2, 3], context(tmp_path)))
    assert raised.value.hint == "Name another."


def test_who_stops_early_leaves_no_worker(joined: Any, tmp_path: Path) -> None:
    results = joined.map(squares, list(range(1000)), context(tmp_path))
    next(results)
    results.close()
    # The workers' places are free again.
    assert len(dict(joined.map(squares, [1, 2], context(tmp_path)))) == 2


def test_more_than_the_cluster_has_is_refused(cluster: Any, tmp_path: Path) -> None:
    executor = executor_of(ExecutorSpec(ray=cluster.address, gpus=1))
    with pytest.raises(WorkbenchError, match="1 CPUs and 1 GPUs, and the cluster"):
        list(executor.map(squares, [1], context(tmp_path)))
    executor.close()


def test_where_no_cluster_is_the_way_out_is_said() -> None:
    with pytest.raises(WorkbenchError, match="no Ray cluster at 'ray:") as raised:
        executor_of(ExecutorSpec(ray="ray://127.0.0.1:9"))
    assert "ray start --head" in raised.value.hint


def test_each_worker_takes_a_gpu_of_its_own_where_the_cluster_has_any(
    cluster: Any, tmp_path: Path
) -> None:
    # Ray takes the word of a node for its GPUs.
    there = started(lambda: cluster.add_node(**node(num_cpus=2, num_gpus=2)))
    try:
        executor = executor_of(ExecutorSpec(ray=cluster.address))
        found = dict(executor.map(meeting, ["a", "b"], context(tmp_path)))
        executor.close()
    finally:
        cluster.remove_node(there)
    assert sorted(str(gpu) for _, gpu in found.values()) == ["0", "1"]


def test_a_machine_that_is_no_part_of_the_cluster_is_a_client(tmp_path: Path) -> None:
    pytest.importorskip("grpc")
    with two_nodes(client_port=(port := free_port())):
        executor = executor_of(ExecutorSpec(ray=f"ray://127.0.0.1:{port}"))
        found = dict(executor.map(squares, list(range(20)), context(tmp_path)))
        executor.close()
    assert {place: square for place, (square, _) in found.items()} == {n: n * n for n in range(20)}


def test_a_head_that_is_killed_ends_the_work_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "GONE_S", 3.0)
    with two_nodes() as cluster:
        executor = executor_of(ExecutorSpec(ray=cluster.address))
        results = executor.map(squares, list(range(100_000)), context(tmp_path))
        next(results)
        cluster.head_node.kill_gcs_server(check_alive=False)
        with pytest.raises(WorkbenchError, match=r"head of the Ray cluster .* is gone") as raised:
            list(results)
        executor.close()
    assert "goes on from there" in raised.value.hint


def test_a_script_whose_head_was_killed_ends_like_the_command_line(tmp_path: Path) -> None:
    with two_nodes() as cluster:
        command = [sys.executable, "-m", "tests.support.lost_script", cluster.address]
        process = subprocess.Popen(
            [*command, str(tmp_path)], cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None and process.stdout.readline() == "begun\n"
        cluster.head_node.kill_gcs_server(check_alive=False)
        # Ray itself would end it after a minute, with a word of its own.
        _, fault = process.communicate(timeout=300)
    assert process.returncode == 2, fault
    assert fault.startswith("workbench: The head of the Ray cluster")
    assert "Traceback" not in fault and len(fault.splitlines()) == 2


def test_a_worker_that_lacks_the_code_says_what_to_install(
    joined: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "only_here.py").write_text("def opening(context):\n    return abs\n", "utf-8")
    import only_here  # type: ignore[import-not-found]

    with pytest.raises(WorkbenchError, match=r"cannot start: .*only_here") as raised:
        list(joined.map(only_here.opening, [1], context(tmp_path)))
    assert "same versions" in raised.value.hint
