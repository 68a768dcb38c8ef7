"""A real run with the embedded reader, served by the real command, asked by the openai client."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from tests.support.small_run import command, environment, the_run
from tests.support.waiting import until


@pytest.fixture(scope="module")
def served(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The run's directory and the address that answers for it."""
    folder = Path(shutil.copytree(small, tmp_path_factory.mktemp("served") / "small"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        command(folder, "serve", "latest", "--port", str(port)),
        cwd=folder,
        env=environment(folder),
    )
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _healthy(address), "the server", process)
        yield the_run(folder), address
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(60)


def _healthy(address: str) -> bool:
    try:
        return bool(httpx.get(f"{address}/health").json()["status"] == "ok")
    except httpx.HTTPError:
        return False


@pytest.mark.slow
def test_every_variant_answers_live_as_it_did_in_the_exam(served: tuple[Path, str]) -> None:
    run, address = served
    client = openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)
    names = [model.id for model in client.models.list()]
    assert names == ["prompt_only", "rag", "fine_tuned", "fine_tuned_rag"]
    question = json.loads((run / "questions/test.jsonl").read_text().splitlines()[0])
    for name in names:
        lines = (run / f"answers/{name}.jsonl").read_text().splitlines()
        recorded = next(r for r in map(json.loads, lines) if r["question"] == question["id"])
        asked = [{"role": "user", "content": question["text"]}]
        reply = client.chat.completions.create(model=name, messages=asked)  # type: ignore[arg-type]
        assert reply.choices[0].message.content == recorded["text"]
        extension = (reply.model_extra or {})["workbench"]
        assert [passage["id"] for passage in extension["passages"]] == recorded["passages"]
        assert all(passage["text"].strip() for passage in extension["passages"])
        stream = client.chat.completions.create(model=name, messages=asked, stream=True)  # type: ignore[arg-type]
        pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
        assert "".join(pieces) == recorded["text"]
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="oracle", messages=asked)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_run_counts_its_tokens_and_gives_its_passages_alone(served: tuple[Path, str]) -> None:
    run, address = served
    question = json.loads((run / "questions/test.jsonl").read_text().splitlines()[0])
    text = question["text"]
    lines = (run / "answers/rag.jsonl").read_text().splitlines()
    recorded = next(r for r in map(json.loads, lines) if r["question"] == question["id"])
    turns = [
        {"role": "user", "content": "Who is there?"},
        {"role": "assistant", "content": "Nobody."},
        {"role": "user", "content": text},
    ]
    body = {"model": "rag", "messages": turns}
    reply = httpx.post(f"{address}/v1/chat/completions", json=body, timeout=120)
    # The reader follows no instructions: it says that it read the question alone.
    assert reply.headers["X-Workbench-Conversation"] == "single-turn"
    told = reply.json()
    assert told["choices"][0]["message"]["content"] == recorded["text"]
    assert told["usage"]["prompt_tokens"] == recorded["input_tokens"]
    # The exam counts the token that ends a reply too.
    assert told["usage"]["completion_tokens"] in (
        recorded["output_tokens"] - 1, recorded["output_tokens"])  # fmt: skip
    found = httpx.post(f"{address}/v1/retrieve", json={"query": text}, timeout=120).json()
    ids = [passage["id"] for passage in found["passages"]]
    assert found["model"] == "rag" and ids[: len(recorded["passages"])] == recorded["passages"]
    documents = map(json.loads, (run / "corpus/documents.jsonl").read_text().splitlines())
    texts = {document["id"]: document["text"] for document in documents}
    for passage in found["passages"]:
        whole = texts[passage["document"]]
        assert whole[passage["start"] : passage["end"]] == passage["text"]
    dify = {"knowledge_id": run.name, "query": text, "retrieval_setting": {"top_k": 1}}
    (record,) = httpx.post(f"{address}/retrieval", json=dify, timeout=120).json()["records"]
    assert record["content"] == found["passages"][0]["text"] and 0 <= record["score"] < 1
