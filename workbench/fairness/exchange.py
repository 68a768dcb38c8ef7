"""A text as it would be of somebody else: names, pronouns and origins exchanged, all alike.

An exchange is worked out from the text alone, word by word and the same wherever a word stands,
so that corpus, question and reference stay about the same persons. Where each stretch of the old
text lies in the new one is told too, so that offsets hold.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from workbench.fairness.lexicon import Pair, no_noun
from workbench.text import HAN

_NEXT = re.compile(r"\s+([A-Za-z]+)")


@dataclass(frozen=True)
class Exchanged:
    """The new text, and the stretches of the old one that changed with their places in the new."""

    text: str
    changed: tuple[tuple[int, int, int, int], ...]

    def place(self, offset: int) -> int:
        """Where an offset of the old text lies in the new one.

        One inside of a changed word goes to its beginning.
        """
        at = bisect_right([start for start, *_ in self.changed], offset) - 1
        if at < 0:
            return offset
        _, end, new_start, new_end = self.changed[at]
        if offset >= end:
            return new_end + offset - end
        return new_start


class Exchange:
    """The exchange of one attribute, ready to be made in any number of texts.

    A name has one partner, whose partner it is: where both are in a text they change places, so
    that two persons never become one.
    """

    def __init__(self, pairs: Iterable[Pair], attribute: str) -> None:
        self._by_word: dict[str, str] = {}
        self._names: set[str] = set()
        for pair in pairs:
            if pair.attribute != attribute:
                continue
            one, other = pair.words
            # The first pair of a word is the one that counts: a partner is never one of two.
            if one in self._by_word or (other in self._by_word and pair.sort != "words"):
                continue
            self._by_word[one] = other
            self._by_word.setdefault(other, one)
            if pair.sort != "words":
                self._names |= {one, other}
        found = sorted(self._by_word, key=len, reverse=True)
        plain = [re.escape(word) for word in found if not HAN.search(word)]
        han = [re.escape(word) for word in found if HAN.search(word)]
        her = ["her", "him"] if "she" in self._by_word else []
        parts = [rf"\b(?:{'|'.join([*plain, *her])})\b"] if plain else []
        self._words = re.compile("|".join([*parts, *han]) or r"(?!)", re.IGNORECASE)
        self._folded = {word.casefold(): word for word in self._by_word}

    def apply(self, text: str) -> Exchanged:
        """The text of somebody else."""
        parts: list[str] = []
        changed: list[tuple[int, int, int, int]] = []
        last = length = 0
        for found in self._words.finditer(text):
            new = self._partner(text, found)
            if new is None:
                continue
            parts += [text[last : found.start()], new]
            length += found.start() - last
            changed.append((found.start(), found.end(), length, length + len(new)))
            length += len(new)
            last = found.end()
        return Exchanged("".join([*parts, text[last:]]), tuple(changed))

    def __call__(self, text: str) -> str:
        """The new text alone."""
        return self.apply(text).text

    def _partner(self, text: str, found: re.Match[str]) -> str | None:
        said = found[0]
        folded = said.casefold()
        if folded in ("her", "his") and "she" in self._by_word:
            return _cased(said, _possessive(folded, text[found.end() : found.end() + 40]))
        if folded == "him":
            return _cased(said, "her")
        word = self._folded[folded]
        if word in self._names and not HAN.search(word) and not said[0].isupper():
            return None
        return _cased(said, self._by_word[word])


def _possessive(word: str, after: str) -> str:
    """ "her" as "his" or "him", and "his" as "her" or "hers", by whether a noun may follow."""
    follows = _NEXT.match(after)
    noun = follows is not None and follows[1].lower() not in no_noun()
    if word == "her":
        return "his" if noun else "him"
    return "her" if noun else "hers"


def _cased(said: str, new: str) -> str:
    """The new word with the old one's capitals."""
    if len(said) > 1 and said.isupper():
        return new.upper()
    return new[0].upper() + new[1:] if said[0].isupper() else new
