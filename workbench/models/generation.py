"""Drawing tokens from a transformers model: its own preparation, a leaner loop.

transformers' ``generate`` prepares everything a model wants (cache, positions, its own logits
processors), then keeps every row of a batch until the longest answer is done. Short answers are
the rule here, so the preparation is kept and the loop replaced: rows that ended are dropped, and
every row has its own limit and its own random generator, so that an answer does not depend on
its batch. Greedy tokens are those of ``generate`` itself; a test checks this.

A CPU reads prompts fastest a few at a time, while results still fit its caches, but writes
answers fastest for many rows at once, since each step reads all the weights. So the prompts of a
batch are read in pieces and their caches joined.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from transformers.utils import ModelOutput

from workbench.models.cache import is_roomy, join, with_room
from workbench.types import Decoding

# Dropping rows copies the cache, so it waits until this share of them has ended.
DROP_SHARE = 0.3
# Tokens of prompts read at once on a CPU.
PIECE_TOKENS = 2048


@dataclass
class Drawn:
    """The token ids of one completion, without its end token.

    ``log_probabilities`` (natural) are those of its tokens, the end token's included.
    """

    ids: list[int] = field(default_factory=list)
    ended: bool = False
    log_probabilities: list[float] = field(default_factory=list)


@dataclass
class _Prepared:
    """What ``generate`` would start its loop with."""

    ids: torch.Tensor
    processors: Any
    inputs: dict[str, Any]


def padded(
    rows: Sequence[Sequence[int]], pad: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Left-padded ids and attention mask, both (rows, longest), on ``device``."""
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), pad, dtype=torch.long)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, width - len(row) :] = torch.tensor(row, dtype=torch.long)
        mask[i, width - len(row) :] = 1
    return ids.to(device), mask.to(device)


def draw(
    model: Any,
    rows: Sequence[Sequence[int]],
    limits: Sequence[int],
    decoding: Decoding,
    ends: Collection[int],
    pad: int,
) -> list[Drawn]:
    """One completion per row of prompt ids, at most ``limits[i]`` tokens long."""
    drawn = [Drawn() for _ in rows]
    for drawing in steps(model, rows, limits, decoding, ends, pad):
        for number, token, log_probability in drawing:
            drawn[number].log_probabilities.append(log_probability)
            if token in ends:
                drawn[number].ended = True
            else:
                drawn[number].ids.append(token)
    return drawn


def steps(
    model: Any,
    rows: Sequence[Sequence[int]],
    limits: Sequence[int],
    decoding: Decoding,
    ends: Collection[int],
    pad: int,
) -> Iterator[list[tuple[int, int, float]]]:
    """Each step's new tokens as (row number, token id, log-probability), end tokens included.

    The probability is the model's own, at temperature 1, whatever the decoding's.

    A row is named for the last time in the step of its end token or of its last allowed token.
    """
    device = next(model.parameters()).device
    ids, mask = padded(rows, pad, device)
    choose = _chooser(decoding, rows)
    ready = partial(_prepare, model, limit=max(limits), ends=ends, pad=pad)
    prepared = ready(ids, mask)
    numbers = list(range(len(rows)))  # the row number that each row of the tensors stands for
    alive = set(numbers)
    drawn = 0
    while True:
        # Not around the yield: the caller's code must not run in inference mode.
        with torch.inference_mode():
            scores = _forward(model, prepared) if drawn else _read(model, prepared, ready)
            tokens = choose(scores, numbers)
            prepared.ids = torch.cat([prepared.ids, tokens[:, None]], dim=1)
            chances = scores.gather(1, tokens[:, None])[:, 0] - scores.logsumexp(dim=-1)
        drawn += 1
        drawing = [
            (number, token, chance)
            for number, token, chance in zip(
                numbers, tokens.tolist(), chances.tolist(), strict=True
            )
            if number in alive
        ]
        yield drawing
        alive -= {n for n, token, _ in drawing if token in ends or drawn >= limits[n]}
        if not alive:
            return
        if len(alive) <= (1 - DROP_SHARE) * len(numbers):
            staying = [i for i, number in enumerate(numbers) if number in alive]
            if _keep_rows(prepared, torch.tensor(staying, device=device)):
                numbers = [numbers[i] for i in staying]


