"""How probable a model finds given completions, for reranking and dev scores."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch

from workbench.models.batching import tokens_scored_at_once
from workbench.models.generation import padded


@torch.inference_mode()
def mean_log_likelihood(
    model: Any, rows: Sequence[Sequence[int]], replies: Sequence[Sequence[int]], pad: int
) -> list[float]:
    """Mean natural-log probability per token of each reply (ids) after its prompt (ids).

    The prompt is read first, then the whole reply over its cache: the same two steps as in
    generation, so models that read prompts in both directions need no special case.
    """
    values, real = _read(model, rows, replies, pad, _chosen)
    return [float(value) for value in ((values * real).sum(dim=1) / real.sum(dim=1)).tolist()]


@torch.inference_mode()
def first_choices(
    model: Any, rows: Sequence[Sequence[int]], replies: Sequence[Sequence[int]], pad: int
) -> list[list[bool]]:
    """For each token of each reply (ids), whether the model would choose it there, greedily.

    It is given the true tokens before each; up to the first that it would not choose, this is what
    it writes of itself, but for rules of decoding such as those against repetition.
    """
    hits, _ = _read(model, rows, replies, pad, lambda logits, ids: logits.argmax(dim=-1) == ids)
    return [row[: len(reply)].tolist() for row, reply in zip(hits, replies, strict=True)]


def _read(
    model: Any, rows: Sequence[Sequence[int]], replies: Sequence[Sequence[int]], pad: int,
    value: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """The value of each reply's tokens under their logits, and 1 where a token is no padding."""
    device = next(model.parameters()).device
    scorer = Scorer(model)
    first = scorer.prompts(*padded(rows, pad, device))
    width = max(len(reply) for reply in replies)
    # Padded on the right, behind every real token, where no causal position looks.
    targets = torch.full((len(replies), width), pad, dtype=torch.long)
    real = torch.zeros((len(replies), width), dtype=torch.long)
    for i, reply in enumerate(replies):
        targets[i, : len(reply)] = torch.tensor(reply)
        real[i, : len(reply)] = 1
    targets, real = targets.to(device), real.to(device)
    parts = [value(first[:, None], targets[:, :1])]
    step = max(1, tokens_scored_at_once(first.shape[-1]) // len(replies))
    for at in range(0, width - 1, step):
        end = min(at + step, width - 1)
        logits = scorer.feed(targets[:, at:end], real[:, at:end])
        parts.append(value(logits, targets[:, at + 1 : end + 1]))
    return torch.cat(parts, dim=1), real


def _chosen(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Log-probabilities (rows, n) of the targets under logits (rows, n, vocabulary)."""
    return logits.gather(2, targets[:, :, None])[:, :, 0] - logits.logsumexp(dim=-1)


class Scorer:
    """A model fed prompts, then known completions over the cache: for log-likelihoods."""

    def __init__(self, model: Any) -> None:
        accepted = inspect.signature(model.forward).parameters
        self._model = model
        self._positions = "position_ids" in accepted
        self._keep = "logits_to_keep" in accepted
        self._cache: Any = None
        self._mask = torch.zeros(0)

    def prompts(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Read left-padded prompts; the logits (rows, vocabulary) of each first new token."""
        self._mask, self._cache = mask, None
        # Scores of a whole prompt over the vocabulary would be the largest tensor of all.
        return self._forward(ids, {"logits_to_keep": 1} if self._keep else {})[:, -1].float()

    def feed(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Append ``ids`` (rows, n), right-padded; logits (rows, n, vocabulary)."""
        self._mask = torch.cat([self._mask, mask], dim=1)
        return self._forward(ids, {}).float()

    def _forward(self, ids: torch.Tensor, extra: dict[str, Any]) -> torch.Tensor:
        if self._positions:
            # Left padding counts to -1; it is masked, but its lookup needs a valid position.
            positions = (self._mask.cumsum(dim=1) - 1).clamp(min=0)
            extra = {**extra, "position_ids": positions[:, -ids.shape[1] :]}
        output = self._model(
            input_ids=ids,
            attention_mask=self._mask,
            past_key_values=self._cache,
            use_cache=True,
            **extra,
        )
        self._cache = output.past_key_values
        logits: torch.Tensor = output.logits
        return logits
