"""Prompts from the files of ``prompts/<format>/``; ``format`` is the model's prompt_format."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.types import Message, Prompt

PROMPTS = Path(__file__).parent / "prompts"


@lru_cache(maxsize=64)
def _template(format: str, name: str) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(PROMPTS / format), undefined=StrictUndefined, autoescape=False
    )
    return environment.get_template(f"{name}.jinja")


def prompt(format: str, name: str, **values: Any) -> Prompt:
    """The prompt file ``name`` with its values filled in; corpus text is data, never template.

    A line ``=== user ===`` divides system message from user message; without it all is the user's.
    """
    text = str(_template(format, name).render(**values)).strip()
    system, divided, user = text.partition("\n=== user ===\n")
    if not divided:
        return Prompt((Message("user", text),))
    return Prompt((Message("system", system.strip()), Message("user", user.strip())))
