"""Traces reach a collector over real HTTP, hold no text unasked, and are off by default."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.servers.otlp import Collector
from tests.support.serving import Answers, running
from workbench.cli.traced import traced
from workbench.engine import tracing
from workbench.engine.tracing import TEXT, Traces, traces
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.pipeline import Quiet
from workbench.serve.api import create_app

SECRET = "Who hid the ledger in the salt cellar?"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*tracing.PLACES, TEXT, "OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER",
                 "OTEL_SERVICE_NAME"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    with Collector() as server:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.address)
        yield server


def asked(spans: Traces, **headers: str) -> None:
    """One question, put to a served run over HTTP, and the server's end."""
    body = {"model": "rag", "messages": [{"role": "user", "content": SECRET}]}
    with running(create_app(Answers(), "tale-1", traces=spans)) as base:
        url = f"{base}/v1/chat/completions"
        httpx.post(url, json=body, headers=headers).raise_for_status()


def test_a_served_question_is_a_trace_without_its_text(collector: Collector) -> None:
    asked(traces("workbench serve", False), traceparent=f"00-{TRACE}-b7ad6b7169203331-01")
    assert collector.names() == ["chat rag", "context", "reply", "turn"]
    assert collector.services == {"workbench serve"}
    whole = collector.span("chat rag")
    assert whole["gen_ai.request.model"] == "rag" and whole["workbench.run"] == "tale-1"
    assert whole["gen_ai.usage.input_tokens"] == len(SECRET.split())
    assert whole["workbench.outcome"] == "answered" and whole["workbench.waited_s"] >= 0
    # Below the span of the client, and its own parts below it.
    assert (whole["trace"], whole["parent"]) == (TRACE, "b7ad6b7169203331")
    assert {collector.span(part)["parent"] for part in ("turn", "context", "reply")} == {
        whole["id"]
    }
    assert not any(b"ledger" in body for body in collector.bodies)


def test_text_is_told_where_the_environment_asks(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TEXT, "true")
    asked(traces("workbench serve", False))
    told = collector.span("chat rag")
    assert SECRET in told["gen_ai.input.messages"] and SECRET in told["gen_ai.output.messages"]


class Failing(Answers):
    def answer(self, variant: str, question: str) -> Any:
        raise WorkbenchError(f"No answer to {question}.", "Ask another.")


def test_a_fault_is_told_by_its_kind_alone(collector: Collector) -> None:
    body = {"model": "rag", "messages": [{"role": "user", "content": SECRET}]}
    app = create_app(Failing(), "tale-1", traces=traces("workbench serve", False))
    with running(app) as base:
        assert httpx.post(f"{base}/v1/chat/completions", json=body).status_code == 500
    whole = collector.span("chat rag")
    assert whole["failed"] and whole["error.type"] == "WorkbenchError" and whole["events"] == 0
    assert not any(b"ledger" in body for body in collector.bodies)


def experiment(folder: Path) -> Experiment:
    (folder / "tale.txt").write_text("A tale.", "utf-8")
    return Experiment(purpose="Answer about the tale.", name="tale", corpus=folder / "tale.txt")


def test_a_run_is_a_trace_with_a_span_for_each_stage(collector: Collector, tmp_path: Path) -> None:
    with traced(experiment(tmp_path), Quiet()) as reporter:
        reporter.stage("corpus")(1, 1)
        reporter.done("corpus", {"reused": False, "summary": {"words": 7, "first": SECRET}})
        # One that had ended before does not begin.
        reporter.done("questions", {"summary": {}})
    assert collector.names() == ["corpus", "run"]
    whole, stage = collector.span("run"), collector.span("corpus")
    assert whole["workbench.experiment"] == "tale" and "rag" in whole["workbench.variants"]
    assert stage["parent"] == whole["id"] and stage["workbench.words"] == 7
    assert not any(b"ledger" in body for body in collector.bodies)


def test_a_stage_that_fails_ends_as_failed(collector: Collector, tmp_path: Path) -> None:
    with (
        pytest.raises(WorkbenchError, match="broke"),
        traced(experiment(tmp_path), Quiet()) as reporter,
    ):
        reporter.stage("index")
        raise WorkbenchError("It broke.", "")
    assert collector.span("index")["failed"] and collector.span("run")["failed"]


def test_nothing_is_told_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert traces("x", True)._provider is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert traces("x", True)._provider is None
    with Traces().span("x") as mark:
        mark.say(anything=1)


def test_a_missing_package_is_said_and_ends_no_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(tracing, "find_spec", lambda name: None)
    with caplog.at_level(logging.WARNING):
        assert traces("x", True)._provider is None
    assert "rag-finetune-workbench[otel]" in caplog.text


def test_text_leaves_this_machine_only_where_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example")
    monkeypatch.setenv(TEXT, "true")
    with pytest.raises(WorkbenchError, match="may not leave this machine"):
        traces("x", False)
