"""The beginning that a variant's prompts share: what an endpoint can keep in its cache."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from workbench.types import Message, Prompt, Question
from workbench.variants.answering import shared_prompt


def asked(*texts: str) -> list[Question]:
    return [Question(f"q{place}", text, ()) for place, text in enumerate(texts)]


def system(before: str) -> Any:
    """A variant whose prompt is ``before`` and the question; a character is a token."""
    return SimpleNamespace(
        model=SimpleNamespace(count_tokens=len),
        prepare=lambda questions: [
            (Prompt((Message("user", before + question.text),)), None) for question in questions
        ],
    )


def test_the_share_is_what_stands_before_the_questions_part() -> None:
    """80 characters of 100 are the same."""
    questions = asked("a" * 20, "b" * 20, "c" * 20)
    assert shared_prompt(system("x" * 80), questions) == pytest.approx(0.8)


def test_what_only_some_prompts_share_does_not_count() -> None:
    """Two begin with the same ten characters, the third does not."""
    questions = asked("s" * 10 + "a" * 10, "s" * 10 + "b" * 10, "c" * 20)
    assert shared_prompt(system("x" * 80), questions) == pytest.approx(0.8)
    assert shared_prompt(system(""), questions) == 0


def test_from_one_prompt_nothing_can_be_told() -> None:
    assert shared_prompt(system("x" * 80), asked("a")) == 0
    assert shared_prompt(system("x" * 80), []) == 0
