"""An index folder -> a retriever: BM25, dense and graph search fused by standardised scores.

Reciprocal ranks discard how far ahead a passage is, and lose to BM25 alone; scores in standard
deviations over the corpus keep it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import RetrievalSpec
from workbench.retrieval.arrays import Floats, Integers
from workbench.retrieval.dense import EXHAUSTIVE, Dense
from workbench.retrieval.diversity import diverse, likeness_of_vectors, likeness_of_words
from workbench.retrieval.first_stage import PROPOSED
from workbench.retrieval.index_files import FORMAT, IndexFiles, open_passages, read_facts
from workbench.retrieval.lexical import Lexical
from workbench.retrieval.llm_reranking import ModelRanker
from workbench.retrieval.queries import QueryVectors, encode, turned
from workbench.retrieval.ranking import best, highest
from workbench.retrieval.reranking import Reranker, make_reranker
from workbench.retrieval.stores import store_of
from workbench.types import LanguageModel, Passage, Retrieved, Written

if TYPE_CHECKING:
    from workbench.retrieval.graph.searching import GraphSearch
    from workbench.retrieval.query_forms import QueryWriter
    from workbench.retrieval.sparse import Sparse

POOL = PROPOSED
#: The graph's share where it searches alone: the text decides between what it says nothing of.
GRAPH_ALONE = 0.99
#: The same of the sparse search.
SPARSE_ALONE = 0.99
QUERY_BATCH = 256


def open_index(
    path: Path,
    spec: RetrievalSpec,
    reranker: LanguageModel | None = None,
    writer: QueryWriter | None = None,
    query_map: Floats | None = None,
    kept: Path | None = None,
    identity: str = "",
) -> HybridRetriever:
    """The retriever over an index folder. Only queries will be embedded.

    ``reranker`` is the language model whose likelihood reranks where ``spec.rerank`` is
    ``likelihood``, or which ranks where it names one's form; ``kept`` is the folder of its replies
    then, ``identity`` what they hang on. ``writer`` writes what is searched with where
    ``spec.query`` asks for it, ``query_map`` (dimension x dimension) turns the question's vectors
    where one was trained. Raises WorkbenchError where one of them is missing, and where the folder
    holds no finished index, or one of another embedding model or window length than ``spec`` names.
    """
    if spec.query is not None and writer is None:
        raise WorkbenchError(
            f"retrieval.query is {spec.query!r}, and no model was given to write it.",
            "Give open_index a writer (workbench.retrieval.query_forms.make_writer), or leave it "
            "out.",
        )
    facts = read_facts(path)
    embedding = spec.model_dump(mode="json")["embedding"]
    for key, wanted in (("format", FORMAT), ("embedding", embedding)):
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
    ranking = make_reranker(spec, reranker, kept, identity)
    return HybridRetriever(path, spec, facts, ranking, writer, query_map)


class HybridRetriever:
    """Search over the passages of one corpus, by the mode of its specification."""

    def __init__(
        self,
        path: Path,
        spec: RetrievalSpec,
        facts: dict[str, Any],
        reranker: Reranker | None = None,
        writer: QueryWriter | None = None,
        query_map: Floats | None = None,
    ) -> None:
        self.spec = spec
        self._query_map = query_map
        self._writer = writer
        files = IndexFiles(path, facts.get("change", 0))
        self.passages: Sequence[Passage] = open_passages(files, facts["passages"])
        self.seconds: dict[str, float] = {}
        self._reranker = reranker
        removed = np.load(files.removed) if files.removed.exists() else np.zeros(0, np.int64)
        self._removed = removed
        self._kept = np.setdiff1d(np.arange(len(self.passages)), removed, assume_unique=True)
        parts = [part for part in (files.lexical, files.added) if part.exists()]
        self._lexical = [Lexical.open(part) for part in parts] if spec.mode != "dense" else []
        self._dense = (
            Dense(files, facts["dimension"], removed, store_of(path, spec, facts))
            if spec.mode != "bm25"
            else None
        )
        self._counts = np.load(files.counts) if spec.mode != "bm25" else None
        graph = spec.searches_graph or spec.shown_triples
        self._graph = _open_graph(path, spec, self.passages) if graph else None
        self._sparse = _open_sparse(path, spec) if spec.searches_sparse else None

    def written(self, queries: Sequence[str]) -> list[Written]:
        """What each query is searched with, and what it took; nothing where no model writes."""
        if self._writer is None:
            return []
        with self._clocked("write"):
            return self._writer.write(queries)

    def forgetful(self) -> HybridRetriever:
        """The same search, which has all it searches with written anew."""
        other = copy(self)
        other._writer = None if self._writer is None else self._writer.forgetful()
        if isinstance(self._reranker, ModelRanker):
            other._reranker = self._reranker.forgetful()
        return other

    def ranked(self, queries: Sequence[str]) -> list[Written]:
        """What ranking the candidates of the last search took of a model, and the seconds that it
        took before; nothing where no model ranks."""
        if not isinstance(self._reranker, ModelRanker):
            return []
        return [self._reranker.took.get(query, Written(())) for query in queries]

    def told(self, queries: Sequence[str]) -> list[list[Retrieved]]:
        """What the graph says of each query, to stand before its passages; nothing where no triple
        is to be shown."""
        if self._graph is None or not self.spec.shown_triples:
            return []
        vectors = self._embedded(list(queries)) or []
        with self._clocked("graph"):
            return [
                self._graph.told(query, vector.whole, self.spec.shown_triples)
                for query, vector in zip(queries, vectors, strict=True)
            ]

    @property
    def kept_order(self) -> int:
        """How often the order of the candidates stayed, since the model ranked nothing."""
        return self._reranker.kept_order if isinstance(self._reranker, ModelRanker) else 0

    def retrieve(
        self, queries: Sequence[str], k: int, written: Sequence[Written] | None = None
    ) -> list[list[Retrieved]]:
        """The best ``k`` passages for each query, best first; fewer only in a smaller corpus.

        ``written`` is what they are searched with, where the caller has had it written already.
        With ``mmr`` the order is that in which they were taken, which is not quite that of scores.
        """
        own = self.written(queries) if written is None else written
        texts = [one.texts for one in own] or [(query,) for query in queries]
        result: list[list[Retrieved]] = []
        for first in range(0, len(queries), QUERY_BATCH):
            batch = slice(first, first + QUERY_BATCH)
            result += self._retrieve(list(queries[batch]), texts[batch], k)
        return result

    def as_llama_index_retriever(self, k: int | None = None) -> Any:
        """This search as a llama-index BaseRetriever, for its query engines."""
        from workbench.retrieval.llama import LlamaRetriever

        return LlamaRetriever(self, k or self.spec.top_k)

    def _retrieve(
        self, queries: list[str], texts: Sequence[tuple[str, ...]], k: int
    ) -> list[list[Retrieved]]:
        chosen = self._reranker is not None or self.spec.mmr is not None
        wanted = max(k, self.spec.candidates) if chosen else k
        vectors = self._embedded([text for own in texts for text in own])
        ranked: list[tuple[Integers, Floats]] = []
        at = 0
        for own in texts:
            mine = None if vectors is None else vectors[at : at + len(own)]
            at += len(own)
            positions, scores = self._scored_by_all(own, mine)
            order = best(scores, wanted)
            ranked.append((positions[order], scores[order]))
        if self._reranker:
            ranked = self._reranked(queries, ranked)
        if self.spec.mmr is not None:
            ranked = [self._diverse(*found, k, self.spec.mmr) for found in ranked]
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
            vectors = encode(queries, self.spec.embedding, self._counts, len(self.passages))
            return turned(vectors, self._query_map)

    def _scored_by_all(
        self, texts: Sequence[str], vectors: Sequence[QueryVectors] | None
    ) -> tuple[Integers, Floats]:
        """Positions worth a look by any of the texts, and their scores by all of them.

        The texts differ in length, and with it their scores: each one's are standardised. A passage
        that one of them does not propose has there the least that it does.
        """
        found = [
            self._scored(text, None if vectors is None else vectors[row])
            for row, text in enumerate(texts)
        ]
        if len(found) == 1:
            return found[0]
        with self._clocked("fusion"):
            positions = np.unique(np.concatenate([places for places, _ in found]))
            table = np.empty((len(found), len(positions)), np.float32)
            for row, (places, scores) in enumerate(found):
                alike = _over_these(scores)
                table[row] = alike.min()
                table[row, np.searchsorted(positions, places)] = alike
            best = self._writer is not None and self._writer.form.best
            return positions, table.max(axis=0) if best else table.mean(axis=0)

    def _scored(self, query: str, vectors: QueryVectors | None) -> tuple[Integers, Floats]:
        """Positions of all passages worth a look, in order of position, and their scores."""
        beside = [] if vectors is None else self._beside(query, vectors)
        positions, text = self._scored_by_text(query, vectors, [told for _, told in beside])
        for share, told in beside:
            own = standardised(told[positions], float(told.mean()), float(told.std()))
            text = (1 - share) * text + share * own
        return positions, text

    def _beside(self, query: str, vectors: QueryVectors) -> list[tuple[float, Floats]]:
        """What searches beside words and vectors: its share, and its scores of all passages."""
        found: list[tuple[float, Floats]] = []
        if self._sparse is not None and self.spec.sparse is not None:
            with self._clocked("sparse"):
                told = self._sparse.scores(query)
            share = SPARSE_ALONE if self.spec.mode == "sparse" else self.spec.sparse.weight
            found.append((share, told))
        if self._graph is not None and self.spec.searches_graph:
            with self._clocked("graph"):
                told = self._graph.scores(query, vectors.whole)
            share = GRAPH_ALONE if self.spec.mode == "graph" else self.spec.graph_weight
            found.append((share, told))
        return found

    def _scored_by_text(
        self, query: str, vectors: QueryVectors | None, told: Sequence[Floats] = ()
    ) -> tuple[Integers, Floats]:
        """The same by words and vectors alone; ``told``, others' scores, only proposes."""
        lexical = self._lexical_scores(query)
        if vectors is None or self._dense is None:
            assert lexical is not None
            return self._kept, lexical[self._kept]
        with self._clocked("dense"):
            if self._dense.passages <= EXHAUSTIVE:
                positions, dense = self._kept, self._dense.all_scores(vectors)
                mean, deviation = float(dense.mean()), float(dense.std())
            else:
                positions = self._proposed(vectors, lexical, told)
                dense = self._dense.scores(vectors, positions)
                mean, deviation = self._dense.spread(vectors)
        if lexical is None:
            return positions, dense
        with self._clocked("fusion"):
            weight = self.spec.lexical_weight
            words = standardised(lexical[positions], float(lexical.mean()), float(lexical.std()))
            return positions, weight * words + (1 - weight) * standardised(dense, mean, deviation)

    def _lexical_scores(self, query: str) -> Floats | None:
        if not self._lexical:
            return None
        with self._clocked("bm25"):
            scores = [part.scores(query) for part in self._lexical]
            return scores[0] if len(scores) == 1 else np.concatenate(scores)

    def _proposed(
        self, vectors: QueryVectors, lexical: Floats | None, told: Sequence[Floats]
    ) -> Integers:
        """What any side finds likely, in a corpus too large to score every passage."""
        assert self._dense is not None
        near = self._dense.nearest(vectors, POOL)
        if lexical is None:
            return np.unique(near)
        # Only corpora above EXHAUSTIVE come here, so there are more than POOL passages.
        words = highest(lexical, POOL)
        for scores in told:
            words = np.union1d(words, best(scores, POOL))
        if len(self._kept) < len(lexical):
            words = np.setdiff1d(words, self._removed)
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

    def _diverse(
        self, positions: Integers, scores: Floats, k: int, weight: float
    ) -> tuple[Integers, Floats]:
        """The ``k`` of the candidates that say something new, as they are taken."""
        with self._clocked("mmr"):
            if self._dense is not None:
                likeness = likeness_of_vectors(self._dense.vectors(positions))
            else:
                likeness = likeness_of_words([self.passages[int(p)].text for p in positions])
            taken = diverse(scores, likeness, weight, k)
        return positions[taken], scores[taken]

    def _clocked(self, stage: str) -> _Clock:
        return _Clock(self.seconds, stage)


def _open_graph(path: Path, spec: RetrievalSpec, passages: Sequence[Passage]) -> GraphSearch:
    from workbench.retrieval.graph.searching import GraphSearch

    own = spec.own_graph
    assert own is not None
    return GraphSearch(path, own, passages, spec.embedding)


def _open_sparse(path: Path, spec: RetrievalSpec) -> Sparse:
    from workbench.retrieval.sparse import Sparse

    assert spec.sparse is not None
    return Sparse.open(path, spec.sparse.model)


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
