"""Runs as an assistant sees them: by the SDK's own client, over a real process's streams."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.made_run import write_run
from workbench.errors import WorkbenchError
from workbench.mcp import serve_tools, tools
from workbench.records.run import Run

FIRST, SECOND = "chronicle-00000001", "chronicle-00000002"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mcp") / "runs"
    write_run(folder, run_id=FIRST)
    write_run(folder, run_id=SECOND, seed=3)
    return folder


@pytest.fixture(autouse=True)
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_RUNS", str(folder))


def files(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_what_is_told_is_the_run_s_own(folder: Path) -> None:
    results = Run(folder / FIRST).results()
    told = tools.show(FIRST)
    assert told["verdict"]["sentence"] == results.verdict.sentence
    assert [row["name"] for row in told["variants"]] == list(results.names())
    first = told["variants"][0]["metrics"][results.metric]
    assert first["low"] == results.variants[0].metrics[results.metric].low
    assert len(told["comparisons"]) == len(results.comparisons)
    assert {run["id"] for run in tools.runs()["runs"]} == {FIRST, SECOND}
    assert tools.compare(FIRST, SECOND)["variants"]
    assert tools.gate("rag", FIRST, against="prompt_only")["state"] == "passed"
    assert tools.advise()["questions"][0]["options"]
    assert tools.advise({"lacks": "facts"})["sentence"]


def test_only_asking_shows_text_of_the_corpus(folder: Path) -> None:
    quotes = [
        span["quote"]
        for line in (folder / FIRST / "questions/test.jsonl").read_text().splitlines()
        for span in json.loads(line)["evidence"]
    ]
    told = json.dumps([tools.show(FIRST), tools.compare(FIRST, SECOND), tools.runs()])
    assert quotes and not [quote for quote in quotes if quote in told]


def test_a_missing_sdk_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.mcp.find_spec", lambda _: None)
    with pytest.raises(WorkbenchError, match="needs the package mcp"):
        serve_tools()


def by_client(folder: Path, talk: Callable[[Any], Awaitable[Any]], *options: str) -> Any:
    """What ``talk`` makes of a client that has started ``workbench mcp``."""
    pytest.importorskip("mcp.server.mcpserver", reason="the extra mcp is not installed")
    import anyio
    from mcp import Client, StdioServerParameters, stdio_client

    environment = {**os.environ, "WORKBENCH_RUNS": str(folder), "HF_HUB_OFFLINE": "1"}
    command = ["-c", "from workbench.cli import main; main()", "mcp", *options]
    server = StdioServerParameters(
        command=sys.executable, args=command, env=environment, cwd=str(folder.parent)
    )

    async def talked() -> Any:
        async with Client(stdio_client(server)) as client:
            return await talk(client)

    return anyio.run(talked)


def test_the_sdk_s_client_gets_tools_that_only_read(folder: Path) -> None:
    before = files(folder)

    async def talk(client: Any) -> Any:
        listed = (await client.list_tools()).tools
        shown = await client.call_tool("show", {"run": FIRST})
        gated = await client.call_tool(
            "gate", {"variant": "rag", "run": FIRST, "against": "prompt_only"}
        )
        compared = await client.call_tool("compare", {"before": FIRST, "after": SECOND})
        advised = await client.call_tool("advise", {"answers": {"lacks": "facts"}})
        wrong = await client.call_tool("show", {"run": "nothing-like-it"})
        return listed, [shown, gated, compared, advised], wrong

    listed, good, wrong = by_client(folder, talk)
    assert {tool.name for tool in listed} == {"runs", "show", "compare", "gate", "advise", "ask"}
    assert all(tool.annotations.read_only_hint and tool.description for tool in listed)
    gate = next(tool for tool in listed if tool.name == "gate")
    assert gate.input_schema["required"] == ["variant"]
    assert not any(result.is_error for result in good)
    shown, gated, compared, advised = (result.structured_content for result in good)
    assert shown == json.loads(json.dumps(tools.show(FIRST)))
    assert gated["state"] == "passed" and compared["sentence"] and advised["test"]
    assert wrong.is_error and "There is no run" in wrong.content[0].text
    assert "`workbench runs`" in wrong.content[0].text, "the way out is told too"
    assert files(folder) == before


def test_questions_can_be_left_out(folder: Path) -> None:
    async def talk(client: Any) -> Any:
        return {tool.name for tool in (await client.list_tools()).tools}

    assert "ask" not in by_client(folder, talk, "--without-ask")
