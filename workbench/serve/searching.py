"""A run's search by itself: passages for a query, in our form and in Dify's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from workbench.serve.protocol import RefusalError, shown_passage
from workbench.serve.request_queue import RequestQueue
from workbench.serve.requests import Asked, question_of
from workbench.types import Context

TopK = Annotated[int, Field(ge=1, le=100)]
_NO_QUERY = "The query is empty."


class RetrieveRequest(BaseModel):
    """A search: ``model`` is the variant whose search it is, by default the first that searches."""

    model_config = ConfigDict(extra="allow")
    query: str
    top_k: TopK | None = None
    model: str | None = None


class RetrievalSetting(BaseModel):
    """How many records Dify wants, and from which score (0 to 1) on."""

    model_config = ConfigDict(extra="allow")
    top_k: TopK = 4
    score_threshold: float | None = None


class KnowledgeRequest(BaseModel):
    """What Dify asks of an external knowledge base; its id is the run's, or a variant's name."""

    model_config = ConfigDict(extra="allow")
    knowledge_id: str = ""
    query: str
    retrieval_setting: RetrievalSetting = RetrievalSetting()
    metadata_condition: dict[str, Any] | None = None


def unit_score(score: float) -> float:
    """A score from 0 to 1, as Dify wants it, in the same order: s / (1 + s), and 0 below 0."""
    return score / (1 + score) if score > 0 else 0.0


def search_routes(queue: RequestQueue) -> APIRouter:
    """``/v1/retrieve`` and ``/retrieval``; both wait in the line, for one thread has the models."""
    router = APIRouter()

    def chosen(name: str | None) -> str:
        able = queue.served.searching()
        if not able:
            raise RefusalError(
                404, "No variant of this run searches for passages.", "invalid_request_error",
                "model", "model_not_found",
            )  # fmt: skip
        if name is not None and name not in able:
            raise RefusalError(
                404, f"No variant {name[:80]!r} of this run searches; {', '.join(able)} can.",
                "invalid_request_error", "model", "model_not_found",
            )  # fmt: skip
        return able[0] if name is None else name

    async def found(
        name: str, query: str, top_k: int | None, gone: Callable[[], Awaitable[bool]]
    ) -> Context | None:
        asked = Asked(question_of(query, _NO_QUERY, "query"), search=True, top_k=top_k)
        step = await anext(queue.submit(name, asked).steps(gone), None)
        return None if step is None else step["context"]

    @router.post("/v1/retrieve", response_model=None)
    async def retrieve(body: RetrieveRequest, request: Request) -> Any:
        name = chosen(body.model)
        context = await found(name, body.query, body.top_k, request.is_disconnected)
        if context is None:
            return Response(status_code=499)
        return {
            "object": "list",
            "model": name,
            "passages": [shown_passage(hit) for hit in context.passages],
            "seconds": context.seconds,
            "ignored": sorted(body.model_extra or {}),
        }

    @router.post("/retrieval", response_model=None)
    async def retrieval(body: KnowledgeRequest, request: Request) -> Any:
        own = ("", queue.run)
        try:
            name = chosen(None if body.knowledge_id in own else body.knowledge_id)
        except RefusalError as error:
            # Dify shows these two, and nothing of OpenAI's object.
            error.body |= {"error_code": 2001, "error_msg": str(error)}
            raise
        if (body.metadata_condition or {}).get("conditions"):
            raise RefusalError(
                400, "Passages are not searched by conditions on metadata: leave them out.",
                "invalid_request_error", "metadata_condition",
            )  # fmt: skip
        setting = body.retrieval_setting
        context = await found(name, body.query, setting.top_k, request.is_disconnected)
        if context is None:
            return Response(status_code=499)
        least = setting.score_threshold or 0.0
        hits = [hit for hit in context.passages if unit_score(hit.score) >= least]
        return {"records": [
            {
                "content": hit.passage.text,
                "score": unit_score(hit.score),
                "title": hit.passage.document,
                "metadata": {k: v for k, v in shown_passage(hit).items() if k != "text"},
            }
            for hit in hits
        ]}  # fmt: skip

    return router
