"""Passages -> their vectors, block by block, by way of the cache: for building and for adding."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.experiment.retrieval import RetrievalSpec
from workbench.models.tokens import estimated_tokens
from workbench.retrieval import embeddings, windows
from workbench.retrieval.arrays import Floats, Integers
from workbench.retrieval.queries import occurrences
from workbench.retrieval.vector_cache import VectorCache, default_root
from workbench.types import Progress, silent

BLOCK = 1024


class Embedded:
    """The vectors of passages, and what is counted while they pass by.

    ``counts`` says in how many of the passages each token occurs; ``embedded`` how many texts were
    not in the cache.
    """

    def __init__(self, spec: RetrievalSpec, cache: Path | None) -> None:
        self.model = embeddings.embedding_identity(spec.embedding)
        self.dimension = embeddings.dimension(spec.embedding)
        self.embedded = self.tokens = 0
        self._spec = spec
        remote = embeddings.is_remote(spec.embedding)
        self._tokenizer = (
            None if remote else embeddings.sentence_transformer(spec.embedding).tokenizer
        )
        self._known = VectorCache(
            cache or default_root(), self.model, spec.window_words, self.dimension
        )
        # Of an endpoint's model no token is known, and none searches by itself.
        vocabulary = 1 if self._tokenizer is None else len(self._tokenizer)
        self.counts: Floats = np.zeros(vocabulary, np.float32)

    def rows(
        self, all_texts: Sequence[str], progress: Progress = silent
    ) -> Iterator[NDArray[np.void]]:
        """Each passage's rows in order: the whole passage's first, then its windows'."""
        for first in range(0, len(all_texts), BLOCK):
            texts = list(all_texts[first : first + BLOCK])
            new = self._known.missing(texts)
            if new:
                self._known.put(
                    new,
                    windows.passage_vectors(new, self._spec.window_words, self._spec.embedding),
                )
                self.embedded += len(new)
            self._count(texts)
            yield from self._known.get(texts)
            progress(min(first + BLOCK, len(all_texts)), len(all_texts), "vectors")

    def _count(self, texts: Sequence[str]) -> None:
        if self._tokenizer is None:
            # Each text is sent whole, and once more in its windows.
            self.tokens += 2 * sum(map(estimated_tokens, texts))
            return
        ids = windows.token_ids(self._tokenizer, texts)
        self.counts += occurrences(len(self.counts), ids)
        self.tokens += sum(map(len, ids))

    def write(
        self, texts: Sequence[str], sinks: tuple[Any, Any], progress: Progress = silent
    ) -> Integers:
        """Append rows to two open files; how many windows each passage has, shape (passages,).

        The first gets the rows of whole passages, the second those of their windows.
        """
        wholes, parts = sinks
        sizes = []
        for rows in self.rows(texts, progress):
            wholes.write(rows[:1].tobytes())
            parts.write(rows[1:].tobytes())
            sizes.append(len(rows) - 1)
        for sink in sinks:
            sink.flush()
            os.fsync(sink.fileno())
        return np.array(sizes, np.int64)
