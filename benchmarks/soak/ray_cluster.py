"""SIGKILL of a worker and of the head of a Ray cluster of two nodes, at random moments of a run."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

from benchmarks.soak.cases import Outcome, different, finished, start, workbench
from tests.support.nodes import two_nodes, workers
from tests.support.small_run import write_experiment
from tests.support.waiting import until

#: Longest time between two workers that are killed, and from the first worker to the head's end.
BETWEEN_S, HEAD_S = 30.0, 60.0
KILLS = 4


def ray_worker_killed(seed: int, folder: Path) -> Outcome:
    """Workers are killed again and again: the run ends by itself, with the records of one that
    nothing disturbed."""
    write_experiment(folder)
    rng, kills = random.Random(seed), 0
    with two_nodes() as cluster:
        process = start(folder, "run", "small.yaml", "--set", f"executor.ray={cluster.address}")
        while process.poll() is None and kills < KILLS:
            time.sleep(rng.uniform(0, BETWEEN_S))
            # It may have ended by itself just now.
            with suppress(ProcessLookupError):
                if there := workers():
                    os.kill(rng.choice(there), signal.SIGKILL)
                    kills += 1
        code = process.wait()
    unlike = different(folder, finished(folder.parent)) if code == 0 else ""
    held = code == 0 and not unlike
    return Outcome(held, f"ended with {code}; {unlike or 'same records'}", kills)


def ray_head_killed(seed: int, folder: Path) -> Outcome:
    """The head is killed: the run says so and ends, and goes on without a cluster to the same
    records."""
    write_experiment(folder)
    rng = random.Random(seed)
    with two_nodes() as cluster:
        process = start(folder, "run", "small.yaml", "--set", f"executor.ray={cluster.address}")
        until(lambda: workers() or process.poll() is not None)
        time.sleep(rng.uniform(0, HEAD_S))
        cluster.head_node.kill_gcs_server(check_alive=False)
        code = process.wait()
    ended = workbench(folder, "run", "small.yaml")
    unlike = different(folder, finished(folder.parent))
    # A run that was past all that workers do need not notice.
    held = code in (0, 2) and not (ended.fell or ended.code or unlike)
    return Outcome(held, f"ended with {code}; {unlike or 'same records'}")
