"""Which prompts go together: batches of similar length under a budget of padded tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from workbench.types import Completion

DEFAULT_BATCH_TOKENS = 16384
#: Scores of so many tokens over the vocabulary are held at a time, a quarter of a GiB in 32 bits:
#: of a large vocabulary they would take more memory than the model.
SCORES_AT_ONCE = 2**26


def tokens_scored_at_once(vocabulary: int) -> int:
    """How many tokens' scores over a vocabulary of that size are held at a time."""
    return max(1, SCORES_AT_ONCE // vocabulary)


def in_order(batches: Iterable[Sequence[tuple[int, Completion]]]) -> list[Completion]:
    """The completions of batches of (place, completion) in the order of their places."""
    done = {place: completion for batch in batches for place, completion in batch}
    return [done[place] for place in range(len(done))]


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
