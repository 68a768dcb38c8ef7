"""Whole sections; one above the budget is halved where a paragraph or sentence ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sentences import sentence_ends
from workbench.corpus.splitting.cut import Cut, Span, trimmed

PARAGRAPH = re.compile(r"\n[ \t　]*\n")


def by_section(text: str, cut: Cut) -> Iterator[Span]:
    """The whole text, or its halves until each fits."""
    yield from _halves(text, 0, len(text), cut)


def _halves(text: str, start: int, end: int, cut: Cut) -> Iterator[Span]:
    stretch = text[start:end]
    middle = None if cut.fits(stretch) else _middle(stretch)
    if middle is None:
        yield from trimmed(text, start, end)
        return
    yield from _halves(text, start, start + middle, cut)
    yield from _halves(text, start + middle, end, cut)


def _middle(stretch: str) -> int | None:
    """The end of a paragraph, else of a sentence, nearest to the middle; None in one sentence.

    A paragraph's counts only within the middle half: what is cut at the edge is no half.
    """
    half = len(stretch) / 2
    paragraphs = [m.end() for m in PARAGRAPH.finditer(stretch)]
    near = [at for at in paragraphs if half / 2 <= at <= len(stretch) - half / 2]
    ends = near or [at for at in sentence_ends(stretch) if stretch[at:].strip()]
    return min(ends, key=lambda at: abs(at - half), default=None)
