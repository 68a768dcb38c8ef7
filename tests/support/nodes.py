"""A Ray cluster of two nodes on this machine, for tests that are skipped where Ray is missing."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

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

    each = {"num_cpus": cpus, "object_store_memory": STORE, "include_dashboard": False}
    head = {**each, "ray_client_server_port": client_port} if client_port else each
    cluster = started(lambda: Cluster(initialize_head=True, head_node_args=head))
    try:
        started(lambda: cluster.add_node(**each))
        yield cluster
    finally:
        # Of a head that was killed not all can be told to end.
        with suppress(Exception):
            cluster.shutdown()


def started(start: Callable[[], Any]) -> Any:
    """Start a node: one that does not stand within Ray's half a minute, on a busy machine, is
    started again."""
    for _ in range(TRIES - 1):
        # Ray raises a bare Exception for it.
        with suppress(Exception):
            return start()
    return start()


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
