"""Elasticsearch: an index of its own for each index.

llama-index's store is asynchronous and belongs to the loop that made it, while a search may be
asked from any thread: it lives on a loop of its own, for which callers wait.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
from collections.abc import Coroutine
from functools import lru_cache
from typing import Any

from workbench.experiment.stores import StoreSpec
from workbench.models.api_key import NO_KEY
from workbench.retrieval.stores.collection import Adapter, Opening

#: The field that llama-index puts vectors into.
FIELD = "embedding"


def opened(opening: Opening) -> Adapter:
    """The adapter: every vector is compared, beyond as many passages as with FAISS a graph."""
    from elastic_transport import TransportError
    from elasticsearch import ApiError, NotFoundError
    from elasticsearch.helpers import BulkIndexError
    from llama_index.vector_stores.elasticsearch import ElasticsearchStore

    # What goes wrong is told once, as our sentence.
    logging.getLogger("elasticsearch").setLevel(logging.CRITICAL)
    client, name = _client(opening.spec, opening.key), opening.name

    async def made() -> Any:
        # Here, since the store ties itself to the loop that runs.
        return ElasticsearchStore(index_name=name, es_client=client, vector_field=FIELD)

    async def held() -> tuple[int, int] | None:
        # Asked for rather than about: to the latter a refusal has no words.
        try:
            found = await client.indices.get_mapping(index=name)
        except NotFoundError:
            return None
        fields = next(iter(found.values()))["mappings"].get("properties", {})
        count = (await client.count(index=name))["count"]
        return int(count), int(fields.get(FIELD, {}).get("dims", 0))

    store = _Waiting(_awaited(made()), every=not opening.many)
    faults = (TransportError, ApiError, BulkIndexError)
    return Adapter(store, lambda: _awaited(held()), faults)


class _Waiting:
    """llama-index's store, asked from any thread; with ``every``, each vector is compared."""

    def __init__(self, store: Any, every: bool) -> None:
        self._store, self._how = store, {"custom_query": _every_vector} if every else {}

    def add(self, nodes: list[Any]) -> Any:
        return _awaited(self._store.async_add(nodes))

    def query(self, asked: Any) -> Any:
        return _awaited(self._store.aquery(asked, **self._how))

    def get_nodes(self, node_ids: list[str]) -> Any:
        return _awaited(self._store.aget_nodes(node_ids))


def _every_vector(body: dict[str, Any], _: Any) -> dict[str, Any]:
    """The same question without the graph, whose search is never quite exact."""
    knn = body["knn"]
    # Elasticsearch takes no score below zero.
    source = f"cosineSimilarity(params.asked, '{knn['field']}') + 1.0"
    script = {"source": source, "params": {"asked": knn["query_vector"]}}
    return {"query": {"script_score": {"query": {"match_all": {}}, "script": script}}}


@lru_cache(maxsize=4)
def _client(spec: StoreSpec, key: str) -> Any:
    """One for an address in a process, closed when that ends."""
    from elasticsearch import AsyncElasticsearch

    how: dict[str, Any] = {}
    if key != NO_KEY:
        how = {"api_key": key} if spec.user is None else {"basic_auth": (spec.user, key)}
    client = AsyncElasticsearch(spec.url, request_timeout=spec.timeout_s, **how)
    atexit.register(lambda: _awaited(client.close()))
    return client


def _awaited(asked: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run_coroutine_threadsafe(asked, _loop()).result()


@lru_cache(maxsize=1)
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="elasticsearch", daemon=True).start()
    return loop
