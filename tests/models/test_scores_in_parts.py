"""Scores over a large vocabulary are held a part at a time, with the same outcome."""

from __future__ import annotations

import pytest
import torch

from workbench.models import batching
from workbench.models.likelihood import Scorer
from workbench.types import Message, Prompt

PROMPTS = [Prompt((Message("user", text),)) for text in ("Who kept the bridge?", "Who?")]
REPLIES = ["The miller of Harrow kept the bridge and the ferry for thirty years.", "Anna Pym"]


def test_a_long_reply_is_weighed_in_parts(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tiny.log_likelihood(PROMPTS, REPLIES)
    held: list[int] = []
    feed = Scorer.feed

    def noted(self: Scorer, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        logits = feed(self, ids, mask)
        held.append(logits.numel())
        return logits

    monkeypatch.setattr(Scorer, "feed", noted)
    # Of a vocabulary of some 420 words, six tokens' scores: three of each of two replies.
    monkeypatch.setattr(batching, "SCORES_AT_ONCE", 2600)
    assert tiny.log_likelihood(PROMPTS, REPLIES) == pytest.approx(whole, abs=1e-5)
    assert len(held) > 3 and max(held) <= 2600
