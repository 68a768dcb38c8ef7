"""Train the adapter: ``python -m training.reading_adapter.train --help``.

LoRA on all linear layers, loss on the replies alone. The rate warms up and then falls in a
straight line to zero by the clock (``--minutes`` from the first step on), so that a run ends when
it has to. On a GPU the network computes in bfloat16 and the optimizer keeps the adapter in
float32. ``OUT/adapter`` is written every minute and at the end, in bfloat16.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from copy import copy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from training.reading_adapter.base import (
    Base,
    Encoded,
    batches,
    chunks,
    encode,
    load,
    pieces,
    read,
    tensors,
)
from training.reading_adapter.evaluate import measure
from workbench.io.files import whole_file

log = logging.getLogger(__name__)

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True)
class AdapterSpec:
    """How one training goes; the rate is AdamW's at its peak."""

    minutes: float = 7.3
    rate: float = 1.2e-3
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    batch: int = 64  # examples of a step
    piece_tokens: int = 32768  # tokens computed at once
    longest: int = 2304  # tokens of an example; longer ones are left out
    warmup: int = 40
    weight_decay: float = 0.01
    seed: int = 0
    compiled: bool = False
    workers: int = 3
    steps: int | None = None
    dev_examples: int = 400
    save_s: float = 60.0
    base_name: str = "HuggingFaceTB/SmolLM2-135M-Instruct"  # what the adapter says it is for


def train(base: Base, data: Path, out: Path, spec: AdapterSpec) -> Any:
    """Train an adapter into ``out/adapter``; return the peft model, to be measured."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(spec.seed)
    model = get_peft_model(
        base.model,
        LoraConfig(
            r=spec.rank,
            lora_alpha=spec.alpha,
            lora_dropout=spec.dropout,
            target_modules=list(LINEAR),
            task_type="CAUSAL_LM",
        ),
        autocast_adapter_dtype=False,
    )
    device = base.model.device
    tuned = [p for p in model.parameters() if p.requires_grad]
    for parameter in tuned:
        parameter.data = parameter.data.to(base.model.dtype)
    # Steps of the rate's size vanish in bfloat16, so the optimizer moves copies in float32.
    masters = [p.detach().float().clone().requires_grad_() for p in tuned]
    optimizer = torch.optim.AdamW(
        masters, lr=spec.rate, weight_decay=spec.weight_decay, fused=device.type == "cuda"
    )
    rows = list(read(data / "dev.jsonl"))
    random.Random(0).shuffle(rows)
    dev = encode(base.encoder, rows[: spec.dev_examples], spec.longest)
    model.train()
    layers = _Layers(base) if spec.compiled else nullcontext()
    clock = _Clock(spec)
    seen = tokens = 0
    saved = began = time.monotonic()
    for step, batch in enumerate(_stream(base, data, spec)):
        if step == 0:
            clock.start()
            began = saved = time.monotonic()
        share = clock.share(step)
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = spec.rate * min(1.0, (step + 1) / spec.warmup) * (1 - share)
        with layers:
            loss = _learn(base, batch, spec, train=True)
        for master, parameter in zip(masters, tuned, strict=True):
            assert parameter.grad is not None
            master.grad = parameter.grad.float()
            parameter.grad = None
        torch.nn.utils.clip_grad_norm_(masters, 1.0)
        optimizer.step()
        with torch.no_grad():
            for master, parameter in zip(masters, tuned, strict=True):
                parameter.copy_(master)
        seen, tokens = seen + len(batch), tokens + sum(len(example.ids) for example in batch)
        if step % 25 == 0 or step == 5:
            elapsed = time.monotonic() - began
            speed = tokens / max(elapsed, 1e-9)
            _note(out, step=step, examples=seen, loss=float(loss), share=share, tokens_per_s=speed)
        if time.monotonic() - saved > spec.save_s:
            saved = time.monotonic()
            save(model, out / "adapter", spec.base_name)
            _note(out, step=step, examples=seen, dev_loss=_dev_loss(base, dev, spec), share=share)
    seconds = time.monotonic() - began
    model.eval()
    save(model, out / "adapter", spec.base_name)
    dev_loss = _dev_loss(base, dev, spec)
    facts: dict[str, float] = {
        "steps": step,
        "examples": seen,
        "tokens": tokens,
        "seconds": seconds,
    }
    if device.type == "cuda":
        facts["gpu_gb"] = torch.cuda.max_memory_allocated() / 1e9
    _note(out, **facts, dev_loss=dev_loss)
    return model


class _Layers:
    """The layers compiled while entered: one graph for all of them and for batches of all sizes."""

    def __init__(self, base: Base) -> None:
        # So that the first layer's input wants gradients like the others', and shares their graph.
        base.model.enable_input_require_grads()
        self.layers = list(base.model.model.layers)
        for layer in self.layers:
            layer.compile(dynamic=True)
        self.calls = [layer._compiled_call_impl for layer in self.layers]
        self.__exit__()

    def __enter__(self) -> None:
        for layer, call in zip(self.layers, self.calls, strict=True):
            layer._compiled_call_impl = call

    def __exit__(self, *error: object) -> None:
        for layer in self.layers:
            layer._compiled_call_impl = None


class _Clock:
    """How much of the training is done: by the clock, or by steps where they are given."""

    def __init__(self, spec: AdapterSpec) -> None:
        self.spec, self.began = spec, 0.0

    def start(self) -> None:
        self.began = time.monotonic()

    def share(self, step: int) -> float:
        by_time = (time.monotonic() - self.began) / (60 * self.spec.minutes)
        return max(by_time, step / self.spec.steps) if self.spec.steps else by_time


def _stream(base: Base, data: Path, spec: AdapterSpec) -> Iterator[list[Encoded]]:
    """Batches without end; another pass over the file begins where one has ended."""
    rng = random.Random(spec.seed)
    with tempfile.TemporaryDirectory() as folder:
        base.tokenizer.save_pretrained(folder)
        while True:
            for chunk in chunks(data / "train.jsonl", Path(folder), spec.longest, spec.workers):
                yield from batches(chunk, spec.batch, rng)


def _learn(base: Base, batch: list[Encoded], spec: AdapterSpec, train: bool) -> Tensor:
    """The mean loss of a batch's reply tokens; its gradients are added up where ``train``."""
    total = sum(len(example.ids) - example.start for example in batch)
    losses = []
    for part in pieces(batch, spec.piece_tokens):
        ids, labels = tensors(part, base.pad, base.model.device)
        # No mask: padding stands on the right, where causal attention does not look.
        hidden = base.model.model(input_ids=ids, use_cache=False).last_hidden_state
        asked = labels != -100
        logits = base.model.lm_head(hidden[asked]).float()
        loss = functional.cross_entropy(logits, labels[asked], reduction="sum") / total
        if train:
            loss.backward()  # type: ignore[no-untyped-call]
        losses.append(loss.detach())
    return torch.stack(losses).sum()


