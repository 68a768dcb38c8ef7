"""Whether rows of running text laid end to end (packing) train faster than rows side by side.

    python benchmarks/packing.py PROSE [--model smollm2] [--batches 3] [--tokens 1024]

The same rows both ways, forward and backward through all weights on the CPU: side by side and
padded, as `tuning.train_on: text` has them, and flattened into one row by transformers'
DataCollatorWithFlattening, whose positions begin anew for each. Seconds are of the processor, the
two taken in turn, the least of ``--rounds``. The losses must agree, else texts read one another.
The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import DataCollatorWithFlattening

from workbench.models import load
from workbench.tuning.batches import Item, encode_texts, schedule
from workbench.types import ModelReference

IGNORED = -100
CHARACTERS = 40_000


def padded(rows: Sequence[Item], pad: int) -> dict[str, torch.Tensor]:
    """Rows side by side."""
    width = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), width), pad)
    labels = torch.full((len(rows), width), IGNORED)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for place, row in enumerate(rows):
        size = len(row.ids)
        ids[place, :size] = torch.tensor(row.ids)
        labels[place, row.start : size] = ids[place, row.start : size]
        mask[place, :size] = 1
    return {"input_ids": ids, "labels": labels, "attention_mask": mask}


def flattened(rows: Sequence[Item]) -> dict[str, torch.Tensor]:
    """Rows end to end."""
    collate = DataCollatorWithFlattening(return_tensors="pt")
    listed = [
        {"input_ids": list(row.ids), "labels": [IGNORED] * row.start + list(row.ids[row.start :])}
        for row in rows
    ]
    made: dict[str, torch.Tensor] = collate(listed)
    return made


def step(network: Any, batch: dict[str, torch.Tensor]) -> tuple[float, float]:
    """(seconds of the processor, loss) of one forward and backward pass."""
    began = time.process_time()
    # Without a cache transformers tells the rows of a flattened batch apart by their positions.
    loss = network(**batch, use_cache=False).loss
    loss.backward()
    network.zero_grad(set_to_none=True)
    return time.process_time() - began, float(loss.detach())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("prose", type=Path)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--batches", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    model: Any = load(ModelReference(given.model, precision="float32"))
    (first, *_) = sorted(given.prose.glob("*.txt"))
    text = first.read_text("utf-8", errors="replace")[5000 : 5000 + CHARACTERS]
    items = encode_texts([text], model.encoder, model.prompt_format, model.context_window)
    (plan,) = schedule(items, [], 0.0, 1, given.tokens, 0)
    laid = sum(max(len(row.ids) for row in batch) * len(batch) for batch in plan)
    real = sum(len(row.ids) for batch in plan for row in batch)
    print(f"{len(items)} rows, {100 * (1 - real / laid):.1f}% of the places padding",
          flush=True)  # fmt: skip
    chosen = plan[: given.batches]
    ways: dict[str, Callable[[Sequence[Item]], dict[str, torch.Tensor]]] = {
        "padded": lambda rows: padded(rows, model.pad_id), "flattened": flattened,
    }  # fmt: skip
    seconds = {way: [float("inf")] * len(chosen) for way in ways}
    losses: dict[str, list[float]] = {way: [0.0] * len(chosen) for way in ways}
    model.model.train()
    for _ in range(given.rounds):
        for place, rows in enumerate(chosen):
            for way, lay in ways.items():
                took, losses[way][place] = step(model.model, lay(rows))
                seconds[way][place] = min(seconds[way][place], took)
    tokens = sum(len(row.ids) for batch in chosen for row in batch)
    rates = {way: tokens / sum(taken) for way, taken in seconds.items()}
    apart = max(abs(a - b) for a, b in zip(losses["padded"], losses["flattened"], strict=True))
    for way, rate in rates.items():
        print(f"{way}: {rate:.0f} tokens a second of one core")
    print(json.dumps({
        "padding": round(1 - real / laid, 4),
        "tokens_per_s": {way: round(rate, 1) for way, rate in rates.items()},
        "flattened_over_padded": round(rates["flattened"] / rates["padded"], 3),
        "losses_apart": round(apart, 5),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
