"""Sections -> passages by llama-index's SentenceSplitter, with exact offsets.

The splitter returns stripped strings, which can be found again in the text only by guessing
where wording repeats. So its two steps are used apart: it splits the section into paragraphs,
sentences and, where these are too long, phrases and words; then it merges, for each piece, not
the words but the piece's place ("120-188 "), and the places in a merged chunk say where it
starts and ends. What is merged with what, and the overlap, remain the library's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from workbench.corpus.corpus import Corpus
from workbench.corpus.sentences import split_sentences
from workbench.corpus.token_counts import TokenCounts
from workbench.types import Passage, Section

PHRASES = r"[^,;:，、；：。！？…—]+[,;:，、；：。！？…—]*|[,;:，、；：。！？…—]+"
PLACE = re.compile(r"(\d+)-(\d+) ")
BLOCK = 64


def passages(
    corpus: Corpus,
    tokens: int,
    overlap: int,
    count_tokens: Callable[[str], int] | Any,
) -> list[Passage]:
    """The passages of every section, in order, each of at most ``tokens`` tokens.

    ``overlap`` is how many tokens of whole sentences two neighbours may share. ``count_tokens``
    is a model's counter, or its Hugging Face tokenizer (much faster: it counts in batches). No
    passage crosses a section, and ``document.text[start:end] == passage.text``. Where one single
    character has more tokens than the budget, it stands alone as a passage above it.
    """
    counts = TokenCounts(count_tokens)
    return list(_all(corpus.sections, counts, tokens, min(overlap, tokens // 2)))


def _all(
    sections: Sequence[Section], counts: TokenCounts, tokens: int, overlap: int
) -> Iterator[Passage]:
    for first in range(0, len(sections), BLOCK):
        block = sections[first : first + BLOCK]
        counts.forget()
        counts.learn([s for section in block for s in split_sentences(section.text)])
        matches = [list(_spans(s.text, counts, tokens, overlap)) for s in block]
        counts.learn(
            [s.text[a:b] for s, spans in zip(block, matches, strict=True) for a, b in spans]
        )
        for section, spans in zip(block, matches, strict=True):
            for start, end in spans:
                for a, b in _fitting(section.text, start, end, counts, tokens):
                    yield Passage(
                        document=section.document,
                        start=section.start + a,
                        end=section.start + b,
                        text=section.text[a:b],
                        section=section.id,
                    )


def _spans(text: str, counts: TokenCounts, tokens: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Start and end of each passage in ``text``, without blanks at its ends."""
    from llama_index.core.node_parser import SentenceSplitter

    splitter = SentenceSplitter(
        chunk_size=tokens,
        chunk_overlap=overlap,
        tokenizer=lambda piece: range(_size(piece, counts, tokens)),
        paragraph_separator="\n\n" if "\n\n" in text else "\n",
        chunking_tokenizer_fn=split_sentences,
        secondary_chunking_regex=PHRASES,
    )
    pieces = splitter._split(text, tokens)
    place = 0
    for piece in pieces:
        end = place + len(piece.text)
        piece.text = f"{place}-{end} "
        piece.token_size = min(piece.token_size, tokens)
        place = end
    assert place == len(text), "the splitter lost characters"
    for chunk in splitter._merge(pieces, tokens):
        places = PLACE.findall(chunk + " ")
        yield from _trimmed(text, int(places[0][0]), int(places[-1][1]))


def _size(piece: str, counts: TokenCounts, tokens: int) -> int:
    """The tokens of a piece, or one more than the budget where it has more.

    A word is at least one token, so most of what is too long need not be tokenized.
    """
    if len(piece) > tokens and len(piece.split()) > tokens:
        return tokens + 1
    return min(counts(piece), tokens + 1)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        yield start, end


def _fitting(
    text: str, start: int, end: int, counts: TokenCounts, tokens: int
) -> Iterator[tuple[int, int]]:
    """The span, halved at a blank until each part fits: a whole can have more tokens than the
    sum of its parts, and then the splitter's sums were too low."""
    if counts(text[start:end]) <= tokens or end - start == 1:
        yield start, end
        return
    middle = (start + end) // 2
    space = text.rfind(" ", start + 1, middle + 1)
    cut = space if space > start else middle
    for a, b in ((start, cut), (cut, end)):
        for c, d in _trimmed(text, a, b):
            yield from _fitting(text, c, d, counts, tokens)
