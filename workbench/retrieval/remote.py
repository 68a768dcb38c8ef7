"""Vectors by an OpenAI-compatible ``/embeddings`` endpoint (OpenAI, vLLM, Ollama, TEI, …)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import EmbeddingSpec
from workbench.retrieval.arrays import Floats
from workbench.types import ModelReference

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "/embeddings"
#: Texts of a request, and requests under way at once.
TOGETHER, AT_ONCE = 64, 4


class RemoteEmbedding:
    """The model behind one endpoint. The key is read from the environment and printed nowhere."""

    def __init__(self, spec: EmbeddingSpec) -> None:
        import openai

        from workbench.models.api_key import hider, key_of
        from workbench.models.posting import Connections
        from workbench.models.requests import Pace

        self._spec = spec
        self._reference = ModelReference(
            spec.name, endpoint=spec.endpoint, key_env=spec.key_env, timeout_s=spec.timeout_s
        )
        key = key_of(self._reference)
        client = openai.OpenAI(
            base_url=spec.endpoint, api_key=key, timeout=spec.timeout_s, max_retries=0
        )
        self._without_key = hider(key)
        self._connections = Connections.of(client, spec.timeout_s, AT_ONCE)
        self._pace = Pace(None)

    def __repr__(self) -> str:
        return f"RemoteEmbedding({self._spec.name!r} at {self._spec.endpoint!r})"

    @cached_property
    def dimension(self) -> int:
        """How many numbers a vector has; asked of the server where the experiment does not say."""
        return self._spec.dimensions or len(self._request(["a"])[0])

    def encode(self, texts: Sequence[str]) -> Floats:
        """The vectors of texts as the server gives them, shape (len(texts), dimension)."""
        parts = [texts[at : at + TOGETHER] for at in range(0, len(texts), TOGETHER)]
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="embedding") as pool:
            rows = [row for part in pool.map(self._request, parts) for row in part]
        return np.array(rows, np.float32).reshape(len(rows), -1)

    def _request(self, texts: Sequence[str]) -> list[list[float]]:
        import httpx
        import openai

        from workbench.models.endpoint_faults import unusable
        from workbench.models.replies import MalformedReply
        from workbench.models.requests import Breaker, patiently

        # A server refuses an empty text, which has no meaning to lose.
        body: dict[str, Any] = {"model": self._spec.name, "input": [t or " " for t in texts]}
        if self._spec.dimensions is not None:
            body["dimensions"] = self._spec.dimensions
        try:
            reply = patiently(lambda: self._connections.post(PATH, body), self._pace, Breaker())
            return self._rows(json.loads(reply.data), len(texts))
        except (openai.OpenAIError, httpx.HTTPError, MalformedReply) as error:
            if isinstance(error, openai.NotFoundError):
                raise WorkbenchError(
                    f"The endpoint {self._spec.endpoint} knows no embedding model "
                    f"{self._spec.name!r}, or is not a base URL.",
                    "Check the model's name, and that the URL ends where /embeddings follows.",
                ) from error
            raise unusable(error, self._reference, self._without_key) from error
        except ValueError as error:
            raise self._amiss() from error

    def _rows(self, told: Mapping[str, Any], count: int) -> list[list[float]]:
        try:
            rows = sorted(told["data"], key=lambda row: int(row["index"]))
            found = [[float(number) for number in row["embedding"]] for row in rows]
        except (KeyError, TypeError) as error:
            raise self._amiss() from error
        if len(found) != count or len({len(row) for row in found}) != 1:
            raise self._amiss()
        wanted = self._spec.dimensions
        if wanted is not None and len(found[0]) < wanted:
            raise WorkbenchError(
                f"The embedding {self._spec.name!r} gives {len(found[0])} numbers, and "
                f"retrieval.embedding.dimensions asks for {wanted}.",
                f"Ask for {len(found[0])} at the most, or leave dimensions out.",
            )
        return found

    def _amiss(self) -> WorkbenchError:
        return WorkbenchError(
            f"The endpoint {self._spec.endpoint} answered with something other than vectors.",
            "Name one that serves OpenAI's /embeddings in retrieval.embedding.endpoint.",
        )


@lru_cache(maxsize=4)
def remote(spec: EmbeddingSpec) -> RemoteEmbedding:
    """The client of that endpoint's model, one in a process."""
    return RemoteEmbedding(spec)
