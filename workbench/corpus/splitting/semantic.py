"""Cut where the meaning turns: between sentences whose neighbourhoods are least alike.

llama-index's SemanticSplitterNodeParser embeds each sentence with its neighbours and measures how
far each is from the next; it cuts where that is above a percentile, and bounds no chunk. Here the
same distances also say where a stretch above the budget is cut further, and the sentences' places
give exact offsets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from workbench.corpus.sentences import split_sentences
from workbench.corpus.splitting.cut import Cut, Span, trimmed
from workbench.corpus.splitting.sentences import by_sentences

#: Of the distances in a text, the percentile above which it is always cut: llama-index's default.
PERCENTILE = 95


def by_meaning(text: str, cut: Cut) -> Iterator[Span]:
    """Stretches of sentences about one thing, none above the budget."""
    sentences = split_sentences(text)
    places = [0, *accumulate(map(len, sentences))]
    distances = _distances(sentences, cut.embedding)
    for first, last in _groups(distances, _turn(distances), places, text, cut):
        start, end = places[first], places[last]
        if cut.fits(text[start:end]):
            yield from trimmed(text, start, end)
            continue
        # One sentence above the budget.
        for a, b in by_sentences(text[start:end], cut.apart()):
            yield start + a, start + b


def _distances(sentences: Sequence[str], embedding: Any) -> list[float]:
    """How far each sentence, with its neighbours, is from the next: 1 - cosine."""
    if len(sentences) < 2:
        return []
    from llama_index.core.node_parser import SemanticSplitterNodeParser

    parser = SemanticSplitterNodeParser(embed_model=embedding, sentence_splitter=split_sentences)
    groups = parser._build_sentence_groups(list(sentences))
    vectors = embedding.get_text_embedding_batch([group["combined_sentence"] for group in groups])
    for group, vector in zip(groups, vectors, strict=True):
        group["combined_sentence_embedding"] = vector
    return [float(value) for value in parser._calculate_distances_between_sentence_groups(groups)]


def _turn(distances: Sequence[float]) -> float:
    """The distance above which the text is cut however short the stretches are."""
    import numpy as np

    return float(np.percentile(distances, PERCENTILE)) if distances else 0.0


def _groups(
    distances: Sequence[float], turn: float, places: Sequence[int], text: str, cut: Cut
) -> Iterator[Span]:
    """First and last of the sentences of each stretch, the last excluded."""
    todo = [(0, len(places) - 1)]
    while todo:
        first, last = todo.pop()
        if last - first < 1:
            continue
        at = _parting(distances, turn, first, last, cut.fits(text[places[first] : places[last]]))
        if at is None:
            yield first, last
        else:
            todo += [(at, last), (first, at)]


def _parting(
    distances: Sequence[float], turn: float, first: int, last: int, fits: bool
) -> int | None:
    """The sentence before which a stretch is cut, or None where it stays whole.

    What is too long without a turn is cut at its greatest distance within the middle half: at its
    edge that would leave single sentences.
    """
    if last - first < 2:
        return None
    far = max(range(first, last - 1), key=lambda place: distances[place])
    if distances[far] > turn:
        return far + 1
    if fits:
        return None
    quarter = (last - first) // 4
    inner = range(first + quarter, max(last - 1 - quarter, first + quarter + 1))
    return max(inner, key=lambda place: distances[place]) + 1
