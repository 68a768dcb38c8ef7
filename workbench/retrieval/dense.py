"""Dense search: FAISS over whole passages proposes, the best window of each decides."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from workbench.retrieval.arrays import Floats, Integers
from workbench.retrieval.building import PLACES, VECTORS, WINDOWS
from workbench.retrieval.rows import open_rows, unpack

SAMPLE = 2000


class Dense:
    """The vectors of one index, by passage position."""

    def __init__(self, path: Path, dimension: int) -> None:
        from llama_index.vector_stores.faiss import FaissVectorStore

        self.store = FaissVectorStore.from_persist_path(str(path / VECTORS))
        self._rows = open_rows(path / WINDOWS, dimension)
        self._places: Integers = np.load(path / PLACES)

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return len(self._places) - 1

    def nearest(self, query: Floats, count: int) -> Integers:
        """Positions of the ``count`` passages whose whole vectors are nearest, by llama-index."""
        from llama_index.core.vector_stores.types import VectorStoreQuery

        found = self.store.query(
            VectorStoreQuery(
                query_embedding=query.tolist(), similarity_top_k=min(count, self.passages)
            )
        )
        return np.array([int(position) for position in found.ids or []], np.int64)

    def best_windows(self, query: Floats, positions: Integers) -> Floats:
        """The cosine of each passage's best window, shape (len(positions),)."""
        if len(positions) == 0:
            return np.zeros(0, np.float32)
        starts, ends = self._places[positions], self._places[positions + 1]
        counts = ends - starts
        rows = np.concatenate([np.arange(a, b) for a, b in zip(starts, ends, strict=True)])
        cosines = unpack(np.asarray(self._rows[rows])) @ query
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        best: Floats = np.maximum.reduceat(cosines, first)
        return best

    def all_windows(self, query: Floats) -> Floats:
        """The best window of every passage; for corpora of up to ``SAMPLE`` passages."""
        best: Floats = np.maximum.reduceat(self._sampled @ query, self._sampled_places)
        return best

    def spread(self, query: Floats) -> tuple[float, float]:
        """Mean and standard deviation of the best-window cosine over a sample of passages.

        A query's scores mean something only against what it scores elsewhere: these make two
        retrievers' scores comparable. Up to ``SAMPLE`` passages the sample is all of them.
        """
        scores = self.all_windows(query)
        return float(scores.mean()), float(scores.std())

    @cached_property
    def _sample(self) -> Integers:
        if self.passages <= SAMPLE:
            return np.arange(self.passages)
        return np.sort(np.random.default_rng(0).choice(self.passages, SAMPLE, replace=False))

    @cached_property
    def _sampled(self) -> Floats:
        starts, ends = self._places[self._sample], self._places[self._sample + 1]
        rows = np.concatenate([np.arange(a, b) for a, b in zip(starts, ends, strict=True)])
        return unpack(np.asarray(self._rows[rows]))

    @cached_property
    def _sampled_places(self) -> Integers:
        counts = self._places[self._sample + 1] - self._places[self._sample]
        return np.concatenate([[0], np.cumsum(counts)[:-1]])
