"""Prompts from the files of ``prompts/<format>/``; ``format`` is the model's prompt_format."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from workbench.prompt_files import PromptFiles, read_files
from workbench.types import Message, Prompt

PROMPTS = Path(__file__).parent / "prompts"


@cache
def _files(format: str) -> PromptFiles:
    return PromptFiles(format, read_files(PROMPTS, format))


def prompt(format: str, name: str, **values: Any) -> Prompt:
    """The prompt file ``name`` with its values filled in; corpus text is data, never template.

    A line ``=== user ===`` divides system message from user message; without it all is the user's.
    """
    text = _files(format).text(f"{name}.jinja", **values)
    system, divided, user = text.partition("\n=== user ===\n")
    if not divided:
        return Prompt((Message("user", text),))
    return Prompt((Message("system", system.strip()), Message("user", user.strip())))
