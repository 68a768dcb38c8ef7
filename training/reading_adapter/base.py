"""The model that is trained or measured, and encoded examples in batches of like lengths."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from workbench.errors import WorkbenchError
from workbench.models.encoding import Encoder
from workbench.types import Message, Prompt

CHUNK = 2048  # examples that are encoded together, and sorted by length


@dataclass(frozen=True)
class Base:
    """A causal language model on its device, its tokenizer and the encoder of its prompts."""

    model: Any
    tokenizer: Any
    encoder: Encoder

    @property
    def end(self) -> int:
        """The token that ends a reply."""
        return int(self.tokenizer.eos_token_id)

    @property
    def pad(self) -> int:
        """The token that fills short rows."""
        pad = self.tokenizer.pad_token_id
        return self.end if pad is None else int(pad)


def load(path: Path, device: torch.device) -> Base:
    """The model of a folder or a GGUF file; bfloat16 on a GPU, float32 on a CPU.

    The weights of a GGUF file are made whole again, so they are those of its quantisation.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder, options = (path, {}) if path.is_dir() else (path.parent, {"gguf_file": path.name})
    tokenizer = AutoTokenizer.from_pretrained(folder, **options)
    _check_end(tokenizer)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, **options).to(device)
    return Base(model.eval(), tokenizer, Encoder(tokenizer, tokenizer.eos_token_id))


def _check_end(tokenizer: Any) -> None:
    """See that replies end as the chat template ends them; transformers 5.17 misreads GGUF files.

    Raises WorkbenchError where they would not.
    """
    reply = "Yes"
    turns = [{"role": "user", "content": "Well?"}, {"role": "assistant", "content": reply}]
    end = str(tokenizer.apply_chat_template(turns, tokenize=False)).rpartition(reply)[2]
    if not end.startswith(tokenizer.eos_token):
        raise WorkbenchError(
            f"The tokenizer ends a text with {tokenizer.eos_token!r}, its template with {end!r}.",
            "Use a transformers that reads the file rightly (5.23 does), or a model folder.",
        )


@dataclass(frozen=True)
class Encoded:
    """The ids of a prompt with its reply (end token included), and where the reply starts."""

    ids: tuple[int, ...]
    start: int


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSONL file."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def prompt_of(row: dict[str, Any]) -> Prompt:
    """The chat turns of a row as a prompt."""
    return Prompt(tuple(Message(role, content) for role, content in row["turns"]))


def encode(encoder: Encoder, rows: Sequence[dict[str, Any]], longest: int) -> list[Encoded]:
    """The rows of at most ``longest`` tokens as ids."""
    prompts = encoder.prompts([prompt_of(row) for row in rows])
    replies = [encoder.completion(row["reply"]) for row in rows]
    encoded = [
        Encoded((*prompt, *reply), len(prompt))
        for prompt, reply in zip(prompts, replies, strict=True)
    ]
    return [example for example in encoded if len(example.ids) <= longest]


def chunks(path: Path, tokenizer: Path, longest: int, workers: int) -> Iterator[list[Encoded]]:
    """All examples of a file in encoded chunks, made by ``workers`` processes beside training."""
    work = partial(_encode_chunk, tokenizer=tokenizer, longest=longest)
    if not workers:
        yield from map(work, _raw_chunks(path))
        return
    # Not by fork: the parent may hold a GPU.
    with multiprocessing.get_context("spawn").Pool(workers, initializer=_alone) as pool:
        yield from pool.imap(work, _raw_chunks(path))


def _alone() -> None:
    # Else every process tokenizes on all cores, and training waits for its turn.
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


def _raw_chunks(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8") as file:
        while lines := list(islice(file, CHUNK)):
            yield lines


def _encode_chunk(lines: Sequence[str], tokenizer: Path, longest: int) -> list[Encoded]:
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(tokenizer)
    encoder = Encoder(loaded, loaded.eos_token_id)
    return encode(encoder, [json.loads(line) for line in lines], longest)


def batches(chunk: list[Encoded], size: int, rng: random.Random) -> list[list[Encoded]]:
    """A chunk in batches of ``size`` examples of like lengths, in random order.

    What is over is left out, unless there is no more than that.
    """
    kept = rng.sample(chunk, len(chunk) // size * size) if len(chunk) > size else chunk
    ordered = sorted(kept, key=lambda example: len(example.ids))
    found = [ordered[i : i + size] for i in range(0, len(ordered), size)]
    rng.shuffle(found)
    return found


def pieces(batch: Sequence[Encoded], tokens: int) -> Iterator[Sequence[Encoded]]:
    """A batch in equal parts of about ``tokens`` tokens, padding included."""
    ordered = sorted(batch, key=lambda example: len(example.ids))
    count = -(-len(ordered[-1].ids) * len(ordered) // tokens)
    # Equal parts, since for a single row compiled code would have to be made again.
    bounds = [round(i * len(ordered) / count) for i in range(count + 1)]
    for low, high in pairwise(bounds):
        if low < high:
            yield ordered[low:high]


def tensors(part: Sequence[Encoded], pad: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Right-padded ids, and the next token of each place (-100 outside of replies)."""
    width = max(len(example.ids) for example in part)
    ids = torch.full((len(part), width), pad)
    labels = torch.full((len(part), width), -100)
    for i, example in enumerate(part):
        row = torch.tensor(example.ids)
        ids[i, : len(row)] = row
        labels[i, example.start - 1 : len(row) - 1] = row[example.start :]
    return ids.to(device, non_blocking=True), labels.to(device, non_blocking=True)
