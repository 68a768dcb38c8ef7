"""Passages that say something new: maximal marginal relevance over the candidates.

Carbonell & Goldstein 1998, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and
Producing Summaries". Each next passage is the one that best trades how well it matches the question
against how much it is like what was taken before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.retrieval.arrays import Floats, Integers
from workbench.retrieval.lexical import terms


def diverse(scores: Floats, likeness: Floats, weight: float, count: int) -> Integers:
    """The places of ``count`` candidates in the order in which they are taken.

    ``scores``, shape (n,), are put on a scale of 0 to 1 over the candidates, which is the scale of
    ``likeness``, shape (n, n). With ``weight`` 1 the order is that of the scores.
    """
    least, most = float(scores.min()), float(scores.max())
    relevance = (scores - least) / ((most - least) or 1.0)
    nearest = np.zeros(len(scores), np.float32)
    left = np.ones(len(scores), bool)
    taken: list[int] = []
    for _ in range(min(count, len(scores))):
        worth = weight * relevance - (1 - weight) * nearest
        # Of equal ones argmax takes the first, which the search holds the better one.
        best = int(np.argmax(np.where(left, worth, -np.inf)))
        taken.append(best)
        left[best] = False
        nearest = np.maximum(nearest, likeness[best])
    return np.array(taken, np.int64)


def likeness_of_vectors(vectors: Floats) -> Floats:
    """The cosines of unit vectors, shape (n, n), none below 0."""
    cosines: Floats = np.maximum(vectors @ vectors.T, 0.0)
    return cosines


def likeness_of_words(texts: Sequence[str]) -> Floats:
    """The cosines of texts as sets of the stems that BM25 counts, shape (n, n)."""
    sets = [frozenset(terms(text)) for text in texts]
    size = np.sqrt([max(1, len(own)) for own in sets])
    shared = np.array([[len(one & other) for other in sets] for one in sets], np.float32)
    return np.asarray(shared / size[:, None] / size, np.float32)
