"""A script that runs an experiment on the cluster of an address, until its head is gone.

Its pipeline is a hundred thousand units of nothing; its only line says that they have begun.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.support.units import squares
from workbench import Experiment, run
from workbench.cli import running
from workbench.engine.cache import ArtifactCache
from workbench.engine.executors import ray_cluster
from workbench.stages.context import RunContext
from workbench.stages.elsewhere import joined


def long(experiment: Experiment, _: Any) -> Any:
    with joined(experiment) as executor:
        context = RunContext(ArtifactCache(Path(sys.argv[2])), executor=executor)
        results = context.spread(squares, range(100_000))
        next(results)
        print("begun", flush=True)
        list(results)


if __name__ == "__main__":
    ray_cluster.GONE_S = 3.0
    running.run_pipeline = long
    run(
        Experiment(
            purpose="Answer questions.", name="x", corpus=__file__, executor={"ray": sys.argv[1]}
        )
    )
