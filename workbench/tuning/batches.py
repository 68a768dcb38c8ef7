"""What an adapter is trained on, as token ids in batches under a budget.

The loss counts completions alone. The order of all batches of all epochs is fixed before training
starts, so that a resumed training continues along the same list.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from workbench.experiment.tuning import TuningSpec
from workbench.types import Message, Prompt

TEXT_TOKENS = 96
POOL_BATCHES = 8

# How a prompt format opens a text that is to be continued; other models just read on.
CONTINUATION = {"reader": "continue:"}


@dataclass(frozen=True, slots=True)
class Example:
    """One prompt and the reply to be learned: an answer, a form of reply, a refusal.

    ``weight`` is how much it counts in the loss.
    """

    prompt: Prompt
    completion: str
    weight: float = 1.0

    def messages(self) -> list[dict[str, str]]:
        """Its turns as others take them, the reply as the assistant's."""
        asked = [{"role": turn.role, "content": turn.content} for turn in self.prompt.messages]
        return [*asked, {"role": "assistant", "content": self.completion}]


@dataclass(frozen=True, slots=True)
class Item:
    """Token ids of one training sequence; the loss starts at ``start`` and counts ``weight``."""

    ids: tuple[int, ...]
    start: int
    weight: float = 1.0


class Encodes(Protocol):
    """What tuning needs of a model's encoder."""

    def prompts(self, prompts: Sequence[Prompt]) -> list[list[int]]: ...

    def completion(self, text: str, end: bool = True) -> list[int]: ...

    def text(self, text: str) -> list[int]: ...


def encode_examples(examples: Sequence[Example], encoder: Encodes, window: int) -> list[Item]:
    """Prompt and reply as ids; a reply is cut where the window ends, and skipped beyond it."""
    items = []
    for example, prompt in zip(
        examples, encoder.prompts([e.prompt for e in examples]), strict=True
    ):
        ids = (*prompt, *encoder.completion(example.completion))[:window]
        if len(ids) > len(prompt) > 0:
            items.append(Item(ids, len(prompt), example.weight))
    return items


def encode_texts(
    texts: Iterable[str], encoder: Encodes, prompt_format: str, window: int
) -> list[Item]:
    """Running text as sequences in which every token is a target once.

    A model that only continues prompts gets each stretch after the stretch before it.
    """
    opening: list[int] = []
    if prompt_format in CONTINUATION:
        message = Message("user", CONTINUATION[prompt_format])
        opening = encoder.prompts([Prompt((message,))])[0]
    # A stretch and the one before it must fit the window together.
    size = max(2, min(TEXT_TOKENS, (window - len(opening)) // 2))
    items = []
    for text in texts:
        ids = encoder.text(" ".join(text.split()))
        for start in range(0, len(ids), size):
            before = ids[max(0, start - size) : start]
            stretch = ids[start : start + size]
            lead = [*opening, *before]
            # The first token of all has nothing before it to be predicted from.
            if lead or len(stretch) > 1:
                items.append(Item((*lead, *stretch), max(1, len(lead))))
    return items


def schedule(
    items: Sequence[Item],
    replay: Sequence[Item],
    replay_share: float,
    epochs: int,
    batch_tokens: int,
    seed: int,
) -> list[list[list[Item]]]:
    """For each epoch its batches of similar length, at most ``batch_tokens`` once padded.

    ``replay_share`` of an epoch's tokens come from ``replay``, drawn anew each time.
    """
    rng = random.Random(seed)
    plan = []
    for _ in range(epochs):
        chosen = list(items)
        if replay and replay_share > 0:
            chosen += _replayed(items, replay, replay_share, rng)
        rng.shuffle(chosen)
        plan.append(_batches(chosen, batch_tokens, rng))
    return plan


def course(
    spec: TuningSpec, questions: Sequence[Item], running: Sequence[Item], seed: int
) -> tuple[list[Item], list[list[list[Item]]]]:
    """(what the epochs that count are made of, the batches of all epochs in order).

    Text comes before the questions, among them, or is replayed between them, as ``train_on`` says.
    """
    mixed = spec.train_on in ("text", "both")
    trained = [*questions, *running] if mixed else list(questions)
    before = schedule(running, [], 0.0, spec.text_first, spec.batch_tokens, seed)
    replay = [] if mixed else running
    return trained, before + schedule(
        trained, replay, spec.replay_share, spec.epochs, spec.batch_tokens, seed
    )


def _replayed(
    items: Sequence[Item], replay: Sequence[Item], share: float, rng: random.Random
) -> list[Item]:
    """As many sequences of ``replay`` as make ``share`` of all tokens, or all there are."""
    # Solves replay / (items + replay) = share, in tokens: counted in sequences, long stretches of
    # text would make an epoch several times as long.
    wanted = sum(len(item.ids) for item in items) * share / max(1e-9, 1 - share)
    chosen: list[Item] = []
    for item in rng.sample(list(replay), len(replay)):
        if wanted <= 0:
            break
        chosen.append(item)
        wanted -= len(item.ids)
    return chosen


def _batches(items: list[Item], budget: int, rng: random.Random) -> list[list[Item]]:
    """Sort pools of a few batches by length rather than all: batches stay mixed."""
    mean = sum(len(item.ids) for item in items) / max(1, len(items))
    pool = max(1, int(POOL_BATCHES * budget / max(1.0, mean)))
    batches: list[list[Item]] = []
    for start in range(0, len(items), pool):
        batch: list[Item] = []
        for item in sorted(items[start : start + pool], key=lambda i: len(i.ids)):
            if batch and len(item.ids) * (len(batch) + 1) > budget:
                batches.append(batch)
                batch = []
            batch.append(item)
        batches.append(batch)
    rng.shuffle(batches)
    return batches
