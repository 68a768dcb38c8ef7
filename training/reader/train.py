"""Train the reader: ``python -m training.reader.train --help``.

The learning rate warms up and then falls in a straight line to zero, by the clock
(``--minutes``), so that the decay completes on a shared machine, or by ``--steps``. Figures keep
rising until the rate is zero, so give it the time you have. An interrupted run resumes from its
last checkpoint when started again with the same ``--out``. Under ``torchrun
--nproc-per-node N -m …`` the processes learn in parallel and average their weights every few steps
(local SGD; Stich 2019, "Local SGD Converges Fast and Communicates Little"). On a CPU N processes of
one thread each are faster than one of N threads, and than N that average every gradient.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from training.reader.convert import from_minilm, save, tokenizer_of_minilm
from training.reader.data.batches import Batch, batches
from training.reader.data.sources import from_folder, from_hub, with_mined
from training.reader.data.tasks import Tasks
from workbench.io import jsonl
from workbench.io.files import whole_file
from workbench.models.reader import register
from workbench.models.reader.modeling import ReaderForCausalLM

_log = logging.getLogger(__name__)

#: Steps after which processes average their weights.
APART = 16


@dataclass(frozen=True)
class TrainingSpec:
    """How one training run goes. Times in minutes, rates per AdamW step at their peak."""

    out: Path
    data: Path | None = None
    mined: tuple[Path, ...] = ()
    init: Path | None = None
    minutes: float = 90.0
    steps: int | None = None
    batch_tokens: int = 4096
    body_rate: float = 3e-4
    head_rate: float = 1e-3
    warmup_steps: int = 100
    weight_decay: float = 0.01
    source_weight: float = 0.3
    dropout: float = 0.1
    checkpoint_minutes: float = 10.0
    seed: int = 0
    threads: int = 2
    device: str = "cpu"


def train(spec: TrainingSpec) -> Any:
    """Run or resume the training of ``spec`` and write its weights to ``spec.out/weights``."""
    torch.set_num_threads(spec.threads)
    register()
    spec.out.mkdir(parents=True, exist_ok=True)
    rank = dist.get_rank() if dist.is_initialized() else 0
    tokenizer = tokenizer_of_minilm()
    model = _start(spec).to(spec.device).train()
    optimizer = _optimizer(model, spec)
    step, spent = _resume(spec, model, optimizer)
    # With the step, so that a resumed run does not draw its first examples again.
    seed = spec.seed + step + 7919 * rank
    torch.manual_seed(seed)
    sources = with_mined(from_folder(spec.data) if spec.data else from_hub(), spec.mined)
    stream = batches(
        Tasks(sources),
        tokenizer,
        random.Random(seed),
        spec.batch_tokens,
        model.config.max_position_embeddings,
    )
    began = saved = time.monotonic()
    mean: float | None = None
    seen = 0
    while True:
        elapsed = spent + time.monotonic() - began
        share = _share(spec, step, elapsed)
        if step % APART == 0:
            share = _agreed(share, model)
        # Processes stop only where they have agreed: one that left alone would hang the others.
        if share >= 1 and (step % APART == 0 or not dist.is_initialized()):
            break
        batch = next(stream)
        loss = _step(model, optimizer, batch, _rate(spec, step, share), spec)
        mean = loss if mean is None else 0.98 * mean + 0.02 * loss
        step, seen = step + 1, seen + batch.input_ids.numel()
        if step % 10 == 0 and rank == 0:
            speed = seen / (time.monotonic() - began)
            _record(spec, step=step, loss=mean, share=share, tokens_per_s=speed, elapsed_s=elapsed)
        if time.monotonic() - saved > spec.checkpoint_minutes * 60 and rank == 0:
            _checkpoint(spec, model, optimizer, step, elapsed)
            saved = time.monotonic()
    if rank:
        return model
    _checkpoint(spec, model, optimizer, step, elapsed)
    save(model, spec.out / "weights")
    tokenizer.save_pretrained(spec.out / "weights")
    return model.eval()


def _start(spec: TrainingSpec) -> Any:
    model = ReaderForCausalLM.from_pretrained(spec.init) if spec.init else from_minilm()
    for part in model.modules():
        if isinstance(part, nn.Dropout):
            part.p = spec.dropout
    # Untrained: going on with what is being copied starts likely, repeating a pair unlikely.
    if not model.follow.weight.any():
        with torch.no_grad():
            model.follow.bias.copy_(torch.tensor([0.5, 0.5, 0.5, 0.0, -0.5]))
    return model.float()


def _optimizer(model: ReaderForCausalLM, spec: TrainingSpec) -> torch.optim.Optimizer:
    """AdamW; what is new in the reader learns faster than MiniLM's weights."""
    body: list[nn.Parameter] = []
    heads: list[nn.Parameter] = []
    follow: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        if name.startswith("follow"):
            follow.append(parameter)
        else:
            old = name.startswith(("words", "positions", "norm", "blocks"))
            (body if old else heads).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": body, "peak": spec.body_rate},
            {"params": heads, "peak": spec.head_rate},
            {"params": follow, "peak": 4 * spec.head_rate},
        ],
        lr=spec.body_rate,
        betas=(0.9, 0.98),
        weight_decay=spec.weight_decay,
        fused=True,
    )


