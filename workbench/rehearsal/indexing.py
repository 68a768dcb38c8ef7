"""The index in small: a few passages embedded, and how many the run will have to embed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from workbench.experiment.parts import RetrievalSpec
from workbench.rehearsal.parts import clocked
from workbench.types import Passage

INDEXED, FIRST = 32, 4


def embed(passages: Sequence[Passage], spec: RetrievalSpec, folder: Path) -> tuple[int, float]:
    """Index a few passages, after fewer still that load what is needed; seconds for each.

    The index of the few lies in ``folder/index``.
    """
    from workbench.retrieval import build_index

    chosen = passages[:: max(1, len(passages) // (INDEXED + FIRST))]
    first, rest = chosen[:FIRST], chosen[FIRST : INDEXED + FIRST] or chosen
    build_index(first, spec, folder / "first", cache=folder / "vectors")
    _, spent = clocked(partial(build_index, rest, spec, folder / "index", cache=folder / "more"))
    return len(rest), spent / len(rest)


def left(passages: Sequence[Passage], spec: RetrievalSpec) -> int:
    """Passages whose vectors no earlier index has left behind."""
    from workbench.retrieval import embeddings
    from workbench.retrieval.vector_cache import VectorCache, default_root

    if spec.mode == "bm25" or not default_root().is_dir():
        return len(passages)
    dimension = embeddings.dimension(spec.embedding)
    model = embeddings.identity(spec.embedding)
    known = VectorCache(default_root(), model, spec.window_words, dimension)
    return len(known.missing([passage.text for passage in passages]))
