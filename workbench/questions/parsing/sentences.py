"""Sentences of a section with their places, narration told from speech.

Speech is left alone when questions are written: its "I" and "you" need the speaker. The sentence
ends are found by rule, since a sentence cut wrongly is caught by the clause reader anyway.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PARAGRAPH = re.compile(r"\n[ \t]*\n+")
_END = re.compile(r"(?<=[.!?])[\"”’')\]]*\s+(?=[\"“‘'(\[]?[A-Z0-9])|(?<=[。！？])[”」』]?")
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Capt|Col|No|Messrs|Rev|Hon|Esq|[A-Z])\.$")
_QUOTED = re.compile(r"“[^”]*(?:”|$)|\"[^\"]*(?:\"|$)|「[^」]*(?:」|$)")
_SINGLE = re.compile(r"‘[^‘]*?(?:’(?!\w)|$)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` is the document from ``start`` to ``end``.

    ``speech`` is "" for narration, "whole" for a sentence inside one speech, "mixed" else.
    """

    text: str
    start: int
    end: int
    speech: str
    paragraph: int


def sentences(text: str, offset: int = 0) -> list[Sentence]:
    """Split a section's text; ``offset`` is the section's start in its document."""
    result: list[Sentence] = []
    at = 0
    paragraphs: list[tuple[int, int]] = []
    for gap in _PARAGRAPH.finditer(text):
        paragraphs.append((at, gap.start()))
        at = gap.end()
    paragraphs.append((at, len(text)))
    for number, (start, end) in enumerate(paragraphs):
        block = text[start:end]
        if not block.strip():
            continue
        speech = [m.span() for m in _QUOTED.finditer(block)] + [
            m.span() for m in _SINGLE.finditer(block)
        ]
        for left, right in _cut(block):
            piece = block[left:right]
            touched = [(a, b) for a, b in speech if a < right and left < b]
            whole = any(a <= left + 1 and right <= b + 1 for a, b in touched)
            quoted = "" if not touched else "whole" if whole else "mixed"
            result.append(
                Sentence(piece, offset + start + left, offset + start + right, quoted, number)
            )
    return result


def _cut(block: str) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    start = 0
    for end in _END.finditer(block):
        if _ABBREVIATION.search(block[start : end.start()]):
            continue
        _push(pieces, block, start, end.end())
        start = end.end()
    _push(pieces, block, start, len(block))
    return pieces


def _push(pieces: list[tuple[int, int]], block: str, start: int, end: int) -> None:
    piece = block[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = start + len(piece.rstrip())
    if right > left:
        pieces.append((left, right))
