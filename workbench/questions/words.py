"""Words of a text with their places, and how alike two questions are.

Standard library and the Snowball stemmer only, so that reading an exam loads nothing heavy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from workbench.questions.lexicon import lexicon
from workbench.text import ARTICLES, HAN, runs

_TOKEN = re.compile(
    r"(?:Mrs?|Ms|Dr|St|Messrs|Capt|Col|Rev|Hon)\.(?=\s+[A-Z])"
    r"|\d+(?:[.,:]\d+)*(?:st|nd|rd|th)?|[^\W\d_]+(?:['’\-][^\W\d_]+)*(?:(?<=s)['’](?=\s[a-z]|\s[A-Z][a-z]))?|[^\w\s]|_"
)
_EMPHASIS = frozenset({"*", "_"})

STOP = lexicon("words", "stop")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark; ``start`` and ``end`` count from the text that was tokenised."""

    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        return self.text.lower()

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()


def tokens(text: str, offset: int = 0) -> list[Token]:
    """Words, numbers and marks of ``text``; places are shifted by ``offset``."""
    return [
        Token(matches.group(), matches.start() + offset, matches.end() + offset)
        for matches in _TOKEN.finditer(text)
        if matches.group() not in _EMPHASIS
    ]


def piece(run: Sequence[Token], text: str, start: int, end: int) -> str:
    """The source of tokens ``start`` to ``end`` (not included) of a run, on one line.

    ``text`` begins where the run's first token does; marks of emphasis are left out.
    """
    if start >= end:
        return ""
    origin = run[0].start
    matches = text[run[start].start - origin : run[end - 1].end - origin]
    return " ".join(matches.replace("*", "").replace("_", "").split())


@lru_cache(maxsize=50_000)
def words(text: str) -> tuple[str, ...]:
    """Lower-case words without marks; Chinese by character."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    matches: list[str] = []
    for token in _TOKEN.findall(plain):
        if HAN.search(token):
            matches.extend(runs(token))
        elif token[0].isalnum():
            matches.append(token.removesuffix("'s").rstrip("'"))
    return tuple(matches)


def essential(text: str) -> list[str]:
    """Words without articles, as answers are compared."""
    return [word for word in words(text) if word not in ARTICLES]


@lru_cache(maxsize=1)
def _stemmer() -> object:
    import Stemmer

    return Stemmer.Stemmer("english")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The Snowball stem of a lower-case word."""
    return str(_stemmer().stemWord(word))  # type: ignore[attr-defined]


@lru_cache(maxsize=50_000)
def content(text: str) -> frozenset[str]:
    """Stems of the words that carry meaning."""
    return frozenset(stem(word) for word in words(text) if word not in STOP)


def jaccard(left: Iterable[str], right: Iterable[str]) -> float:
    """Shared members over all members; 0 for two empty sets."""
    a, b = set(left), set(right)
    return len(a & b) / len(a | b) if a | b else 0.0


def word_ratio(left: str, right: str) -> float:
    """How near two questions are as sequences of words, 0 to 1 (1: the same words in order)."""
    a, b = words(left), words(right)
    if not a or not b:
        return 0.0
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def longest_run(left: Sequence[str], right: Sequence[str]) -> int:
    """Words in the longest run that both sequences contain."""
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return matcher.find_longest_match().size


def mostly_chinese(text: str) -> bool:
    """Whether most letters of the text are Chinese."""
    letters = sum(c.isalpha() for c in text)
    return letters > 0 and len(HAN.findall(text)) > letters / 2
