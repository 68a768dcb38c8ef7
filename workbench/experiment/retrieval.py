"""How the text is cut into passages, and how those that answer a question are found."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from workbench.experiment.spec import Count, Named, Positive, Share, Spec, without_later


class PassageSpec(Spec):
    """Size of what retrieval indexes, in tokens of the answering model."""

    chunk_size: Positive = 110
    chunk_overlap: Count = 20

    def resized(self, size: int) -> PassageSpec:
        """Passages of another size that overlap by the same share."""
        overlap = round(self.chunk_overlap * size / self.chunk_size)
        return PassageSpec(chunk_size=size, chunk_overlap=min(overlap, size - 1))


class RetrievalSpec(Spec):
    """How passages are found. ``lexical_weight`` is the share of BM25 in the fused score.

    ``window_words`` is the length of the stretches of a passage that each word of a question is
    compared with. Both defaults were chosen on the train half of FairytaleQA. ``mmr`` chooses among
    the candidates those that say something new (maximal marginal relevance, Carbonell & Goldstein
    1998): 1 goes by the question alone, less shuns what is like a passage that was taken.
    """

    embedding: Named = "all-MiniLM-L6-v2"
    mode: Literal["fused", "dense", "bm25"] = "fused"
    top_k: Positive = 3
    candidates: Positive = 20
    lexical_weight: Share = 0.4
    window_words: Positive = 3
    rerank: Named | None = None
    rerank_weight: Share = 0.3
    mmr: Share | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"mmr": None})

    @property
    def used(self) -> str:
        """The part of the search that is shown: its mode, ``reranked``, or ``whole`` with more."""
        if self.mmr is not None:
            return "whole"
        return self.mode if self.rerank is None else "reranked"

    def alone(self, mode: str) -> RetrievalSpec:
        """One part of this search, with nothing done before or after it."""
        return self.model_copy(update={"mode": mode, "rerank": None, "mmr": None})