def _prepare(
    model: Any,
    ids: torch.Tensor,
    mask: torch.Tensor,
    limit: int,
    ends: Collection[int],
    pad: int,
) -> _Prepared:
    """Let ``generate`` prepare, and stop it where its loop would begin."""
    caught: list[_Prepared] = []

    def catch(
        model: Any,
        input_ids: torch.Tensor,
        logits_processor: Any,
        stopping_criteria: Any,
        generation_config: Any,
        **inputs: Any,
    ) -> torch.Tensor:
        caught.append(_Prepared(input_ids, logits_processor, inputs))
        return input_ids

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.generate(
            input_ids=ids,
            attention_mask=mask,
            max_new_tokens=limit,
            pad_token_id=pad,
            eos_token_id=sorted(ends) or None,
            num_beams=1,
            do_sample=False,  # the row's own generator draws, see _chooser
            temperature=None,
            top_p=None,
            top_k=None,
            custom_generate=catch,
        )
    prepared = caught[0]
    if prepared.inputs.get("attention_mask") is None:
        # transformers leaves out a mask of ones, but rows that are dropped or joined need theirs.
        prepared.inputs["attention_mask"] = mask
    if "past_key_values" in prepared.inputs:
        prepared.inputs["past_key_values"] = with_room(prepared.inputs["past_key_values"])
    return prepared


def _read(
    model: Any, prepared: _Prepared, ready: Callable[[torch.Tensor, torch.Tensor], _Prepared]
) -> torch.Tensor:
    """The first step: all prompts read, in pieces where that is faster and the cache allows."""
    ids, mask = prepared.ids, prepared.inputs["attention_mask"]
    rows, width = ids.shape
    size = max(1, PIECE_TOKENS // width)
    cache = prepared.inputs.get("past_key_values")
    if ids.device.type != "cpu" or size >= rows or not is_roomy(cache):
        return _forward(model, prepared, first=True)
    scores, caches = [], []
    for start in range(0, rows, size):
        part = slice(start, start + size)
        longest = int(mask[part].sum(dim=1).max())
        piece = ready(ids[part, width - longest :], mask[part, width - longest :])
        scores.append(_forward(model, piece, first=True))
        caches.append(piece.inputs["past_key_values"])
    joined = ModelOutput(past_key_values=join(caches, width))
    prepared.inputs = model._update_model_kwargs_for_generation(joined, prepared.inputs)
    return torch.cat(scores)


def _forward(model: Any, prepared: _Prepared, first: bool = False) -> torch.Tensor:
    """Scores (rows, vocabulary) of the next token, in float32; the state moves on by one."""
    new = {} if first else {"next_sequence_length": 1}
    inputs = model.prepare_inputs_for_generation(
        prepared.ids, is_first_iteration=first, **new, **prepared.inputs
    )
    output = model(**inputs, return_dict=True)
    prepared.inputs = model._update_model_kwargs_for_generation(
        output, prepared.inputs, is_encoder_decoder=False
    )
    # generate widens before its processors too; greedy tokens must equal its own.
    logits = output.logits[:, -1].float()
    scores: torch.Tensor = prepared.processors(prepared.ids, logits)
    return scores


def _keep_rows(prepared: _Prepared, staying: torch.Tensor) -> bool:
    """Go on with these rows only; False where the model's cache cannot be cut by rows."""
    from transformers import DynamicCache

    cache = prepared.inputs.get("past_key_values")
    if not isinstance(cache, DynamicCache):
        return False
    size = prepared.ids.shape[0]
    with torch.inference_mode():
        cache.batch_select_indices(staying)
        prepared.ids = prepared.ids[staying]
        for key, value in prepared.inputs.items():
            if isinstance(value, torch.Tensor) and value.ndim and value.shape[0] == size:
                prepared.inputs[key] = value[staying]
    return True


def _chooser(
    decoding: Decoding, rows: Sequence[Sequence[int]]
) -> Callable[[torch.Tensor, Sequence[int]], torch.Tensor]:
    """From scores and row numbers to token ids (rows,): greedy, or each row from its own seed."""
    if decoding.temperature <= 0:
        return lambda scores, _: scores.argmax(dim=-1)
    # On the CPU whatever the device, so that a seed draws the same everywhere.
    generators = [torch.Generator().manual_seed(_seed(decoding.seed, row)) for row in rows]

    def choose(scores: torch.Tensor, numbers: Sequence[int]) -> torch.Tensor:
        chances = (scores.cpu() / decoding.temperature).softmax(dim=-1)
        ordered, order = chances.sort(dim=-1, descending=True)
        # The mass before a token, not up to it: the most probable one always stays, whatever top_p.
        before = ordered.cumsum(dim=-1) - ordered
        ordered = ordered.masked_fill(before >= decoding.top_p, 0.0)
        picks = [
            order[i, torch.multinomial(ordered[i], 1, generator=generators[number])]
            for i, number in enumerate(numbers)
        ]
        return torch.cat(picks).to(scores.device)

    return choose


def _seed(seed: int, row: Sequence[int]) -> int:
    """A seed from the decoding's seed and the prompt, the same on every machine."""
    digest = hashlib.sha256(repr((seed, list(row))).encode()).digest()
    # Seven bytes: manual_seed takes a signed 64-bit number.
    return int.from_bytes(digest[:7], "big")
