"""Run campaigns, or print what they came to; see the package's docstring."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.soak import disks, hostile, kills, ray_cluster, searches, shared
from benchmarks.soak.cases import Case, finished
from workbench.io import jsonl

#: Each campaign with its case and how many cases it has.
CAMPAIGNS: dict[str, tuple[Case, int]] = {
    "run-killed": (kills.run_killed, 20),
    "update-killed": (kills.update_killed, 5),
    "endpoint-run-killed": (kills.endpoint_run_killed, 10),
    "search-killed": (searches.search_killed, 5),
    "shared-cache": (shared.shared_cache, 5),
    "server-ended": (kills.server_ended, 20),
    "two-users": (kills.two_users, 5),
    "clock-set-back": (kills.clock_set_back, 5),
    "ray-worker-killed": (ray_cluster.ray_worker_killed, 5),
    "ray-head-killed": (ray_cluster.ray_head_killed, 5),
    "full-disk": (disks.full_disk, 20),
    "read-only": (disks.read_only, 10),
    "damaged": (disks.damaged, 200),
    "hostile": (hostile.hostile, 500),
}


def soak(
    campaigns: Annotated[list[str] | None, typer.Argument(help=", ".join(CAMPAIGNS))] = None,
    count: Annotated[int | None, typer.Option(help="Cases of each campaign.")] = None,
    folder: Annotated[Path, typer.Option(help="Where cases are run and kept.")] = Path(".soak"),
    table: Annotated[bool, typer.Option("--table", help="Print what has been run.")] = False,
) -> None:
    """Run campaigns of seeded cases; those that have been run are not run again."""
    folder = folder.resolve()
    results = folder / "results.jsonl"
    records = list(jsonl.read(results)) if results.exists() else []
    if table:
        print(_table(records))
        return
    finished(folder)
    done = {(record["campaign"], record["seed"]) for record in records}
    for name in campaigns or CAMPAIGNS:
        case, usual = CAMPAIGNS[name]
        for seed in range(usual if count is None else count):
            if (name, seed) in done:
                continue
            home = folder / f"{name}-{seed}"
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            began = time.monotonic()
            outcome = case(seed, home)
            record = {
                "campaign": name, "seed": seed, "held": outcome.held, "note": outcome.note,
                "tries": outcome.tries, "seconds": round(time.monotonic() - began, 1),
            }  # fmt: skip
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
            print(json.dumps(record, ensure_ascii=False), flush=True)
            # A case that did not hold stays, to be looked at.
            if outcome.held:
                shutil.rmtree(home)


def _table(records: list[dict[str, object]]) -> str:
    lines = ["| campaign | cases | disturbances | held |", "|---|---|---|---|"]
    for name in CAMPAIGNS:
        mine = [record for record in records if record["campaign"] == name]
        if mine:
            tries = sum(int(str(record["tries"])) for record in mine)
            held = sum(bool(record["held"]) for record in mine)
            lines.append(f"| `python -m benchmarks.soak {name}` | {len(mine)} | {tries} | {held} |")
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(soak)
