"""What every way of cutting goes by, and what several of them do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from workbench.corpus.token_counts import TokenCounts

#: Start and end of a stretch of a text.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cut:
    """The tokens that a stretch may have, and those that two neighbours may share.

    ``embedding`` is a llama-index embedding, for the way of cutting that compares meanings.
    """

    counts: TokenCounts
    tokens: int
    overlap: int = 0
    embedding: Any = None

    def fits(self, text: str) -> bool:
        """Whether a text has no more tokens than a stretch may have."""
        return self.size(text) <= self.tokens

    def size(self, text: str) -> int:
        """The tokens of a text, or one more than the budget where it has more.

        A word is at least one token, so most of what is too long need not be tokenized.
        """
        if len(text) > self.tokens and len(text.split()) > self.tokens:
            return self.tokens + 1
        return min(self.counts(text), self.tokens + 1)

    def apart(self) -> Cut:
        """The same with neighbours that share nothing."""
        return replace(self, overlap=0)


def trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """The stretch without blanks at its ends; none where it is blank."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        yield start, end
