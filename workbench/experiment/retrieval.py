"""How the text is cut into passages, and how those that answer a question are found."""

from __future__ import annotations

from typing import Literal

from workbench.experiment.spec import Count, Named, Positive, Share, Spec


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
    compared with. Both defaults were chosen on the train half of FairytaleQA.
    """

    embedding: Named = "all-MiniLM-L6-v2"
    mode: Literal["fused", "dense", "bm25"] = "fused"
    top_k: Positive = 3
    candidates: Positive = 20
    lexical_weight: Share = 0.4
    window_words: Positive = 3
    rerank: Named | None = None
    rerank_weight: Share = 0.3
