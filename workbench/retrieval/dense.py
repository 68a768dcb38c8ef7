"""Dense search: FAISS, or a store, proposes by whole passages; their windows decide."""

from __future__ import annotations

import mmap
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.retrieval.arrays import Floats, Integers
from workbench.retrieval.embeddings import unit
from workbench.retrieval.index_files import IndexFiles
from workbench.retrieval.queries import QueryVectors
from workbench.retrieval.rows import open_rows, unpack

if TYPE_CHECKING:
    from workbench.retrieval.stores import Collection

EXHAUSTIVE = 2000
SAMPLE = 500


class Dense:
    """The vectors of one index, by passage position; ``elsewhere`` is the store of whole ones."""

    def __init__(
        self,
        files: IndexFiles,
        dimension: int,
        removed: Integers | None = None,
        elsewhere: Collection | None = None,
    ) -> None:
        from llama_index.vector_stores.faiss import FaissVectorStore

        self._elsewhere = elsewhere
        if elsewhere is None:
            self.store = FaissVectorStore.from_persist_path(str(files.vectors))
        self._rows = open_rows(files.windows, dimension)
        self._places: Integers = np.load(files.places)
        gone = np.zeros(0, np.int64) if removed is None else removed
        self._removed = gone
        #: Positions of the passages that may be found.
        self.kept: Integers = np.setdiff1d(np.arange(self.passages), gone, assume_unique=True)

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return len(self._places) - 1

    def nearest(self, query: QueryVectors, count: int) -> Integers:
        """Positions of the ``count`` passages whose whole vectors are nearest, by llama-index."""
        if self._elsewhere is not None:
            return self._elsewhere.nearest(query.whole, min(count, self.passages))
        if len(self._removed):
            return self._nearest_kept(query, count)
        from llama_index.core.vector_stores.types import VectorStoreQuery

        matches = self.store.query(
            VectorStoreQuery(
                query_embedding=query.whole.tolist(), similarity_top_k=min(count, self.passages)
            )
        )
        return np.array([int(position) for position in matches.ids or []], np.int64)

    def _nearest_kept(self, query: QueryVectors, count: int) -> Integers:
        """The same without removed passages, which llama-index's store cannot leave out."""
        import faiss

        index = self.store.client
        how: Any = faiss.SearchParameters()
        if isinstance(index, faiss.IndexIVF):
            how = faiss.SearchParametersIVF()
            how.nprobe = index.nprobe
        # Both held by a name: FAISS keeps only their addresses.
        removed = faiss.IDSelectorBatch(self._removed)
        kept = faiss.IDSelectorNot(removed)
        how.sel = kept
        _, found = index.search(query.whole[None], min(count, len(self.kept)), params=how)
        return np.asarray(found[0][found[0] >= 0], np.int64)

    def scores(self, query: QueryVectors, positions: Integers) -> Floats:
        """How well the windows of each passage match the query, shape (len(positions),)."""
        if len(positions) == 0:
            return np.zeros(0, np.float32)
        return _score(query, *self._read(positions))

    def all_scores(self, query: QueryVectors) -> Floats:
        """The same for every passage kept; for corpora of up to ``EXHAUSTIVE`` passages."""
        return _score(query, *self._everything)

    def vectors(self, positions: Integers) -> Floats:
        """What each passage says as a whole, shape (len(positions), d): its windows' mean."""
        windows, begins = self._read(positions)
        return unit(np.add.reduceat(windows, begins, axis=0))

    def spread(self, query: QueryVectors) -> tuple[float, float]:
        """Mean and standard deviation of the score over ``SAMPLE`` passages drawn once.

        A query's scores mean something only against what it scores elsewhere: these make two
        retrievers' scores comparable.
        """
        scores = _score(query, *self._sample)
        return float(scores.mean()), float(scores.std())

    @cached_property
    def _everything(self) -> tuple[Floats, Integers]:
        return self._read(self.kept)

    @cached_property
    def _sample(self) -> tuple[Floats, Integers]:
        count = min(SAMPLE, len(self.kept))
        drawn = np.random.default_rng(0).choice(len(self.kept), count, replace=False)
        return self._read(self.kept[np.sort(drawn)])

    def _read(self, positions: Integers) -> tuple[Floats, Integers]:
        """The windows of these passages, and where in them each passage begins."""
        starts, ends = self._places[positions], self._places[positions + 1]
        if len(positions) < self.passages and isinstance(self._rows, np.memmap):
            self._announce(starts, ends)
        rows = np.concatenate([np.arange(a, b) for a, b in zip(starts, ends, strict=True)])
        begins = np.concatenate([[0], np.cumsum(ends - starts)[:-1]])
        return unpack(np.asarray(self._rows[rows])), begins

    def _announce(self, starts: Integers, ends: Integers) -> None:
        """Have the disk fetch these rows all at once; touched one by one, each would be waited for.

        Where the file is in memory already this costs a microsecond per passage.
        """
        size, page = self._rows.dtype.itemsize, mmap.PAGESIZE
        memory: mmap.mmap = self._rows._mmap  # type: ignore[attr-defined]
        for start, end in zip(starts * size // page * page, ends * size, strict=True):
            memory.madvise(mmap.MADV_WILLNEED, int(start), int(end - start))


def _score(query: QueryVectors, windows: Floats, begins: Integers) -> Floats:
    """The weighted mean over the query's rows of each row's best cosine in a passage."""
    # reduceat misreads empty groups; there are none, since every passage has a window.
    best = np.maximum.reduceat(windows @ query.rows.T, begins, axis=0)
    scores: Floats = best @ query.weights
    return scores
