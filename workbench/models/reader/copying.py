"""What the copy head knows of its own past, and the limit on repeating itself.

The plain copy head attends to content, so after "well - to - do" it finds "-" again and loops. It
therefore learns, for every position it could copy, whether that position continues what was
written last (one, two or three tokens of agreement), and whether its token, or its token after
the last one, was already written. All of it is a function of tokens alone.
"""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import LogitsProcessor

# bfloat16 holds whole numbers exactly only up to 256.
_BASE = 256


def follow_features(ids: Tensor, tensor: Tensor, at: Tensor) -> Tensor:
    """Features of copying position s next, when position ``at`` was read last.

    ids [B, S] tokens; tensor [B, S] True where the token is completion; at [B, T] absolute
    positions. Returns float [5, B, T, S]: continues the last token; the last two; the last three;
    its token is in the completion so far; its token has followed the last token there before.
    Position s itself is looked at only through tokens up to ``at``, so nothing leaks.
    """
    size = ids.shape[1]
    features = []
    agree = torch.ones((), dtype=torch.bool, device=ids.device)
    for back in range(3):
        before = ids.roll(back + 1, 1)
        # Different negatives for what lies outside: no two of them may count as equal.
        before[:, : back + 1] = -1
        last = ids.gather(1, (at - back).clamp(min=0)).masked_fill(at - back < 0, -2)
        agree = agree & (before[:, None] == last[:, :, None])
        features.append(agree)
    columns = torch.arange(size, device=ids.device)
    start = int(torch.where(tensor, columns, size).min())
    if start >= size:
        none = torch.zeros_like(features[0])
        return torch.stack([*features, none, none]).float()
    words = ids[:, start:].masked_fill(~tensor[:, start:], -3)
    same = (words[:, :, None] == ids[:, None]).float()
    past = (columns[start:] <= at[:, :, None]).float()
    features.append((past @ same) > 0)
    last = ids.gather(1, at)
    starts = (words[:, None, :-1] == last[:, :, None]).float() * past[:, :, 1:]
    features.append((starts @ same[:, 1:]) > 0)
    return torch.stack(features).float()


def pack_ids(ids: Tensor, tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """Token ids and completion flags as numbers that bfloat16 holds exactly [B, L, 3]."""
    return torch.stack([ids // _BASE, ids % _BASE, tensor.long()], -1).to(dtype)


def unpack_ids(packed: Tensor) -> tuple[Tensor, Tensor]:
    """Inverse of :func:`pack_ids`: ids [B, S] and flags [B, S]."""
    high, low, sentences = packed.float().round().long().unbind(-1)
    return high * _BASE + low, sentences.bool()


class RepeatLimit(LogitsProcessor):  # type: ignore[misc]
    """Refuse the token that would make a group of tokens follow itself more than ``limit`` times.

    Looks at the completion alone, at groups of 1 to ``span`` tokens.
    """

    def __init__(self, prompt_length: int, limit: int, span: int) -> None:
        self.prompt_length, self.limit, self.span = prompt_length, limit, span

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """input_ids [B, S], scores [B, V] -> scores with refused tokens at minus infinity."""
        sentences = input_ids[:, self.prompt_length :]
        length = sentences.shape[1]
        for size in range(1, self.span + 1):
            need = size * (self.limit + 1) - 1
            if need > length:
                break
            tail = sentences[:, length - need :]
            looping = (tail[:, size:] == tail[:, :-size]).all(1)
            if bool(looping.any()):
                rows = looping.nonzero()[:, 0]
                scores = scores.clone()
                scores[rows, sentences[rows, length - size]] = -torch.inf
        return scores
