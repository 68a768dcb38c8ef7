"""Token sequences and batches of like length."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.models.reader.data.tasks import Example, Tasks
from workbench.models.reader.tokenization import ReaderTokenizer

IGNORED = -100
LONGEST_COMPLETION = 60


@dataclass(frozen=True)
class Batch:
    """input_ids, attention_mask and labels [B, L]; weights [B] of each row's completion tokens."""

    input_ids: Tensor
    attention_mask: Tensor
    labels: Tensor
    weights: Tensor


def encode(
    examples: list[Example], tokenizer: ReaderTokenizer, window: int
) -> list[tuple[list[int], list[int], float]]:
    """Prompt and completion ids (``[SEP]`` at its end); examples over the window are left out."""
    prompts = tokenizer([e.prompt for e in examples])["input_ids"]
    completions = tokenizer([e.completion for e in examples], add_special_tokens=False)["input_ids"]
    kept = []
    for example, prompt, completion in zip(examples, prompts, completions, strict=True):
        whole = len(completion) <= LONGEST_COMPLETION
        tail = completion[:LONGEST_COMPLETION]
        if whole and not example.prompt.startswith("continue:"):
            tail = [*tail, tokenizer.sep_token_id]
        if len(prompt) + len(tail) <= window:
            kept.append((prompt, tail, example.weight))
    return kept


def collate(rows: list[tuple[list[int], list[int], float]]) -> Batch:
    """Pad on the right; labels on the completion alone."""
    length = max(len(prompt) + len(tail) for prompt, tail, _ in rows)
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    mask = torch.zeros(len(rows), length, dtype=torch.long)
    labels = torch.full((len(rows), length), IGNORED)
    for i, (prompt, tail, _) in enumerate(rows):
        size = len(prompt) + len(tail)
        ids[i, :size] = torch.tensor(prompt + tail)
        mask[i, :size] = 1
        labels[i, len(prompt) : size] = torch.tensor(tail)
    return Batch(ids, mask, labels, torch.tensor([weight for _, _, weight in rows]))


def batches(
    tasks: Tasks,
    tokenizer: ReaderTokenizer,
    rng: random.Random,
    tokens: int,
    window: int,
    pool: int = 400,
) -> Iterator[Batch]:
    """Endless batches of at most ``tokens`` padded tokens, from pools sorted by length."""
    while True:
        drawn = [e for e in (tasks.draw(rng) for _ in range(pool)) if e is not None]
        rows = encode(drawn, tokenizer, window)
        rows.sort(key=lambda row: len(row[0]) + len(row[1]))
        groups: list[list[tuple[list[int], list[int], float]]] = [[]]
        for row in rows:
            size = len(row[0]) + len(row[1])
            if groups[-1] and size * (len(groups[-1]) + 1) > tokens:
                groups.append([])
            groups[-1].append(row)
        rng.shuffle(groups)
        for group in groups:
            yield collate(group)
