"""Other names for the people of a text, so that answers are read and not remembered.

A small model that meets a tale's questions several times learns them by heart. With its people
renamed in passage, question and answer, the text must be read afresh.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable
from functools import partial

from training.reader.data.names import WORDS

_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}\b")
_WORD = re.compile(r"\b[A-Za-z][a-z]+\b")


class Renaming:
    """Knows which capitals are names: words that are never lower case in any of the texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        small: Counter[str] = Counter()
        for text in texts:
            small.update(word for word in _WORD.findall(text) if word.islower())
        self.common = frozenset(word for word, count in small.items() if count > 1)

    def names(self, text: str) -> list[str]:
        """Names within sentences of a text, each once, in order."""
        matches = dict.fromkeys(_NAME.findall(text))
        return [name for name in matches if name.lower() not in self.common]

    def renamed(self, prompt: str, completion: str, rng: random.Random) -> tuple[str, str]:
        """Prompt and completion with each name replaced by another, the same throughout."""
        # sample() cannot draw more names than the list holds.
        names = self.names(prompt)[: len(WORDS["given"])]
        if not names:
            return prompt, completion
        fresh = dict(zip(names, rng.sample(WORDS["given"], len(names)), strict=True))
        pattern = re.compile(r"\b(" + "|".join(map(re.escape, fresh)) + r")\b")
        put = partial(pattern.sub, lambda matches: fresh[matches[1]])
        return put(prompt), put(completion)
