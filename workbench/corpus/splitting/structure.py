"""Cut where the writer did: at headings, and between paragraphs, lists, tables and code.

markdown-it says on which lines each block of a Markdown text begins; pages, slides and documents
come as Markdown too. (llama-index's MarkdownNodeParser cuts at headings alone and returns stripped
text without its place.) A block is never parted where it fits: if it does not, a list is parted
between its items and a table between its rows, and only then a sentence from the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from workbench.corpus.splitting.cut import Cut, Span, trimmed
from workbench.corpus.splitting.sentences import by_sentences

LINE_END = re.compile(r"\r\n?|\n")
#: A block of a text: where it starts and ends, and whether it is a heading.
Block = tuple[int, int, bool]


def by_structure(text: str, cut: Cut) -> Iterator[Span]:
    """A heading with what follows it up to the next one, in as few stretches as fit."""
    held: Block | None = None
    for block in _blocks(text, cut):
        if held is not None and _joins(text, held, block, cut):
            held = held[0], block[1], held[2] and block[2]
            continue
        if held is not None:
            yield from trimmed(text, held[0], held[1])
        held = block
    if held is not None:
        yield from trimmed(text, held[0], held[1])


def _joins(text: str, held: Block, block: Block, cut: Cut) -> bool:
    """Whether a block stands with what is held: a heading begins anew, save after a heading."""
    return (held[2] or not block[2]) and cut.fits(text[held[0] : block[1]])


def _blocks(text: str, cut: Cut) -> Iterator[Block]:
    """The blocks of a text in order, each of them with the blanks that follow."""
    from markdown_it.tree import SyntaxTreeNode

    lines = [0, *(match.end() for match in LINE_END.finditer(text)), len(text)]
    root = SyntaxTreeNode(_parser().parse(text))
    yield from _parted(text, (0, len(text)), root.children, lines, cut)


def _parted(
    text: str, span: Span, nodes: Sequence[Any], lines: Sequence[int], cut: Cut
) -> Iterator[Block]:
    """The blocks of a stretch that ``nodes`` stand in, parted further where they do not fit."""
    placed = [node for node in nodes if node.map is not None] or [None]
    starts = [lines[node.map[0]] for node in placed[1:]]
    # What stands before the first block, or between two (a link's address), goes with one of them.
    borders = [span[0], *starts, span[1]]
    for node, (start, end) in zip(placed, pairwise(borders), strict=True):
        if end <= start:
            continue
        if cut.fits(text[start:end]):
            yield start, end, node is not None and node.type == "heading"
        elif node is not None and any(child.map is not None for child in node.children):
            yield from _parted(text, (start, end), node.children, lines, cut)
        else:
            for a, b in by_sentences(text[start:end], cut.apart()):
                yield start + a, start + b, False


@lru_cache(maxsize=1)
def _parser() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")
