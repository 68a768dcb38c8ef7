"""Passages embedded by workers on other machines, into the cache of vectors that building reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.stages.context import RunContext
from workbench.stages.inputs import EmbeddingInput

if TYPE_CHECKING:
    from workbench.retrieval.arrays import Floats

#: Passages that a worker is given at a time.
UNIT = 256


@dataclass(frozen=True)
class Embedding:
    """Opens a worker that gives the vectors of passages, with windows of so many words."""

    embedding: EmbeddingInput
    window_words: int

    def __call__(self, context: RunContext) -> Callable[[tuple[str, ...]], list[Floats]]:
        from workbench.retrieval.windows import passage_vectors

        return lambda texts: passage_vectors(texts, self.window_words, self.embedding.source)


def embed_elsewhere(
    texts: Sequence[str], embedding: EmbeddingInput, window_words: int, context: RunContext
) -> int:
    """Have the vectors of those texts that have none put into the cache; how many these were.

    An endpoint's are asked for from this machine, which keeps to its pace.
    """
    from workbench.retrieval import embeddings
    from workbench.retrieval.vector_cache import VectorCache, default_root

    source = embedding.source
    if context.executor.is_here or embeddings.is_remote(source):
        return 0
    size = embeddings.dimension(source)
    known = VectorCache(default_root(), embedding.weights, window_words, size)
    missing = known.missing(texts)
    units = [tuple(missing[at : at + UNIT]) for at in range(0, len(missing), UNIT)]
    done = 0
    for place, vectors in context.spread(Embedding(embedding, window_words), units):
        known.put(units[place], vectors)
        done += len(vectors)
        context.progress(done, len(missing), "vectors")
    return done
