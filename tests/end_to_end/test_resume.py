"""Killed at any moment and run again: nothing twice, nothing lost, the same result."""

from __future__ import annotations

import random
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.small_run import command, environment, the_run, workbench, write_experiment
from tests.support.waiting import until
from workbench.io import jsonl

KILLS = 4


def outcome(folder: Path) -> dict[str, Any]:
    """What a run came to, timings apart."""
    import pyarrow.parquet as pq

    run = the_run(folder)
    answers = {
        path.stem: sorted(
            (r["question"], r["text"], r["input_tokens"], tuple(r["passages"]))
            for r in jsonl.read(path)
        )
        for path in sorted((run / "answers").glob("*.jsonl"))
    }
    scores = pq.read_table(run / "scores.parquet").to_pylist()
    return {
        "run": run.name,
        "questions": {
            path.name: path.read_text("utf-8")
            for path in sorted((run / "questions").glob("*.jsonl"))
        },
        "answers": answers,
        "scores": sorted(map(str, scores)),
    }


def written(folder: Path) -> int:
    """How many bytes of records lie in the run and in what is being made for it."""
    size = 0
    for path in [*folder.glob("runs/**/*"), *folder.glob("cache/**/*")]:
        with suppress(FileNotFoundError):
            size += path.stat().st_size if path.is_file() else 0
    return size


@pytest.mark.parametrize("seed", [1])
@pytest.mark.slow
def test_a_run_killed_at_random_moments_ends_like_an_undisturbed_one(
    small: Path, tmp_path: Path, seed: int
) -> None:
    rough = tmp_path / "rough"
    rough.mkdir()
    write_experiment(rough)
    rng = random.Random(seed)
    killed = 0
    while killed < KILLS:
        before = written(rough)
        process = subprocess.Popen(
            command(rough, "run", "small.yaml"),
            cwd=rough,
            env=environment(rough),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            # Past its start, which a busy machine draws out: every kill meets it at work.
            until(lambda: written(rough) != before or process.poll() is not None)  # noqa: B023
            process.wait(timeout=rng.uniform(0, 7))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
            continue
        assert process.returncode == 0
        break
    assert killed >= 2, "the run ended before it could be killed twice"
    workbench(rough, "run", "small.yaml")
    matches = outcome(rough)
    for name, answers in matches["answers"].items():
        assert len({question for question, *_ in answers}) == len(answers), f"{name}: twice"
    assert matches == outcome(small)