@torch.no_grad()
def _dev_loss(base: Base, dev: list[Encoded], spec: AdapterSpec) -> float:
    """The mean loss of the reply tokens of tales that are not trained on."""
    return float(_learn(base, dev, spec, train=False))


def save(model: Any, folder: Path, base_name: str) -> None:
    """The adapter in bfloat16, as peft loads it."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = get_peft_model_state_dict(model, save_embedding_layers=False)
    halved = {name: value.detach().to("cpu", torch.bfloat16) for name, value in state.items()}
    with whole_file(folder / "adapter_model.safetensors") as temporary:
        save_file(halved, temporary, metadata={"format": "pt"})
    config = copy(model.peft_config["default"])
    config.base_model_name_or_path, config.inference_mode = base_name, True
    config.save_pretrained(str(folder))


def _note(out: Path, **facts: float) -> None:
    line = json.dumps({key: round(value, 5) for key, value in facts.items()})
    log.info(line)
    with (out / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def main() -> None:
    """Read the arguments, train, and measure where an exam is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path, help="a GGUF file or a model folder")
    parser.add_argument("data", type=Path, help="the folder that prepare wrote")
    parser.add_argument("out", type=Path)
    parser.add_argument("--exam", type=int, help="measure on so many questions of each set; 0: all")
    parser.add_argument("--base-exam", type=int, help="the same for the base without adapter")
    defaults = asdict(AdapterSpec())
    for name, default in defaults.items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(default, bool):
            parser.add_argument(flag, action="store_true")
        else:
            kind = int if default is None else type(default)
            parser.add_argument(flag, type=kind, default=default)
    args = vars(parser.parse_args())
    spec = AdapterSpec(**{name: args[name] for name in defaults})
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    out: Path = args["out"]
    out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    log.info("%s on %s", spec, torch.cuda.get_device_name() if device.type == "cuda" else "CPU")
    base = load(args["base"], device)
    log.info("loaded")
    figures = {}
    exam = args["data"] / "exam.jsonl"
    if args["base_exam"] is not None:
        figures["base"] = measure(base, base.model, exam, args["base_exam"])
        log.info("base %s", json.dumps(figures["base"]))
    model = train(base, args["data"], out, spec)
    if args["exam"] is not None:
        figures["adapter"] = measure(base, model, exam, args["exam"], out / "answers.jsonl")
        log.info("adapter %s", json.dumps(figures["adapter"]))
    (out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
