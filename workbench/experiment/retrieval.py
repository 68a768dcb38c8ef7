"""How the text is cut into passages, and how those that answer a question are found."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from workbench.experiment.graph import GraphSpec
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
    compared with. Both defaults were chosen on the train half of FairytaleQA. ``mode: graph`` finds
    by a knowledge graph of the text, ``graph_weight`` is its share in the fused score beside both
    others, ``graph`` says how it is made; without any of the three none is made.
    """

    embedding: Named = "all-MiniLM-L6-v2"
    mode: Literal["fused", "dense", "bm25", "graph"] = "fused"
    top_k: Positive = 3
    candidates: Positive = 20
    lexical_weight: Share = 0.4
    window_words: Positive = 3
    rerank: Named | None = None
    rerank_weight: Share = 0.3
    graph_weight: Share = 0.0
    graph: GraphSpec | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"graph_weight": 0.0, "graph": None})

    @property
    def searches_graph(self) -> bool:
        """Whether what is found depends on the graph."""
        return self.mode == "graph" or (self.mode == "fused" and self.graph_weight > 0)

    @property
    def own_graph(self) -> GraphSpec | None:
        """The graph that is made of the text; None where none is asked for."""
        asked = self.searches_graph or self.graph is not None
        return (self.graph or GraphSpec()) if asked else None
