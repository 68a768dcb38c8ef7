"""Vector databases that propose passages in the place of FAISS, by llama-index's own adapters.

A store holds the whole vector of each passage, with its text and place; windows, BM25 and fusion
stay in the index folder. So what is found is what FAISS finds, as far as the store's own search
is exact. A collection bears the index's id: it is made once, found again, and what a killed build
left of it is gone on with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import RetrievalSpec
from workbench.experiment.stores import StoreSpec
from workbench.retrieval.stores import elasticsearch, opensearch, pgvector, qdrant
from workbench.retrieval.stores.collection import Adapter, Collection, Opening

#: How each kind is opened.
STORES: dict[str, Callable[[Opening], Adapter]] = {
    "qdrant": qdrant.opened,
    "pgvector": pgvector.opened,
    "elasticsearch": elasticsearch.opened,
    "opensearch": opensearch.opened,
}


def open_collection(spec: StoreSpec, name: str, dimension: int, passages: int) -> Collection:
    """The collection of that name for an index of so many passages, whether or not it is there.

    Raises WorkbenchError where the store cannot be reached, its package is not installed, or the
    collection holds vectors of another length than ``dimension``.
    """
    return Collection(spec, name, dimension, passages, STORES[spec.kind])


def collection_name(spec: StoreSpec, index: str) -> str:
    """What the collection of an index is called, by the index's id.

    >>> collection_name(StoreSpec(kind="qdrant", url="http://localhost:6333"), "index-0a1b")
    'workbench_index_0a1b'
    """
    return f"{spec.collection}_{index}".replace("-", "_").lower()


def store_of(path: Path, spec: RetrievalSpec, facts: Mapping[str, Any]) -> Collection | None:
    """The store with the vectors of the index in ``path``, whose metadata ``facts`` are; None where
    they lie with it.

    Raises WorkbenchError where they lie elsewhere than ``spec`` says, or are not all there.
    """
    own = facts.get("store")
    there = None if own is None else (own["kind"], own["url"])
    wanted = None if spec.store is None else (spec.store.kind, spec.store.url)
    if there != wanted:
        lie, said = ("the index" if it is None else " at ".join(it) for it in (there, wanted))
        raise WorkbenchError(
            f"The vectors of the index in {path} lie in {lie}, and retrieval.store says {said}.",
            "Correct retrieval.store, or delete the index and run the experiment again.",
        )
    if spec.store is None or own is None:
        return None
    found = open_collection(spec.store, own["collection"], facts["dimension"], facts["passages"])
    found.check()
    return found


__all__ = ["STORES", "Collection", "collection_name", "open_collection", "store_of"]
