"""Whole sentences up to the budget, by llama-index's SentenceSplitter, with exact offsets.

The splitter returns stripped strings, which can be found again in the text only by guessing
where wording repeats. So its two steps are used apart: it splits the section into paragraphs,
sentences and, where these are too long, phrases and words; then it merges, for each piece, not
the words but the piece's place ("120-188 "), and the places in a merged chunk say where it
starts and ends. What is merged with what, and the overlap, remain the library's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sentences import split_sentences
from workbench.corpus.splitting.cut import Cut, Span, trimmed

PHRASES = r"[^,;:，、；：。！？…—]+[,;:，、；：。！？…—]*|[,;:，、；：。！？…—]+"
PLACE = re.compile(r"(\d+)-(\d+) ")


def by_sentences(text: str, cut: Cut) -> Iterator[Span]:
    """As many whole sentences as fit; two neighbours share some of them, up to the overlap."""
    from llama_index.core.node_parser import SentenceSplitter

    splitter = SentenceSplitter(
        chunk_size=cut.tokens,
        chunk_overlap=cut.overlap,
        tokenizer=lambda piece: range(cut.size(piece)),
        paragraph_separator="\n\n" if "\n\n" in text else "\n",
        chunking_tokenizer_fn=split_sentences,
        secondary_chunking_regex=PHRASES,
    )
    pieces = splitter._split(text, cut.tokens)
    place = 0
    for piece in pieces:
        end = place + len(piece.text)
        piece.text = f"{place}-{end} "
        piece.token_size = min(piece.token_size, cut.tokens)
        place = end
    assert place == len(text), "the splitter lost characters"
    for chunk in splitter._merge(pieces, cut.tokens):
        places = PLACE.findall(chunk + " ")
        yield from trimmed(text, int(places[0][0]), int(places[-1][1]))
