"""An endpoint's embedding as llama-index's, for its splitter by meaning."""

from __future__ import annotations

from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding

from workbench.experiment.retrieval import EmbeddingSpec
from workbench.retrieval.embeddings import encode_queries
from workbench.retrieval.remote import remote


class EndpointEmbedding(BaseEmbedding):  # type: ignore[misc]
    """A llama-index embedding over :class:`workbench.retrieval.remote.RemoteEmbedding`."""

    def __init__(self, spec: EmbeddingSpec) -> None:
        super().__init__(model_name=spec.name, embed_batch_size=64)
        self._spec = spec

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = remote(self._spec).encode(texts).tolist()
        return rows

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        row: list[float] = encode_queries([query], self._spec)[0].tolist()
        return row

    async def _aget_query_embedding(self, query: str) -> Any:
        return self._get_query_embedding(query)
