"""What does a Ray cluster add to a unit of work, and do more workers do more?

    python -m benchmarks.workers [--units 200] [--seconds 0.05] [--workers 1 2 4]

Starts a cluster of two nodes on this machine and has its workers do units that wait for
``--seconds``, so many for each worker, through the executor that stages use. The clock runs from
the tenth result of each worker to the last, so that starting is told apart. Efficiency is the time
that the units wait over the time that the workers were there; the overhead is what a unit took
longer, in a worker's time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support.nodes import two_nodes
from workbench.engine.cache import ArtifactCache
from workbench.engine.executors import Executor, Local
from workbench.experiment.executor import ExecutorSpec
from workbench.stages.context import RunContext

#: Results of each worker before the clock starts.
BEFORE = 10


def waiting(context: RunContext) -> Callable[[float], float]:
    """Opens a worker whose units only wait."""

    def wait(seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    return wait


def measured(
    executor: Executor, workers: int, units: int, seconds: float, folder: Path
) -> dict[str, Any]:
    """Figures of one executor with so many workers."""
    context = RunContext(ArtifactCache(folder))
    began = time.perf_counter()
    since, first = began, 0.0
    count, before = units * workers, BEFORE * workers
    for number, _ in enumerate(executor.map(waiting, [seconds] * count, context), 1):
        if number == 1:
            first = time.perf_counter() - began
        if number == before:
            since = time.perf_counter()
    took = time.perf_counter() - since
    done = count - before
    return {
        "workers": workers,
        "units_per_s": round(done / took, 1),
        "efficiency": round(done * seconds / workers / took, 3),
        "overhead_ms": round(1000 * (took * workers / done - seconds), 2),
        "first_result_s": round(first, 1),
    }


def on_ray(
    workers: Sequence[int], units: int, seconds: float, folder: Path
) -> list[dict[str, Any]]:
    """The figures on a cluster of two nodes."""
    from workbench.engine.executors.ray_cluster import RayCluster

    found = []
    with two_nodes(-(-max(workers) // 2)) as cluster:
        for number in workers:
            executor = RayCluster(ExecutorSpec(ray=cluster.address, workers=number))
            found.append(measured(executor, number, units, seconds, folder))
            print(json.dumps(found[-1]), flush=True)
            executor.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--units", type=int, default=200, help="for each worker")
    parser.add_argument("--seconds", type=float, default=0.05)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = {
            "local": measured(Local(), 1, args.units, args.seconds, Path(folder)),
            "ray": on_ray(args.workers, args.units, args.seconds, Path(folder)),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
