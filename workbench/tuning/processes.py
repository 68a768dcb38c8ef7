"""One training in several processes of this machine, each on a GPU of its own (or on the CPU).

torch's launcher starts them, accelerate (inside of transformers' Trainer) joins their gradients.
Everything that they need lies in a file, so that each loads the model by itself.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.experiment.tuning import TuningSpec
from workbench.io.files import read_json, write_json
from workbench.io.jsonl import read
from workbench.tuning.batches import Item
from workbench.types import ModelReference, Progress, Watch, silent, unwatched

if TYPE_CHECKING:
    from workbench.models.local import LocalModel

JOB, DONE, LOG = "job.json", "done.json", "processes.log"
_FAULT = re.compile(r"[\w.]*(Error|Exception)\b: ")
LOOK_S = 0.5  # between two looks at how far it is

Plan = Sequence[Sequence[Sequence[Item]]]


def train_in_processes(
    spec: TuningSpec,
    model: LocalModel,
    plan: Plan,
    train: Sequence[Item],
    dev: Sequence[Item],
    out: Path,
    seed: int,
    progress: Progress = silent,
    watch: Watch = unwatched,
) -> dict[str, Any]:
    """Train as :class:`~workbench.tuning.trainer.AdapterTrainer` does, in ``spec.processes``.

    Raises WorkbenchError with the processes' own words where they fail; checkpoints stay.
    """
    job, done = out / JOB, out / DONE
    done.unlink(missing_ok=True)
    write_json(job, {
        "spec": spec.model_dump(mode="json"), "model": asdict(model.reference),
        "batch_tokens": model.batch_tokens, "seed": seed, "train": _written(train),
        "dev": _written(dev), "plan": [[_written(batch) for batch in epoch] for epoch in plan],
    })  # fmt: skip
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone",
               f"--nproc-per-node={spec.processes}", "-m", __name__, str(out)]  # fmt: skip
    total, heard_of = sum(map(len, plan)), 0
    with (out / LOG).open("w", encoding="utf-8") as heard, _out_of_the_way(model):
        running = subprocess.Popen(command, stdout=heard, stderr=heard, env=_environment(spec))
        try:
            while running.poll() is None:
                time.sleep(LOOK_S)
                heard_of = _tell(out / "losses.jsonl", total, progress, watch, heard_of)
        finally:
            # An interrupted run leaves no training behind that nobody waits for.
            if running.poll() is None:
                running.terminate()
                running.wait()
    if not done.is_file():
        lines = (out / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
        # The launcher's own error says only that a process failed; theirs come before it.
        faults = [line for line in lines if _FAULT.match(line.partition("]: ")[2] or line)]
        said = next((line for line in faults if "ChildFailedError" not in line), "no reason given")
        raise WorkbenchError(
            f"Tuning in {spec.processes} processes ended before its time: {said.strip()[:300]}",
            f"The whole of it is in {out / LOG}; tuning.processes: 1 trains in this process.",
        )
    facts = dict(read_json(done))
    for path in (job, done, out / LOG):
        path.unlink(missing_ok=True)
    return {**facts, "processes": spec.processes}


def _written(items: Sequence[Item]) -> list[list[Any]]:
    return [[list(item.ids), item.start] for item in items]


def _items(listed: Sequence[Sequence[Any]]) -> list[Item]:
    return [Item(tuple(ids), start) for ids, start in listed]


def _environment(spec: TuningSpec) -> dict[str, str]:
    """The launcher's surroundings: the cores shared out, unless the user says how many threads."""
    threads = max(1, (os.cpu_count() or 1) // spec.processes)
    return {"OMP_NUM_THREADS": str(threads), **os.environ}


def _tell(losses: Path, total: int, progress: Progress, watch: Watch, heard_of: int) -> int:
    """How far it is; the epochs beyond those that were ``heard_of``, and how many there are now."""
    try:
        lines = list(read(losses))
    except (OSError, ValueError, WorkbenchError):
        return heard_of
    last = next((r for r in reversed(lines) if r["loss"] is not None), None)
    if last is not None:
        progress(last["step"], total, f"loss {last['loss']:.2f}")
    scored = [r for r in lines if r["dev_chance"] is not None and r["step"] > 0]
    for record in scored[heard_of:]:
        watch(record["epoch"], record["dev_chance"])
    return max(heard_of, len(scored))


@contextmanager
def _out_of_the_way(model: LocalModel) -> Iterator[None]:
    """The GPU's memory for the processes: this one's copy waits in the main memory."""
    device = model.model.device
    moves = device.type == "cuda" and not hasattr(model.model, "hf_device_map")
    if moves:
        import torch

        model.model.to("cpu")
        torch.cuda.empty_cache()
    try:
        yield
    finally:
        if moves:
            model.model.to(device)


def _train_a_share(out: Path) -> None:
    """What each of the processes does."""
    rank = os.environ["LOCAL_RANK"]
    job = json.loads((out / JOB).read_text("utf-8"))
    if job["model"]["device"] in ("auto", "cuda"):
        # One GPU is all that this process sees, so that the model is not spread over several.
        os.environ |= {"CUDA_VISIBLE_DEVICES": _own_gpu(int(rank)), "LOCAL_RANK": "0"}
    from workbench.models.local import LocalModel
    from workbench.tuning.trainer import AdapterTrainer, is_first

    model = LocalModel(ModelReference(**job["model"]), job["batch_tokens"])
    plan = [[_items(batch) for batch in epoch] for epoch in job["plan"]]
    facts = AdapterTrainer(
        TuningSpec(**job["spec"]), model, plan, _items(job["train"]), _items(job["dev"]), out,
        job["seed"],
    ).run(silent)  # fmt: skip
    if is_first():
        write_json(out / DONE, facts)


def _own_gpu(rank: int) -> str:
    """The name of this process's GPU among those that the user lets be seen."""
    seen = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    listed = [name for name in seen.split(",") if name]
    return listed[rank] if rank < len(listed) else str(rank)


if __name__ == "__main__":
    _train_a_share(Path(sys.argv[1]))
