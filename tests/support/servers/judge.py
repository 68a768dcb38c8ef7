"""A judge behind a real HTTP server that speaks the OpenAI protocol and reads what it is asked.

It keeps to the form that ragas asks for, and takes a statement for supported where the words stand
in the text it is held against, so that its judgements can be worked out by hand.
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class JudgeServer(ThreadingHTTPServer):
    """``asked`` holds every request; the switches make it fail as servers do."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        self.delay = 0.0
        self.down_after: int | None = None
        self.babbles: str | None = None
        self.usage = (100, 10)

    def handle_error(self, *_: object) -> None:
        """A client that was killed is part of the tests."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def prompts(self) -> list[str]:
        """What was asked, one text per request."""
        return [json.dumps(body["messages"]) for body in self.asked]

    def start(self) -> JudgeServer:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: JudgeServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._send(200, {"object": "list", "data": []})

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.asked.append(body)
            number = len(server.asked)
        time.sleep(server.delay)
        if server.down_after is not None and number > server.down_after:
            self._send(400, {"error": {"message": "out of order"}})
            return
        first = body["messages"][0]["content"]
        babbling = server.babbles is not None and server.babbles in first
        text = "I would rather not say." if babbling else json.dumps(judged(first))
        given, back = server.usage
        self._send(200, {
            "id": "1", "object": "chat.completion", "created": 1, "model": body["model"],
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": f"```json\n{text}\n```"}}],
            "usage": {"prompt_tokens": given, "completion_tokens": back,
                      "total_tokens": given + back},
        })  # fmt: skip

    def _send(self, status: int, value: dict[str, Any]) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def judged(prompt: str) -> Any:
    """A reply of the asked form to one of ragas' prompts, or to a rubric."""
    if "Answer to judge:" in prompt:
        reference = prompt.split("Reference answer:\n")[1].split("\n\nAnswer to judge")[0]
        answer = prompt.split("Answer to judge:\n")[1].split("\n\nSay pass")[0]
        return {"reason": "by the words", "value": "pass" if answer == reference else "fail"}
    given = json.loads(prompt.rsplit("\ninput: ", 1)[1].rsplit("\nOutput:", 1)[0])
    if "Scoring Rubrics" in prompt:
        right = given["response"] == given["reference"]
        return {"feedback": "by the words", "score": 5 if right else 2}
    if "ground_truth" in given:
        shared = [item for item in given["answer"] if item in given["ground_truth"]]
        rest = [item for item in given["answer"] if item not in shared]
        lacking = [item for item in given["ground_truth"] if item not in shared]
        return {name: [{"statement": item, "reason": ""} for item in listed]
                for name, listed in (("TP", shared), ("FP", rest), ("FN", lacking))}  # fmt: skip
    if "statements" in given:
        return {"statements": [
            {"statement": item, "reason": "as the text has it or not",
             "verdict": int(item in given["context"])}
            for item in given["statements"]
        ]}  # fmt: skip
    if "context" in given:
        there = int(given["answer"] in given["context"])
        if '"classifications"' in prompt:
            return {"classifications": [
                {"statement": given["answer"], "reason": "", "attributed": there}
            ]}  # fmt: skip
        return {"reason": "", "verdict": there}
    if "atomicity" in given:
        return {"claims": [given["response"]]}
    if '"noncommittal"' in prompt:
        return {"question": "What is it?", "noncommittal": 0}
    return {"statements": [given.get("answer") or given.get("text")]}
