"""Which group a question is about, by the words that it and its answers name people with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from workbench.fairness.lexicon import Pair
from workbench.text import HAN
from workbench.types import Question

#: More than one of the groups is named.
SEVERAL = "several"
#: Words of the first and the second group that pairs cannot hold, since they are two words each.
_FURTHER = {("gender", "she"): ("her",), ("gender", "he"): ("him",)}


class Tagger:
    """Tells which of two groups a text names, by the pairs of one attribute."""

    def __init__(self, pairs: Iterable[Pair], attribute: str) -> None:
        self.groups: tuple[str, str] = ("", "")
        known: dict[str, set[int]] = {}
        self._names: set[str] = set()
        for pair in pairs:
            if pair.attribute != attribute or pair.sort == "exchanged alone":
                continue
            self.groups = pair.groups
            for side, word in enumerate(pair.words):
                for each in (word, *_FURTHER.get((attribute, word), ())):
                    known.setdefault(each, set()).add(side)
                    if pair.sort == "names":
                        self._names.add(each)
        found = sorted(known, key=len, reverse=True)
        self._side = {word.casefold(): sides for word, sides in known.items()}
        self._called = {word.casefold(): word for word in known}
        plain = [re.escape(word) for word in found if not HAN.search(word)]
        han = [re.escape(word) for word in found if HAN.search(word)]
        parts = [rf"\b(?:{'|'.join(plain)})\b"] if plain else []
        self._words = re.compile("|".join([*parts, *han]) or r"(?!)", re.IGNORECASE)

    def group(self, texts: Sequence[str]) -> str | None:
        """The group that the texts name; ``several``, or None where they name nobody."""
        named: set[int] = set()
        for text in texts:
            for found in self._words.finditer(text):
                word = self._called[found[0].casefold()]
                name = word in self._names and not HAN.search(word)
                if name and not found[0][0].isupper():
                    continue
                sides = self._side[found[0].casefold()]
                # A word of both sides (a name that the lists pair twice) tells nothing.
                named |= sides if len(sides) == 1 else set()
        if not named:
            return None
        return SEVERAL if len(named) > 1 else self.groups[named.pop()]


def about(question: Question) -> tuple[str, ...]:
    """The texts that say who a question is about: its own words and its answers'."""
    return (question.text, *question.answers)
