"""Which prompts go together: batches of similar length under a budget of padded tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

DEFAULT_BATCH_TOKENS = 16384


def batches_by_length(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices in batches, longest first, each at most ``budget`` tokens once padded.

    Sorting keeps padding small; the longest come first so that memory runs out at once or never.
    A single item longer than the budget is a batch of its own.
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    batch: list[int] = []
    for index in order:
        longest = lengths[batch[0]] if batch else lengths[index]
        if batch and longest * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
