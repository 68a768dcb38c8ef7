"""How the text is cut into passages, and how those that answer a question are found."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from workbench.experiment.spec import Count, Named, Positive, Share, Spec, without_later


class PassageSpec(Spec):
    """How the text is cut into what retrieval indexes; sizes are in tokens of the answering model.

    ``split``: ``sentences`` packs whole sentences up to ``chunk_size``; ``structure`` cuts at
    headings and between paragraphs, lists and tables, none of which is parted where it fits;
    ``semantic`` cuts where ``retrieval.embedding`` finds that the meaning turns; ``section`` takes
    whole sections, halved only above half the model's window. ``chunk_overlap`` is for
    ``sentences`` alone.
    """

    chunk_size: Positive = 110
    chunk_overlap: Count = 20
    split: Literal["sentences", "section", "structure", "semantic"] = "sentences"

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"split": "sentences"})

    def resized(self, size: int) -> PassageSpec:
        """Passages of another size that overlap by the same share."""
        overlap = round(self.chunk_overlap * size / self.chunk_size)
        return self.model_copy(update={"chunk_size": size, "chunk_overlap": min(overlap, size - 1)})


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
