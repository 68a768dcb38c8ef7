"""Qdrant: a server, or a folder that one process at a time may open."""

from __future__ import annotations

import atexit
from functools import lru_cache
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.stores import StoreSpec
from workbench.models.api_key import NO_KEY
from workbench.retrieval.stores.collection import Adapter, Opening


def opened(opening: Opening) -> Adapter:
    """The adapter. Qdrant compares every vector of a small collection, and by itself builds an
    HNSW graph of a large one."""
    from llama_index.vector_stores.qdrant import QdrantVectorStore
    from qdrant_client.http.exceptions import ApiException

    spec, name = opening.spec, opening.name
    client = _client(spec, opening.key)
    faults = (ApiException, ConnectionError)

    def holds() -> tuple[int, int] | None:
        if not client.collection_exists(name):
            return None
        shape = client.get_collection(name).config.params.vectors
        one = next(iter(shape.values())) if isinstance(shape, dict) else shape
        return int(client.count(name, exact=True).count), int(one.size)

    try:
        # No index by document: nothing is asked by it.
        store = QdrantVectorStore(
            collection_name=name, client=client, batch_size=64, index_doc_id=False
        )
    except faults as error:
        raise WorkbenchError(
            f"The qdrant store at {spec.url} does not answer ({error}).",
            "Start it, or correct retrieval.store.url.",
        ) from error
    return Adapter(store, holds, faults)


@lru_cache(maxsize=4)
def _client(spec: StoreSpec, key: str) -> Any:
    """One in a process: a folder cannot be opened twice."""
    from qdrant_client import QdrantClient

    if spec.folder is None:
        return QdrantClient(
            url=spec.url,
            api_key=None if key == NO_KEY else key,
            timeout=max(1, round(spec.timeout_s)),
            check_compatibility=False,
        )
    try:
        # A server's threads share it.
        client = QdrantClient(path=spec.folder, force_disable_check_same_thread=True)
    except OSError as error:
        raise WorkbenchError(
            f"The Qdrant folder {spec.folder} cannot be opened ({error.strerror}).",
            "Name another in retrieval.store.url, or change its permissions.",
        ) from error
    except RuntimeError as error:
        raise WorkbenchError(
            f"The Qdrant folder {spec.folder} is open in another process.",
            "Wait until that has ended, or start a Qdrant server and name its address in "
            "retrieval.store.url.",
        ) from error
    # Left to Python's own end it fails, and says so.
    atexit.register(client.close)
    return client
