"""OpenSearch: an index of its own for each index, with the plugin k-NN that comes with it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from workbench.models.api_key import NO_KEY
from workbench.retrieval.stores.collection import Adapter, Opening

#: The field that llama-index puts vectors into.
FIELD = "embedding"
#: How the graph of a large index is built and looked through. Of unit vectors the nearest by
#: distance are the nearest by angle.
METHOD = {
    "name": "hnsw",
    "engine": "faiss",
    "space_type": "l2",
    "parameters": {"m": 16, "ef_construction": 100, "ef_search": 400},
}


def opened(opening: Opening) -> Adapter:
    """The adapter: every vector is compared, beyond as many passages as with FAISS a graph."""
    from llama_index.vector_stores.opensearch import OpensearchVectorClient, OpensearchVectorStore
    from opensearchpy import OpenSearch
    from opensearchpy.exceptions import NotFoundError, OpenSearchException

    # Its client warns of every answer that is not 200, such as that an index is not there yet.
    logging.getLogger("opensearch").setLevel(logging.ERROR)
    spec, name = opening.spec, opening.name
    user = None if opening.key == NO_KEY else (spec.user, opening.key)
    client = OpenSearch(spec.url, http_auth=user, timeout=spec.timeout_s)
    # From how many vectors on a part of the index has a graph: all, or none.
    graph = {"knn": True, "knn.advanced.approximate_threshold": 0 if opening.many else -1}
    vectors = OpensearchVectorClient(
        spec.url, name, opening.dimension, embedding_field=FIELD, method=METHOD,
        settings={"index": graph}, os_client=client,
        # Else it makes an asynchronous one, which nobody asks.
        os_async_client=client,
    )  # fmt: skip

    def holds() -> tuple[int, int] | None:
        # Asked for rather than about: to the latter a refusal has no words.
        try:
            found = client.indices.get_mapping(index=name)
        except NotFoundError:
            return None
        fields = next(iter(found.values()))["mappings"].get("properties", {})
        length = int(fields.get(FIELD, {}).get("dimension", 0))
        return int(client.count(index=name)["count"]), length

    def known(ids: Sequence[str]) -> list[str]:
        found: Any = client.mget(index=name, body={"ids": list(ids)}, _source=False)
        return [one["_id"] for one in found["docs"] if one.get("found")]

    return Adapter(OpensearchVectorStore(vectors), holds, (OpenSearchException,), known)
