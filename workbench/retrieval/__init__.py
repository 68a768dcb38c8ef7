"""Passages that answer a question: FAISS and BM25, fused by standardised scores, reranked.

``build_index`` writes a folder that ``open_index`` searches and ``update_index`` changes; no text
is embedded twice on one machine. ``embeddings.embed`` gives plain sentence vectors for any other
use.
"""

from __future__ import annotations

from workbench.retrieval.building import build_index
from workbench.retrieval.index_files import read_passages, shown_file, shown_passages
from workbench.retrieval.reading import read_larger
from workbench.retrieval.searching import open_index
from workbench.retrieval.updating import update_index

__all__ = [
    "build_index",
    "open_index",
    "read_larger",
    "read_passages",
    "shown_file",
    "shown_passages",
    "update_index",
]