def _share(spec: TrainingSpec, step: int, elapsed: float) -> float:
    """How much of the run is over, 0 to 1."""
    return step / spec.steps if spec.steps else elapsed / (spec.minutes * 60)


@torch.no_grad()
def _agreed(share: float, model: nn.Module) -> float:
    """The processes' mean share, so that they stop together; their weights become the mean too."""
    if not dist.is_initialized():
        return share
    weights = parameters_to_vector(model.parameters())
    mean = torch.cat([weights, weights.new_tensor([share])])
    dist.all_reduce(mean)
    mean /= dist.get_world_size()
    vector_to_parameters(mean[:-1], model.parameters())
    return float(mean[-1])


def _rate(spec: TrainingSpec, step: int, share: float) -> float:
    """Share of the peak rate at this point."""
    return min(1.0, (step + 1) / spec.warmup_steps) * max(0.0, 1 - share)


def _step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    rate: float,
    spec: TrainingSpec,
) -> float:
    """One update; returns the batch's weighted mean loss per completion token in nats."""
    device = spec.device
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * rate
    with torch.autocast(device.split(":")[0], dtype=torch.bfloat16):
        output = model(
            batch.input_ids.to(device),
            attention_mask=batch.attention_mask.to(device),
            labels=batch.labels.to(device),
            sources=batch.sources.to(device),
        )
    loss = _weighted(output.target_logp, batch, device)
    quoted = output.source_logp.sum() / max(len(output.source_logp), 1)
    (loss - spec.source_weight * quoted).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def _weighted(logp: Tensor, batch: Batch, device: str) -> Tensor:
    """Mean negative log p over completion tokens, each with its row's weight."""
    weights = batch.weights.to(device)
    counts = (batch.labels != -100).sum(1).to(device)
    return -(logp.sum(1) * weights).sum() / (counts * weights).sum()


def _record(spec: TrainingSpec, **values: Any) -> None:
    """Append one line to the loss log."""
    line = {k: round(v, 5) if isinstance(v, float) else v for k, v in values.items()}
    with (spec.out / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
    _log.info("%s", line)


def _checkpoint(
    spec: TrainingSpec,
    model: ReaderForCausalLM,
    optimizer: torch.optim.Optimizer,
    step: int,
    elapsed: float,
) -> None:
    """Everything a resumed run needs, written whole or not at all."""
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "elapsed": elapsed,
    }
    with whole_file(spec.out / "checkpoint.pt") as partial:
        torch.save(state, partial)


def _resume(
    spec: TrainingSpec, model: ReaderForCausalLM, optimizer: torch.optim.Optimizer
) -> tuple[int, float]:
    """Load the last checkpoint of this run, if there is one: its step and seconds spent."""
    path = spec.out / "checkpoint.pt"
    if not path.exists():
        return 0, 0.0
    state = torch.load(path, map_location=spec.device, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    _log.info("resumed at step %d", state["step"])
    return int(state["step"]), float(state["elapsed"])


def _arguments(argv: list[str] | None) -> Iterator[tuple[str, Any]]:
    parser = argparse.ArgumentParser(prog="python -m training.reader.train")
    parser.add_argument("--out", type=Path, required=True, help="folder of this run")
    parser.add_argument("--data", type=Path, help="folder of texts; without it: the hub, by name")
    parser.add_argument(
        "--mined", type=Path, nargs="+", help="files that training.reader.mine wrote"
    )
    parser.add_argument("--init", type=Path, help="reader to start from; without it: MiniLM")
    parser.add_argument("--minutes", type=float, default=TrainingSpec.minutes)
    parser.add_argument("--steps", type=int, help="decay by steps instead of by the clock")
    for name in ("batch_tokens", "warmup_steps", "seed", "threads"):
        parser.add_argument("--" + name.replace("_", "-"), type=int)
    for name in (
        "body_rate",
        "head_rate",
        "weight_decay",
        "source_weight",
        "dropout",
        "checkpoint_minutes",
    ):
        parser.add_argument("--" + name.replace("_", "-"), type=float)
    parser.add_argument("--device")
    for name, value in vars(parser.parse_args(argv)).items():
        if value is not None:
            yield name, tuple(value) if name == "mined" else value


def main(argv: list[str] | None = None) -> None:
    """Command line: train, then evaluate where the data folder holds a validation file."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    spec = TrainingSpec(**dict(_arguments(argv)))
    _log.info("%s", asdict(spec))
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        dist.init_process_group("gloo" if spec.device == "cpu" else "nccl")
    train(spec)
    if dist.is_initialized() and dist.get_rank():
        return
    validation = (spec.data or Path()) / "fairytaleqa"
    if (validation / "validation.jsonl").exists():
        from training.reader.evaluate import evaluate, load

        questions = list(jsonl.load(validation / "validation.jsonl", dict))
        figures = evaluate(load(spec.out / "weights"), questions, [])
        _record(spec, **figures["answer"])


if __name__ == "__main__":
    main()
