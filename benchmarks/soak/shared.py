"""Two machines with a cache each and one folder between them that has nothing but rename."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.soak.cases import Outcome, different, finished, workbench
from benchmarks.soak.kills import killed_until_done
from tests.support.small_run import write_experiment


def shared_cache(seed: int, folder: Path) -> Outcome:
    """Both make the same run at once and are killed at random until they end; a third finds it."""
    undisturbed = finished(folder.parent)
    homes = [folder / name for name in ("first", "second", "third")]
    for home in homes:
        home.mkdir()
        write_experiment(home)
    shared = folder / "shared"
    os.environ["WORKBENCH_SHARED_CACHE"] = str(shared)
    try:
        with ThreadPoolExecutor() as pool:
            kills = list(pool.map(killed_until_done, homes[:2], (seed, seed + 1000)))
        ended = [workbench(home, "run", "small.yaml") for home in homes]
    finally:
        del os.environ["WORKBENCH_SHARED_CACHE"]
    unlike = [why for home in homes if (why := different(home, undisturbed))]
    locks = [path.name for path in shared.rglob("*") if "lock" in path.name]
    made = list((homes[2] / "cache").glob("*/artifact.json"))
    faults = [*unlike, *locks, *(f"made again: {path.parent.name}" for path in made)]
    held = not faults and not any(one.fell or one.code for one in ended)
    return Outcome(held, "; ".join(faults) or "the same records, three times", sum(kills))
