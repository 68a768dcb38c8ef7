"""The workbench's search as a llama-index retriever, for its query engines and evaluators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

if TYPE_CHECKING:
    from workbench.types import Retriever


class LlamaRetriever(BaseRetriever):  # type: ignore[misc]
    """A llama-index retriever over any :class:`workbench.types.Retriever`."""

    def __init__(self, retriever: Retriever, k: int) -> None:
        self._retriever = retriever
        self._k = k
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [
            NodeWithScore(
                node=TextNode(
                    id_=hit.passage.id,
                    text=hit.passage.text,
                    start_char_idx=hit.passage.start,
                    end_char_idx=hit.passage.end,
                    metadata={"document": hit.passage.document, "section": hit.passage.section},
                ),
                score=hit.score,
            )
            for hit in self._retriever.retrieve([query_bundle.query_str], self._k)[0]
        ]
