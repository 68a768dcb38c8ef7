"""Personal data of a whole text: counted, and replaced, the same value alike wherever it stands.

What replaces a value is worked out from it. That keeps questions answerable and the value out of
what is learned; it is no anonymity, since who has a list of values to try can find out which was
meant. Names go word by word: who is Ambrose Keel in one place and Keel in another stays one person,
and a name that was found once is replaced where it was overlooked. A word that the text also has
without a capital (Will, May) is left, since nothing would tell the name from the word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from workbench.fairness import presidio
from workbench.fairness.personal import KINDS, Found, find

#: Kinds that only presidio finds: of them the names are replaced by words.
NAMES = ("person", "location")
BY_PRESIDIO = ("ip", *NAMES)
EVERY = (*KINDS, *BY_PRESIDIO)
FINDERS = ("patterns", "presidio")

#: A word by itself: what stands in an address may well be somebody's name.
_WORD = re.compile(r"(?<![\w@./-])[^\W\d_]{2,}(?![\w@/]|[.-]\w)")
_NAME_MASKS = {"person": "Person", "location": "Place"}
#: What stands for a name, or any word: tried in this order, so that a mask is no two words.
_MASK_OR_WORD = re.compile(r"\b(?:Person|Place)-[A-Z][a-z]{7}\b|[^\W\d_]{2,}")
_MASKS = {
    "email": re.compile(r"mail\d{8}@example\.org"),
    "phone": re.compile(r"000\d{8}"),
    "id": re.compile(r"id\d{8}"),
    "ip": re.compile(r"ip\d{8}"),
}
#: Titles stand with a name and name nobody.
_TITLES = {
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "lord", "lady",
    "saint", "st", "rev", "captain", "jr", "sr",
}  # fmt: skip
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


@dataclass(frozen=True)
class Masker:
    """Replaces personal data of these kinds. ``names`` are what stands for the words of names."""

    kinds: tuple[str, ...]
    by: str = "patterns"
    names: frozenset[str] = frozenset()

    @classmethod
    def of_masked(cls, texts: Iterable[str], kinds: Sequence[str], by: str = "patterns") -> Masker:
        """For what is written on texts that are masked already: their names are those replaced."""
        kept = (m[0] for text in texts for m in _MASK_OR_WORD.finditer(text) if "-" in m[0])
        return cls(tuple(kinds), by, frozenset(kept) if set(kinds) & set(NAMES) else frozenset())

    def __call__(self, text: str) -> str:
        """The text with every value of these kinds replaced, the same one always alike."""
        return self.replaced(text, _read(text, self.by))

    def replaced(self, text: str, read: Sequence[Found]) -> str:
        """The same of a text in which presidio found these."""
        parts: list[str] = []
        last = 0
        for item in _forms(text, read):
            if item.kind in self.kinds:
                value = text[item.start : item.end]
                parts += [text[last : item.start], replacement(item.kind, value)]
                last = item.end
        text = "".join([*parts, text[last:]])
        return _MASK_OR_WORD.sub(lambda match: self._named(match[0]), text) if self.names else text

    def _named(self, word: str) -> str:
        if "-" not in word and word[0].isupper():
            for kind in NAMES:
                if kind in self.kinds and (new := replacement(kind, word)) in self.names:
                    return new
        return word


def masked(
    texts: Sequence[str], kinds: Sequence[str], by: str = "patterns"
) -> tuple[list[str], Masker]:
    """The texts with the values of these kinds replaced, and what does so in a further text."""
    reads = [_read(text, by) for text in texts]
    words = _name_words(texts, reads) if set(kinds) & set(NAMES) else {}
    names = {replacement(kind, word) for word, kind in words.items() if kind in kinds}
    masker = Masker(tuple(kinds), by, frozenset(names))
    return [masker.replaced(*both) for both in zip(texts, reads, strict=True)], masker


def counted(texts: Sequence[str], by: str = "patterns") -> dict[str, int]:
    """How many different values of each kind there are, without those that a mask put there.

    Of names the words count that a mask would replace.
    """
    reads = [_read(text, by) for text in texts]
    values = {
        (f.kind, _plain(text[f.start : f.end]))
        for text, read in zip(texts, reads, strict=True)
        for f in _forms(text, read)
    }
    real = Counter(kind for kind, value in values if not _is_mask(kind, value))
    real.update(_name_words(texts, reads).values())
    return {kind: real[kind] for kind in EVERY if real[kind]}


def _read(text: str, by: str) -> list[Found]:
    return presidio.finds(text) if by == "presidio" else []


def _forms(text: str, read: Sequence[Found]) -> list[Found]:
    """What has a form: by our patterns, which prove a find, and beside them by presidio."""
    found = find(text)
    found += [
        item for item in read
        if item.kind not in NAMES
        and all(item.end <= f.start or f.end <= item.start for f in found)
    ]  # fmt: skip
    return sorted(found, key=lambda item: item.start)


def _name_words(texts: Sequence[str], reads: Sequence[Sequence[Found]]) -> dict[str, str]:
    """The words of names in texts, each with its kind: that which it was found as most often."""
    seen: dict[str, Counter[str]] = {}
    common: set[str] = set(_TITLES)
    for text, read in zip(texts, reads, strict=True):
        common.update(word for word in _WORD.findall(text) if word[0].islower())
        for item in read:
            if item.kind in NAMES:
                for match in _MASK_OR_WORD.finditer(text, item.start, item.end):
                    if "-" not in match[0] and match[0][0].isupper():
                        seen.setdefault(match[0].casefold(), Counter())[item.kind] += 1
    return {
        word: max(NAMES, key=lambda kind: (kinds[kind], kind == "person"))
        for word, kinds in seen.items() if word not in common
    }  # fmt: skip


@lru_cache(maxsize=65536)
def replacement(kind: str, value: str) -> str:
    """What stands for a value: of its kind's form, so that a question for it can be answered."""
    plain = value.casefold() if kind in NAMES else _plain(value)
    if _is_mask(kind, plain):
        return value
    number = int(sha256(f"mask {kind} {plain}".encode()).hexdigest(), 16)
    if kind in NAMES:
        return f"{_NAME_MASKS[kind]}-{_syllables(number)}"
    if kind == "email":
        return f"mail{number % 10**8:08d}@example.org"
    digits = f"{number % 10**8:08d}"
    return f"000-{digits[:4]}-{digits[4:]}" if kind == "phone" else f"{kind.upper()}-{digits}"


def _syllables(number: int) -> str:
    """Four syllables that can be said and remembered: a name of figures could be neither."""
    made = ""
    for _ in range(4):
        number, at = divmod(number, len(_CONSONANTS) * len(_VOWELS))
        made += _CONSONANTS[at // len(_VOWELS)] + _VOWELS[at % len(_VOWELS)]
    return made.capitalize()


def _is_mask(kind: str, plain: str) -> bool:
    return kind in _MASKS and _MASKS[kind].fullmatch(plain) is not None


def _plain(value: str) -> str:
    """A value without what may be written either way."""
    if "@" in value:
        return value.casefold()
    return re.sub(r"[^0-9a-z+]", "", value.casefold())
