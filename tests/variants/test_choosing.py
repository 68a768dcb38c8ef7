"""How sure a model is of the label it named: its likelihood of that label among all labels."""

from __future__ import annotations

import math
from typing import Any

import pytest

from workbench.types import Completion, Message, Prompt
from workbench.variants.choosing import label_confidence

LABELS = ("red", "blue", "seven days")


def asked(text: str) -> Prompt:
    return Prompt((Message("user", text),))


def test_it_is_the_labels_share_of_all_labels_likelihoods(tiny: Any) -> None:
    prompts = [asked("The first."), asked("Quite another one."), asked("A third.")]
    replies = [Completion("Seven days.", 3, 2, 0.1, confidence=0.9),
               Completion("I cannot say", 3, 2, 0.1, confidence=0.9),
               Completion("", 3, 0, 0.1, error="too long")]  # fmt: skip
    first, second, third = label_confidence(tiny, prompts, replies, LABELS)
    # By hand: each label's likelihood is the product over its tokens.
    whole = []
    for label in LABELS:
        tokens = len(tiny.encoder.completion(label, end=False))
        (mean,) = tiny.log_likelihood([prompts[0]], [label])
        whole.append(math.exp(mean * tokens))
    assert first == pytest.approx(whole[2] / sum(whole), rel=1e-4)
    assert second is None and third is None


def test_a_model_that_tells_no_likelihoods_is_taken_at_its_word() -> None:
    replies = [Completion("blue", 3, 1, 0.1, confidence=0.8), Completion("green", 3, 1, 0.1,
               confidence=0.7)]  # fmt: skip
    elsewhere: Any = object()
    found = label_confidence(elsewhere, [asked("a"), asked("b")], replies, LABELS)
    assert found == [0.8, None]
