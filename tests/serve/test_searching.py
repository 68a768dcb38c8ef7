"""Passages alone, in our form and in the one that Dify asks of an external knowledge base."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.support.serving import Answers, running
from workbench.errors import WorkbenchError
from workbench.serve.api import create_app
from workbench.serve.guard import Limits
from workbench.serve.searching import unit_score
from workbench.types import Context, Passage, Retrieved

SCORES = (4.0, 1.0, -2.0)


class Library(Answers):
    """Finds three passages, the best first."""

    def names(self) -> list[str]:
        return ["prompt_only", "rag", "rag_short"]

    def searching(self) -> list[str]:
        return ["rag", "rag_short"]

    def search(self, variant: str, query: str, top_k: int | None) -> Context:
        if query == "fails":
            raise WorkbenchError("The endpoint is down.", "Start it.")
        found = tuple(
            Retrieved(Passage("desk.md", 10 * n, 10 * n + 9, f"{variant} {query} {n}", "d#0"), s, n)
            for n, s in enumerate(SCORES, 1)
        )
        return Context(found[: top_k or 2], seconds=0.5)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running(create_app(Library(), "demo-00000000")) as address:
        yield address


def test_passages_come_with_their_places_and_scores(base: str) -> None:
    sent = json.dumps({"query": " who\ud83d ", "top_k": 1})
    headers = {"Content-Type": "application/json"}
    reply = httpx.post(f"{base}/v1/retrieve", content=sent, headers=headers).json()
    assert reply["model"] == "rag" and reply["seconds"] == 0.5
    assert reply["passages"] == [{
        "id": "desk.md:10-19", "document": "desk.md", "start": 10, "end": 19, "rank": 1,
        "score": 4.0, "section": "d#0", "text": "rag who? 1",
    }]  # fmt: skip
    usual = httpx.post(f"{base}/v1/retrieve", json={"query": "who", "model": "rag_short"}).json()
    assert [p["text"] for p in usual["passages"]] == ["rag_short who 1", "rag_short who 2"]


def test_what_cannot_be_searched_is_told(base: str) -> None:
    def post(**body: object) -> httpx.Response:
        return httpx.post(f"{base}/v1/retrieve", json=body)

    assert post(query="  ").status_code == 400
    assert post(query="who", top_k=0).json()["error"]["param"] == "top_k"
    assert post(query="x" * 20_001).json()["error"]["code"] == "context_length_exceeded"
    refused = post(query="who", model="prompt_only")
    assert refused.status_code == 404 and "rag, rag_short can" in refused.text
    assert "endpoint is down" in post(query="fails").text
    with running(create_app(Answers())) as other:
        none = httpx.post(f"{other}/v1/retrieve", json={"query": "who"})
    assert none.status_code == 404 and "No variant" in none.text


def test_dify_gets_its_records(base: str) -> None:
    body = {
        "knowledge_id": "demo-00000000", "query": "who", "metadata_condition": None,
        "retrieval_setting": {"top_k": 3, "score_threshold": 0.5},
    }  # fmt: skip
    (first, second) = httpx.post(f"{base}/retrieval", json=body).json()["records"]
    assert first["content"] == "rag who 1" and first["title"] == "desk.md"
    assert (first["score"], second["score"]) == (0.8, 0.5)
    assert first["metadata"]["start"] == 10 and first["metadata"]["score"] == 4.0
    other = httpx.post(f"{base}/retrieval", json={**body, "knowledge_id": "rag_short"}).json()
    assert other["records"][0]["content"] == "rag_short who 1"
    unknown = httpx.post(f"{base}/retrieval", json={**body, "knowledge_id": "elsewhere"})
    assert unknown.status_code == 404 and unknown.json()["error_code"] == 2001
    filtered = {**body, "metadata_condition": {"conditions": [{"name": "author"}]}}
    assert httpx.post(f"{base}/retrieval", json=filtered).status_code == 400


def test_a_unit_score_keeps_the_order() -> None:
    values = [unit_score(s) for s in (-5.0, 0.0, 0.2, 1.0, 8.0, 500.0)]
    assert values == sorted(values) and values[0] == 0 and values[-1] < 1


def test_the_search_asks_for_the_key_too() -> None:
    with running(create_app(Library(), limits=Limits(keys=("k",)))) as base:
        for path in ("/v1/retrieve", "/retrieval"):
            assert httpx.post(base + path, json={"query": "who"}).status_code == 401
            sent = {"Authorization": "Bearer k"}
            assert httpx.post(base + path, json={"query": "who"}, headers=sent).status_code == 200
