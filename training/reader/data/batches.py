"""Token sequences and batches of similar length."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

import torch
from torch import Tensor

from training.reader.data.tasks import ReaderExample, Tasks
from workbench.models.reader.tokenization import ReaderTokenizer

IGNORED = -100
LONGEST_COMPLETION = 60
SHORTEST_QUOTE = 3


@dataclass(frozen=True)
class Batch:
    """input_ids, attention_mask and labels [B, L]; weights [B] of each row's completion tokens.

    ``sources`` [N, 3] names the prompt positions that completion tokens are quoted from: row, place
    in the completion, position. See :func:`quoted`.
    """

    input_ids: Tensor
    attention_mask: Tensor
    labels: Tensor
    weights: Tensor
    sources: Tensor


def encode(
    examples: list[ReaderExample], tokenizer: ReaderTokenizer, window: int
) -> list[tuple[list[int], list[int], float]]:
    """Prompt and completion ids (``[SEP]`` at its end); examples over the window are left out."""
    prompts = tokenizer([e.prompt for e in examples])["input_ids"]
    completions = tokenizer([e.completion for e in examples], add_special_tokens=False)["input_ids"]
    kept = []
    for example, prompt, completion in zip(examples, prompts, completions, strict=True):
        whole = len(completion) <= LONGEST_COMPLETION
        tail = completion[:LONGEST_COMPLETION]
        # A novel goes on, and a cut reply has not ended: neither may teach the end token.
        if whole and not example.prompt.startswith("continue:"):
            tail = [*tail, tokenizer.sep_token_id]
        if len(prompt) + len(tail) <= window:
            kept.append((prompt, tail, example.weight))
    return kept


def quoted(prompt: list[int], completion: list[int]) -> list[tuple[int, int]]:
    """Pairs (place in the completion, position in the prompt) of the longest run they share.

    The run has at least ``SHORTEST_QUOTE`` tokens, or is the whole completion up to ``[SEP]``, and
    each of its occurrences in the prompt counts. A completion that composes quotes nothing.
    """
    # autojunk would ignore tokens that are frequent in a prompt of 200 tokens or more.
    run = SequenceMatcher(None, prompt, completion, autojunk=False).find_longest_match()
    if not run.size or run.size < min(SHORTEST_QUOTE, len(completion) - 1):
        return []
    words = completion[run.b : run.b + run.size]
    starts = [i for i in range(len(prompt)) if prompt[i : i + run.size] == words]
    return [(run.b + j, start + j) for start in starts for j in range(run.size)]


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
    matches = [
        (row, place, position)
        for row, (prompt, tail, _) in enumerate(rows)
        for place, position in quoted(prompt, tail)
    ]
    weights = torch.tensor([weight for _, _, weight in rows])
    return Batch(ids, mask, labels, weights, torch.tensor(matches, dtype=torch.long).reshape(-1, 3))


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
