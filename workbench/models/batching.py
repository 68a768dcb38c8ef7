"""Which prompts go together: batches of similar length under a budget of padded tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from workbench.types import Completion, Prompt

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


def at_once(
    ask: Callable[[Prompt], Completion], prompts: Sequence[Prompt], most: int
) -> Iterator[list[tuple[int, Completion]]]:
    """(index, completion) as each reply comes in, of ``most`` that are asked for at a time."""
    workers = min(most, max(1, len(prompts)))
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="asking")
    try:
        futures = {pool.submit(ask, prompt): i for i, prompt in enumerate(prompts)}
        for future in as_completed(futures):
            yield [(futures[future], future.result())]
    finally:
        # A caller that stops early must not wait for the requests under way.
        pool.shutdown(wait=False, cancel_futures=True)


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
