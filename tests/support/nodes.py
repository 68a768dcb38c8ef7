"""A Ray cluster of two nodes on this machine, for tests that are skipped where Ray is missing."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
TRIES = 5
#: Bytes of a node's object store.
STORE = 80_000_000


@contextmanager
def two_nodes(cpus: int = 1, client_port: int | None = None) -> Iterator[Any]:
    """The cluster (``address``, ``head_node``), of so many CPUs a node; gone with the block.

    With ``client_port`` it can be reached as ``ray://127.0.0.1:<port>`` too.
    """
    # The nodes' workers find the package, and this folder's tests, where this process does.
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))
    )
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    own: dict[str, Any] = {"include_dashboard": False}
    if client_port is not None:
        own["ray_client_server_port"] = client_port
    cluster = started(
        lambda: Cluster(initialize_head=True, head_node_args={**node(num_cpus=cpus), **own})
    )
    try:
        started(lambda: cluster.add_node(**node(num_cpus=cpus)))
        yield cluster
    finally:
        # Of a head that was killed not all can be told to end.
        with suppress(Exception):
            cluster.shutdown()


def node(**resources: float) -> dict[str, Any]:
    """What a node is started with."""
    return {**resources, "object_store_memory": STORE}


def started(start: Callable[[], Any]) -> Any:
    """Start a node: one that does not stand within Ray's half a minute, on a busy machine, is
    started again; where none ever stands, that says nothing of the workbench."""
    for _ in range(TRIES):
        # Ray raises a bare Exception for it.
        with suppress(Exception):
            return start()
    pytest.skip(f"Ray could not start a node on this machine, {TRIES} times")


def free_port() -> int:
    """A port of this machine that nothing listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def workers() -> list[int]:
    """The processes below this one that have a worker of the workbench in them."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if any(part.startswith("ray::Worker") for part in process.cmdline()):
                found.append(process.pid)
    return found
