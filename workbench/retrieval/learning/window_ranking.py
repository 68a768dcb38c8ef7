"""The loss that an embedding is tuned by: the passage that answers before all others of a batch.

Passages are scored as the search scores them: each word of the question looks for its best window
(late interaction, Khattab and Zaharia 2020), its weight as rare as the word is. In-batch negatives
with a softmax (multiple negatives ranking, Henderson et al. 2017); the whole vectors, which propose
passages in a large corpus, are ranked too, with a smaller share.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize, pad

#: What scores are multiplied by before the softmax: late interaction spreads less than a cosine.
SCALE, WHOLE_SCALE, WHOLE_SHARE = 40.0, 20.0, 0.25


class WindowRanking(nn.Module):
    """A loss of sentence-transformers' trainer for columns (question, passage, negatives …).

    ``size`` is a window's length in tokens, ``weights`` how much each token of the vocabulary
    counts in a question, shape (vocabulary,), ``special`` how many tokens stand (before, after) a
    text.
    """

    token_weights: Tensor

    def __init__(self, model: Any, size: int, weights: Tensor, special: tuple[int, int]) -> None:
        super().__init__()
        self.model = model
        self.size, self.special = size, special
        self.register_buffer("token_weights", weights)

    def forward(self, columns: Iterable[dict[str, Tensor]], labels: Tensor | None = None) -> Tensor:
        """The mean loss of a batch."""
        questions, *shown = [self.model(dict(column)) for column in columns]
        rows, weights = self._question(questions)
        scores = torch.cat(
            [window_scores(rows, weights, *self._windows(column)) for column in shown], dim=1
        )
        wholes = torch.cat([normalize(c["sentence_embedding"], dim=-1) for c in shown])
        whole = normalize(questions["sentence_embedding"], dim=-1) @ wholes.T
        right = torch.arange(len(scores), device=scores.device)
        loss = cross_entropy(SCALE * scores, right)
        return loss + WHOLE_SHARE * cross_entropy(WHOLE_SCALE * whole, right)

    def _question(self, features: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Unit states of the question's own tokens, and their weights, which add up to 1."""
        mask = inner(features["attention_mask"], *self.special)
        weights = self.token_weights[features["input_ids"]] * mask
        weights = weights / weights.sum(dim=1, keepdim=True).clamp_min(1e-9)
        return normalize(features["token_embeddings"], dim=-1), weights

    def _windows(self, features: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Unit means of windows side by side, shape (b, w, d), and which there are, (b, w)."""
        before = self.special[0]
        counts = (features["attention_mask"].sum(dim=1) - sum(self.special)).clamp_min(1)
        windows = -(-counts // self.size)
        most = int(windows.max())
        steps = torch.arange(most + 1, device=counts.device)
        borders = torch.round(counts[:, None] * steps / windows[:, None]).long()
        borders = torch.minimum(borders, counts[:, None]) + before
        sums = pad(features["token_embeddings"].cumsum(dim=1), (0, 0, 1, 0))
        at = borders[..., None].expand(-1, -1, sums.shape[-1])
        ends = sums.gather(1, at)
        return normalize(ends[:, 1:] - ends[:, :-1], dim=-1), steps[None, :-1] < windows[:, None]


def inner(mask: Tensor, before: int, after: int) -> Tensor:
    """1 for a text's own tokens, 0 for padding and the special tokens around it; (b, t)."""
    places = torch.arange(mask.shape[1], device=mask.device)
    ends = mask.sum(dim=1, keepdim=True) - after
    return ((places >= before) & (places < ends)).to(torch.float32)


def window_scores(rows: Tensor, weights: Tensor, windows: Tensor, there: Tensor) -> Tensor:
    """The search's score of each passage for each question, shape (questions, passages).

    ``rows`` (q, t, d) with ``weights`` (q, t); ``windows`` (p, w, d), of which ``there`` (p, w).
    """
    alike = torch.einsum("qtd,pwd->qptw", rows, windows)
    alike = alike.masked_fill(~there[None, :, None, :], float("-inf"))
    return torch.einsum("qpt,qt->qp", alike.amax(dim=-1), weights)
