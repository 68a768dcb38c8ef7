"""ragas by its own classes, judged ones against a real local HTTP server."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.errors import WorkbenchError
from workbench.evaluation.ragas_scores import JUDGED, Judge, judged_scores, plain_scores
from workbench.types import Answer, Evidence, Question

QUESTIONS = [
    Question("q1", "Who kept the ledger?", ("Edda Marsh",),
             (Evidence("a.md", 0, 26, "Edda Marsh kept the ledger"),)),
    Question("q2", "Who rang the bell?", ()),
]  # fmt: skip
ANSWERS = [
    Answer("q1", "rag", "Edda Marsh", 9, 2, 0.1, passages=("a.md:0-60", "a.md:60-90")),
    Answer("q1", "fine_tuned", "Tobias", 9, 2, 0.1),
    Answer("q1", "prompt_only", "", 0, 0, 0.0, status="failed", finish="error"),
    Answer("q2", "rag", "unanswerable", 9, 2, 0.1, passages=("a.md:0-60",)),
]
PASSAGES = {"a.md:0-60": "Edda Marsh kept the ledger", "a.md:60-90": "The sea was calm."}
RUBRIC = {f"score{n}_description": f"grade {n}" for n in range(1, 6)}


def instance(schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    """A small valid value of a JSON schema."""
    if "$ref" in schema:
        return instance(defs[schema["$ref"].split("/")[-1]], defs)
    if "anyOf" in schema:
        return instance(schema["anyOf"][0], defs)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {k: instance(v, defs) for k, v in schema.get("properties", {}).items()}
    if kind == "array":
        return [instance(schema.get("items", {"type": "string"}), defs)]
    return {"integer": 1, "number": 1.0, "boolean": True}.get(str(kind), "Edda Marsh kept it.")


class Handler(BaseHTTPRequestHandler):
    """The chat completions of an OpenAI-compatible server that follows the asked schema."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)  # type: ignore[attr-defined]
        if self.server.broken:  # type: ignore[attr-defined]
            self._send(400, {"error": {"message": "no such model"}})
            return
        text = "\n".join(str(message["content"]) for message in body["messages"])
        start = text.index("{", text.index("json_schema"))
        schema, _ = json.JSONDecoder().raw_decode(text[start:])
        content = json.dumps(instance(schema, schema.get("$defs", {})))
        self._send(200, {
            "id": "1", "object": "chat.completion", "created": 1, "model": body["model"],
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": content}}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
        })  # fmt: skip

    def _send(self, status: int, value: dict[str, Any]) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.asked, made.broken = [], False  # type: ignore[attr-defined]
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def judge(server: Any, **more: Any) -> Judge:
    return Judge("judge", f"http://127.0.0.1:{server.server_port}/v1", **more)


def embed(texts: list[str]) -> np.ndarray:
    return np.array([[len(text), text.count("a") + 1.0] for text in texts], dtype=np.float32)


def test_metrics_without_a_model() -> None:
    made = {(s.question, s.variant, s.metric): s.value
            for s in plain_scores(QUESTIONS, ANSWERS, PASSAGES, embed)}  # fmt: skip
    assert made["q1", "rag", "ragas:exact_match"] == 1.0
    assert made["q1", "rag", "ragas:rouge"] == pytest.approx(1.0)
    assert made["q1", "fine_tuned", "ragas:exact_match"] == 0.0
    assert made["q1", "prompt_only", "ragas:chrf"] is None
    assert made["q1", "rag", "ragas:semantic_similarity"] == pytest.approx(1.0)
    assert made["q1", "rag", "ragas:context_precision_plain"] == pytest.approx(1.0)
    assert made["q1", "rag", "ragas:context_recall_plain"] == pytest.approx(1.0)
    assert ("q1", "fine_tuned", "ragas:context_recall_plain") not in made
    assert not any(question == "q2" for question, _, _ in made)


def test_every_judged_metric_runs_is_counted_and_is_cached(server, tmp_path: Path) -> None:
    asked = judge(server, rubric=RUBRIC, input_per_million=1.0, output_per_million=2.0)
    cache = tmp_path / "judged.jsonl"
    made = judged_scores(QUESTIONS, ANSWERS, PASSAGES, asked, cache, embed=embed)
    names = {s.metric for s in made.scores if (s.question, s.variant) == ("q1", "rag")}
    assert names == {f"ragas:{name}" for name in JUDGED}
    assert made.failed == 0 and all(s.value is not None for s in made.scores)
    assert made.calls == len(server.asked) > 0
    assert made.input_tokens == 100 * made.calls
    assert made.cost == pytest.approx(made.calls * (100 + 20) / 1e6)
    calls = len(server.asked)
    again = judged_scores(QUESTIONS, ANSWERS, PASSAGES, asked, cache, embed=embed)
    assert again.scores == made.scores and again.calls == 0 and len(server.asked) == calls
    changed = [*ANSWERS[:1], Answer("q1", "fine_tuned", "Pell", 9, 2, 0.1)]
    more = judged_scores(QUESTIONS, changed, PASSAGES, asked, cache,
                         metrics=["factual_correctness"])  # fmt: skip
    assert more.calls > 0


def test_a_judge_that_fails_is_named_and_keeps_what_it_had(server, tmp_path: Path) -> None:
    server.broken = True
    many = [Answer("q1", f"v{n}", f"Edda {n}", 9, 2, 0.1) for n in range(8)]
    with pytest.raises(WorkbenchError, match="failed five times in a row"):
        judged_scores(QUESTIONS, many, PASSAGES, judge(server), tmp_path / "j.jsonl",
                      metrics=["factual_correctness"])  # fmt: skip


def test_a_missing_key_and_an_unknown_metric_are_refused(server, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="NO_SUCH_KEY is empty"):
        judged_scores(QUESTIONS, ANSWERS, PASSAGES, judge(server, key_env="NO_SUCH_KEY"),
                      tmp_path / "j.jsonl")  # fmt: skip
    with pytest.raises(WorkbenchError, match="no judged metric 'vibes'"):
        judged_scores(QUESTIONS, ANSWERS, PASSAGES, judge(server), tmp_path / "j.jsonl",
                      metrics=["vibes"])  # fmt: skip


def test_nothing_is_tracked() -> None:
    source = Path("workbench/evaluation/ragas_scores.py")
    text = (Path(__file__).parents[2] / source).read_text(encoding="utf-8")
    for place in re.finditer(r"from ragas", text):
        assert "RAGAS_DO_NOT_TRACK" in text[: place.start()]
