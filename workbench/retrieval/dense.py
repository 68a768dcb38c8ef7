"""Dense search: FAISS over whole passages proposes, their windows decide."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from workbench.retrieval.arrays import Floats, Integers
from workbench.retrieval.building import PLACES, VECTORS, WINDOWS
from workbench.retrieval.queries import QueryVectors
from workbench.retrieval.rows import open_rows, unpack

EXHAUSTIVE = 2000
SAMPLE = 500


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

    def nearest(self, query: QueryVectors, count: int) -> Integers:
        """Positions of the ``count`` passages whose whole vectors are nearest, by llama-index."""
        from llama_index.core.vector_stores.types import VectorStoreQuery

        matches = self.store.query(
            VectorStoreQuery(
                query_embedding=query.whole.tolist(), similarity_top_k=min(count, self.passages)
            )
        )
        return np.array([int(position) for position in matches.ids or []], np.int64)

    def scores(self, query: QueryVectors, positions: Integers) -> Floats:
        """How well the windows of each passage match the query, shape (len(positions),)."""
        if len(positions) == 0:
            return np.zeros(0, np.float32)
        return _score(query, *self._read(positions))

    def all_scores(self, query: QueryVectors) -> Floats:
        """The same for every passage; for corpora of up to ``EXHAUSTIVE`` passages."""
        return _score(query, *self._everything)

    def spread(self, query: QueryVectors) -> tuple[float, float]:
        """Mean and standard deviation of the score over ``SAMPLE`` passages drawn once.

        A query's scores mean something only against what it scores elsewhere: these make two
        retrievers' scores comparable.
        """
        scores = _score(query, *self._sample)
        return float(scores.mean()), float(scores.std())

    @cached_property
    def _everything(self) -> tuple[Floats, Integers]:
        return self._read(np.arange(self.passages))

    @cached_property
    def _sample(self) -> tuple[Floats, Integers]:
        count = min(SAMPLE, self.passages)
        drawn = np.random.default_rng(0).choice(self.passages, count, replace=False)
        return self._read(np.sort(drawn))

    def _read(self, positions: Integers) -> tuple[Floats, Integers]:
        """The windows of these passages, and where in them each passage begins."""
        starts, ends = self._places[positions], self._places[positions + 1]
        rows = np.concatenate([np.arange(a, b) for a, b in zip(starts, ends, strict=True)])
        begins = np.concatenate([[0], np.cumsum(ends - starts)[:-1]])
        return unpack(np.asarray(self._rows[rows])), begins


def _score(query: QueryVectors, windows: Floats, begins: Integers) -> Floats:
    """The weighted mean over the query's rows of each row's best cosine in a passage."""
    # reduceat misreads empty groups; there are none, since every passage has a window.
    best = np.maximum.reduceat(windows @ query.rows.T, begins, axis=0)
    scores: Floats = best @ query.weights
    return scores
