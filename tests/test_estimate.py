"""The estimate before a run: its stages, counts and money; endpoints are left alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.small_run import command, environment, workbench, write_experiment
from workbench.costing import PriceBook
from workbench.experiment import Experiment
from workbench.rehearsal.estimate import Estimate, _priced, estimate
from workbench.rehearsal.parts import Part


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("runs", "cache"):
        monkeypatch.setenv(f"WORKBENCH_{name.upper()}", str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Server(ThreadingHTTPServer):
    """An endpoint that counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: Any) -> None: ...

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self._send('{"object":"list","data":[]}')

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(self.path)
        if body.get("stream"):
            chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            chunk["choices"] = [{"index": 0, "delta": {"content": "salt"}}]
            self._send(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n", "text/event-stream")
            return
        message = {"role": "assistant", "content": "salt"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 70, "completion_tokens": 3, "total_tokens": 73}
        made = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
        self._send(json.dumps({**made, "choices": [choice], "usage": usage}))

    def _send(self, text: str, kind: str = "application/json") -> None:
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def test_the_command_covers_every_stage_and_makes_no_run(tmp_path: Path) -> None:
    path = write_experiment(tmp_path)
    made = json.loads(workbench(tmp_path, "estimate", str(path), "--json"))
    names = [stage["stage"] for stage in made["stages"]]
    for stage in ("corpus", "questions", "index", "adapter", "answers", "latency", "scores"):
        assert stage in names
    assert all(stage["seconds"] > 0 for stage in made["stages"])
    assert made["seconds"] == pytest.approx(sum(stage["seconds"] for stage in made["stages"]))
    assert made["money"] > 0 and made["missing"] == []
    assert made["memory_bytes"] > 2**28
    assert not list((tmp_path / "runs").glob("*/specification.yaml"))
    left = {entry.name.split("-")[0] for entry in (tmp_path / "cache").iterdir()}
    assert not left & {"questions", "index", "adapter", "embeddings"}


def test_endpoints_are_not_called_and_their_money_grows_with_the_questions(
    folder: Path, server: Server
) -> None:
    def asked(exam: int) -> Estimate:
        return estimate(experiment(folder, server, exam))

    small, large = asked(18), asked(36)
    assert server.asked == []
    answers = {part.stage: part for part in small.stages}["answers"]
    more = {part.stage: part for part in large.stages}["answers"]
    assert answers.seconds is None and "at the most" in answers.note
    assert answers.output_tokens == 2 * (18 + 12) * 12
    assert more.output_tokens == 2 * (36 + 12) * 12
    assert more.money is not None and answers.money is not None
    assert more.money == pytest.approx(answers.money * 48 / 30, rel=1e-6)
    assert small.to_record()["unknown_seconds"] == ["answers", "latency"]


def test_endpoints_are_clocked_where_that_is_asked_for(folder: Path, server: Server) -> None:
    made = estimate(experiment(folder, server, 18), call_endpoints=True)
    answers = {part.stage: part for part in made.stages}["answers"]
    assert answers.seconds is not None and answers.seconds > 0
    assert answers.input_tokens == 2 * (18 + 12) * 70
    assert 0 < len([path for path in server.asked if path.endswith("completions")]) < 20


def test_what_was_made_before_costs_nothing_more_and_a_finished_run_nothing_at_all(
    folder: Path, server: Server
) -> None:
    from workbench.stages.workshop import Workshop
    from workbench.store.cache import ArtifactCache, cache_root, runs_root
    from workbench.store.resolve import resolve
    from workbench.store.run import Run

    asked = experiment(folder, server, 18)
    shop = Workshop(resolve(asked), ArtifactCache(cache_root()))
    made = shop.make_index()
    parts = {part.stage: part for part in estimate(asked).stages}
    assert made.fresh and (parts["index"].seconds, parts["index"].note) == (0.0, "made before")
    assert parts["corpus"].seconds == 0.0 and (parts["questions"].seconds or 0) > 0
    run = Run(runs_root() / resolve(asked).run_id)
    with run.alone():
        run.update(state="done")
    again = estimate(asked)
    assert again.finished and again.seconds == 0 and again.stages == ()


def experiment(folder: Path, server: Server, exam: int) -> Experiment:
    book = {
        "dated": "2026-01-01",
        "machine": {"per_hour": 1.0},
        "endpoints": {"small": {"input_per_million": 1.0, "output_per_million": 2.0}},
    }
    (folder / "prices.yaml").write_text(yaml.safe_dump(book))
    path = write_experiment(
        folder,
        model={"name": "small", "endpoint": server.url},
        questions={"drill_facts": 12, "exam": exam, "dev": 6, "gold": "gold.jsonl",
                   "writer": {"name": "reader"}},
        variants=["prompt_only", "rag"],
        price_book="prices.yaml",
    )  # fmt: skip
    return Experiment.from_yaml(path.read_text())


def test_a_missing_price_is_named_and_makes_no_sum() -> None:
    part = Part("answers", 60.0, ((None, 10, 1), ("large", 1e6, 0)))
    missing: list[str] = []
    book = PriceBook(dated="2026-01-01", machine={"per_hour": 60.0})
    assert _priced(part, book, missing).money is None
    assert missing == ["endpoints.large"]
    local = Part("answers", 60.0, ((None, 10, 1),))
    assert _priced(local, book, missing).money == pytest.approx(1.0)
    waiting = Part("answers", 60.0, (("large", 0, 0),))
    book = book.model_copy(update={"endpoints": {"large": _price()}})
    assert _priced(waiting, book, missing).money == 0


def _price() -> Any:
    from workbench.costing.book import EndpointPrice

    return EndpointPrice(input_per_million=1.0, output_per_million=2.0)


def test_a_fault_of_the_experiment_is_said_before_anything_is_loaded(tmp_path: Path) -> None:
    import subprocess

    path = write_experiment(tmp_path, corpus="nowhere.txt")
    done = subprocess.run(
        command(tmp_path, "estimate", str(path)), cwd=tmp_path, env=environment(tmp_path),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "nowhere.txt does not exist" in done.stderr and "Traceback" not in done.stderr
