"""How many tokens a text has, where the tokenizer is the provider's."""

from __future__ import annotations

import math


def estimated_tokens(text: str) -> int:
    """An estimate: four characters a token, one for each character outside ASCII."""
    # The usual rule of thumb for English; a Chinese character is about a token by itself.
    plain = sum(character.isascii() for character in text)
    return math.ceil(plain / 4) + len(text) - plain
