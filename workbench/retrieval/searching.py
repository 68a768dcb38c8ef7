"""An index folder -> a retriever: BM25 and dense search fused by standardised scores, reranked.

Reciprocal ranks discard how far ahead a passage is, and lose to BM25 alone; scores in standard
deviations over the corpus keep it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import WorkbenchError
from workbench.experiment.parts import RetrievalSpec
from workbench.retrieval.arrays import Floats, Integers
from workbench.retrieval.building import FORMAT, LEXICAL, METADATA, TOKENS, read_passages
from workbench.retrieval.dense import EXHAUSTIVE, Dense
from workbench.retrieval.lexical import Lexical
from workbench.retrieval.queries import QueryVectors, encode
from workbench.retrieval.reranking import Reranker, make_reranker
from workbench.types import LanguageModel, Passage, Retrieved

POOL = 200
QUERY_BATCH = 256


def open_index(
    path: Path, spec: RetrievalSpec, reranker: LanguageModel | None = None
) -> HybridRetriever:
    """The retriever over an index folder. Only queries will be embedded.

    ``reranker`` is the language model whose likelihood reranks where ``spec.rerank`` is
    ``likelihood``. Raises WorkbenchError where the folder holds no finished index, or one of
    another embedding model or window length than ``spec`` names.
    """
    try:
        facts = json.loads((path / METADATA).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkbenchError(
            f"{path} holds no finished index.", "Run the experiment again; it is then built."
        ) from error
    for key, wanted in (("format", FORMAT), ("embedding", spec.embedding)):
        if facts.get(key) != wanted:
            raise WorkbenchError(
                f"The index in {path} was built with {key} {facts.get(key)!r}, not {wanted!r}.",
                "Delete it and run the experiment again.",
            )
    if spec.mode != "bm25" and facts.get("window_words") != spec.window_words:
        raise WorkbenchError(
            f"The index in {path} has windows of {facts.get('window_words')} words, "
            f"not {spec.window_words}.",
            "Delete it and run the experiment again.",
        )
    if spec.mode != "bm25" and "dimension" not in facts:
        raise WorkbenchError(
            f"The index in {path} has no vectors; it was built for mode 'bm25'.",
            "Delete it and run the experiment again.",
        )
    return HybridRetriever(path, spec, facts, make_reranker(spec, reranker))


class HybridRetriever:
    """Search over the passages of one corpus, by the mode of its specification."""

    def __init__(
        self,
        path: Path,
        spec: RetrievalSpec,
        facts: dict[str, Any],
        reranker: Reranker | None = None,
    ) -> None:
        self.spec = spec
        self.passages: tuple[Passage, ...] = tuple(read_passages(path))
        self.seconds: dict[str, float] = {}
        self._reranker = reranker
        self._lexical = Lexical.open(path / LEXICAL) if spec.mode != "dense" else None
        self._dense = Dense(path, facts["dimension"]) if spec.mode != "bm25" else None
        self._counts = np.load(path / TOKENS) if spec.mode != "bm25" else None

    def retrieve(self, queries: Sequence[str], k: int) -> list[list[Retrieved]]:
        """The best ``k`` passages for each query, best first; fewer only in a smaller corpus."""
        result: list[list[Retrieved]] = []
        for first in range(0, len(queries), QUERY_BATCH):
            batch = list(queries[first : first + QUERY_BATCH])
            result += self._retrieve(batch, k)
        return result

    def as_llama_index_retriever(self, k: int | None = None) -> Any:
        """This search as a llama-index BaseRetriever, for its query engines."""
        from workbench.retrieval.llama import LlamaRetriever

        return LlamaRetriever(self, k or self.spec.top_k)

    def _retrieve(self, queries: list[str], k: int) -> list[list[Retrieved]]:
        wanted = max(k, self.spec.candidates) if self._reranker else k
        vectors = self._embedded(queries)
        ranked: list[tuple[Integers, Floats]] = []
        for row, query in enumerate(queries):
            positions, scores = self._scored(query, None if vectors is None else vectors[row])
            # Stable, so that passages with equal scores keep the order of the text.
            order = np.argsort(-scores, kind="stable")[:wanted]
            ranked.append((positions[order], scores[order]))
        if self._reranker:
            ranked = self._reranked(queries, ranked)
        return [
            [
                Retrieved(self.passages[int(p)], float(s), rank)
                for rank, (p, s) in enumerate(zip(positions[:k], scores[:k], strict=True), 1)
            ]
            for positions, scores in ranked
        ]

    def _embedded(self, queries: list[str]) -> list[QueryVectors] | None:
        if self._counts is None:
            return None
        with self._clocked("embed"):
            return encode(queries, self.spec.embedding, self._counts, len(self.passages))

    def _scored(self, query: str, vectors: QueryVectors | None) -> tuple[Integers, Floats]:
        """Positions of all passages worth a look, in order of position, and their scores."""
        lexical = self._lexical_scores(query)
        if vectors is None or self._dense is None:
            assert lexical is not None
            return self._everything, lexical
        with self._clocked("dense"):
            if self._dense.passages <= EXHAUSTIVE:
                positions, dense = self._everything, self._dense.all_scores(vectors)
                mean, deviation = float(dense.mean()), float(dense.std())
            else:
                positions = self._proposed(vectors, lexical)
                dense = self._dense.scores(vectors, positions)
                mean, deviation = self._dense.spread(vectors)
        if lexical is None:
            return positions, dense
        with self._clocked("fusion"):
            weight = self.spec.lexical_weight
            words = standardised(lexical[positions], float(lexical.mean()), float(lexical.std()))
            return positions, weight * words + (1 - weight) * standardised(dense, mean, deviation)

    def _lexical_scores(self, query: str) -> Floats | None:
        if self._lexical is None:
            return None
        with self._clocked("bm25"):
            return self._lexical.scores(query)

    def _proposed(self, vectors: QueryVectors, lexical: Floats | None) -> Integers:
        """What either side finds likely, in a corpus too large to score every passage."""
        assert self._dense is not None
        near = self._dense.nearest(vectors, POOL)
        if lexical is None:
            return np.unique(near)
        # Only corpora above EXHAUSTIVE come here, so there are more than POOL passages.
        words = np.argpartition(-lexical, POOL)[:POOL]
        return np.unique(np.concatenate([near, words]))

    def _reranked(
        self, queries: list[str], ranked: list[tuple[Integers, Floats]]
    ) -> list[tuple[Integers, Floats]]:
        """Mix in the reranker's opinion of the candidates, each standardised over them."""
        assert self._reranker is not None
        pairs = [
            (query, self.passages[int(p)].text)
            for query, (positions, _) in zip(queries, ranked, strict=True)
            for p in positions
        ]
        with self._clocked("rerank"):
            opinions = np.array(self._reranker(pairs), np.float32)
        mixed: list[tuple[Integers, Floats]] = []
        at = 0
        for positions, scores in ranked:
            opinion = opinions[at : at + len(positions)]
            at += len(positions)
            weight = self.spec.rerank_weight
            total = (1 - weight) * _over_these(scores) + weight * _over_these(opinion)
            order = np.argsort(-total, kind="stable")
            mixed.append((positions[order], total[order]))
        return mixed

    @cached_property
    def _everything(self) -> Integers:
        return np.arange(len(self.passages))

    def _clocked(self, stage: str) -> _Clock:
        return _Clock(self.seconds, stage)


def standardised(scores: Floats, mean: float, deviation: float) -> Floats:
    """Scores in standard deviations from the mean; zero where they do not vary."""
    result: Floats = (scores - np.float32(mean)) / np.float32(deviation or 1.0)
    return result


def _over_these(scores: Floats) -> Floats:
    return standardised(scores, float(scores.mean()), float(scores.std()))


class _Clock:
    """Adds the seconds of a block to a stage's total."""

    def __init__(self, totals: dict[str, float], stage: str) -> None:
        self._totals = totals
        self._stage = stage
        self._started = 0.0

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        spent = time.perf_counter() - self._started
        self._totals[self._stage] = self._totals.get(self._stage, 0.0) + spent
