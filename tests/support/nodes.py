"""A Ray cluster of two nodes on this machine, for tests that are skipped where Ray is missing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
TRIES = 5


@contextmanager
def two_nodes(cpus: int = 1) -> Iterator[Any]:
    """The cluster (``address``, ``head_node``), of so many CPUs a node; gone with the block."""
    # The nodes' workers find the package, and this folder's tests, where this process does.
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))
    )
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    each = {"num_cpus": cpus, "object_store_memory": 80_000_000, "include_dashboard": False}
    cluster = _patiently(lambda: Cluster(initialize_head=True, head_node_args=each))
    try:
        _patiently(lambda: cluster.add_node(**each))
        yield cluster
    finally:
        # Of a head that was killed not all can be told to end.
        with suppress(Exception):
            cluster.shutdown()


def _patiently(start: Callable[[], Any]) -> Any:
    """Start a node: one that does not stand within Ray's half a minute, on a busy machine, is
    started again."""
    for _ in range(TRIES - 1):
        # Ray raises a bare Exception for it.
        with suppress(Exception):
            return start()
    return start()


def workers() -> list[int]:
    """The processes below this one that have a worker of the workbench in them."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if any(part.startswith("ray::Worker") for part in process.cmdline()):
                found.append(process.pid)
    return found
