"""The endpoint client against a real HTTP server that speaks the protocol, faults included."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from workbench.errors import WorkbenchError
from workbench.models import load, requests
from workbench.models.endpoint import EndpointModel
from workbench.types import Decoding, Message, ModelReference, Prompt

KEY = "sk-secret-93f1"


class Server(ThreadingHTTPServer):
    """Answers ``echo <last word>``; ``script`` holds (status, headers, body) to give first."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[tuple[int, dict[str, str], str]] = []
        self.seen: list[dict] = []
        self.times: list[float] = []
        self.delay = 0.0
        self.next_piece = threading.Event()
        self.next_piece.set()
        self.always: tuple[int, dict[str, str], str] | None = None
        self.lock = threading.Lock()
        self.under_way = self.most_under_way = 0

    def handle_error(self, *_) -> None:
        """A client that hung up is part of the tests."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_) -> None: ...

    def do_GET(self) -> None:
        refused = self.headers["Authorization"] == "Bearer wrong"
        self._send(401 if refused else 200, {}, '{"object":"list","data":[]}')

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.seen.append({**body, "auth": self.headers["Authorization"]})
            server.times.append(time.monotonic())
            server.under_way += 1
            server.most_under_way = max(server.most_under_way, server.under_way)
            planned = server.always or (server.script.pop(0) if server.script else None)
        time.sleep(server.delay)
        with server.lock:
            server.under_way -= 1
        if planned is not None:
            self._send(*planned)
        elif body.get("stream"):
            self._stream()
        else:
            word = body["messages"][-1]["content"].split()[-1]
            self._send(200, {}, reply(f"echo {word}"))

    def _send(self, status: int, headers: dict[str, str], text: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        data = text.encode()
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece in ("one", " two", " three"):
            chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            chunk["choices"] = [{"index": 0, "delta": {"content": piece}}]
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.flush()
            self.server.next_piece.wait(60)
        self.wfile.write(b"data: [DONE]\n\n")


def reply(text: str | None, finish: str = "stop", usage: bool = True) -> str:
    message = {"role": "assistant", "content": text}
    out = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
    out["choices"] = [{"index": 0, "message": message, "finish_reason": finish}]
    if usage:
        out["usage"] = {"prompt_tokens": 71, "completion_tokens": 3, "total_tokens": 74}
    return json.dumps(out)


def prompt(text: str) -> Prompt:
    return Prompt((Message("system", "Be brief."), Message("user", text)))


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)
    monkeypatch.setattr(requests, "FIRST_WAIT_S", 0.01)
    running = Server()
    thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()


def model(server: Server, **changes) -> EndpointModel:
    values = {"name": "m", "endpoint": server.url, "key_env": "TEST_KEY", "timeout_s": 60.0}
    return EndpointModel(ModelReference(**{**values, **changes}))


def test_answers_come_back_in_order_with_the_servers_counts(server) -> None:
    server.delay = 0.2
    loaded = load(ModelReference("m", endpoint=server.url, key_env="TEST_KEY"))
    answers = loaded.complete([prompt(f"say w{i}") for i in range(20)], Decoding(max_new_tokens=7))
    assert [a.text for a in answers] == [f"echo w{i}" for i in range(20)]
    assert {(a.input_tokens, a.output_tokens, a.finish) for a in answers} == {(71, 3, "stop")}
    sent = server.seen[0]
    assert sent["model"] == "m" and sent["max_tokens"] == 7 and sent["temperature"] == 0.0
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
    assert sent["auth"] == f"Bearer {KEY}"
    assert 2 <= server.most_under_way <= 8


def test_a_rate_limit_is_waited_out_as_asked(server) -> None:
    server.script = [(429, {"Retry-After": "0.6"}, '{"error":{"message":"slow down"}}')]
    assert model(server).complete([prompt("say a")], Decoding())[0].text == "echo a"
    first, second = server.times
    assert second - first >= 0.6


def test_server_faults_are_retried_then_recorded(server) -> None:
    broken = (500, {}, '{"error":{"message":"out of cheese"}}')
    server.script = [broken, broken]
    assert model(server).complete([prompt("say a")], Decoding())[0].text == "echo a"
    server.always = broken
    answer = model(server).complete([prompt("say b")], Decoding())[0]
    assert answer.finish == "error" and "500: out of cheese" in answer.error
    assert answer.text == "" and answer.output_tokens == 0


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('{"choices": [', "cannot be read"),
        ("<html>gateway</html>", "cannot be read"),
        ("[]", "no choices"),
        ("{}", "no choices"),
        ('{"choices":[]}', "no choices"),
        ('{"choices":[{"index":0}]}', "empty"),
        (reply(None), "empty"),
        (reply("half", "content_filter"), "filter"),
    ],
)
def test_a_malformed_reply_is_that_questions_error(server, body, error) -> None:
    server.script = [(200, {}, body)]
    answers = model(server).complete([prompt("say a")], Decoding())
    assert answers[0].finish == "error" and error in answers[0].error
    assert model(server).complete([prompt("say a")], Decoding())[0].finish == "stop"


def test_a_reply_without_usage_is_estimated(server) -> None:
    server.script = [(200, {}, reply("four words of text", "length", usage=False))]
    answer = model(server).complete([prompt("say a")], Decoding())[0]
    assert answer.finish == "length"
    assert answer.input_tokens > 3 and answer.output_tokens > 3


def test_a_timeout_is_an_error_and_silence_ends_the_asking(server) -> None:
    server.delay = 3.0
    asked = [prompt(f"say {i}") for i in range(60)]
    answers = model(server, timeout_s=0.3).complete(asked, Decoding())
    assert all(a.finish == "error" for a in answers)
    assert "time limit" in answers[0].error
    assert sum("stopped answering" in a.error for a in answers) > 40
    assert len(server.seen) < 20


def test_a_server_that_dies_on_the_way(server) -> None:
    living = model(server)
    assert living.complete([prompt("say a")], Decoding())[0].finish == "stop"
    server.shutdown()
    server.server_close()
    answers = living.complete([prompt(f"say {i}") for i in range(20)], Decoding())
    assert all(a.finish == "error" for a in answers)
    assert any("no connection" in a.error for a in answers)


def test_an_unreachable_server_at_the_start(monkeypatch) -> None:
    with pytest.raises(WorkbenchError, match="cannot be reached") as caught:
        load(ModelReference("m", endpoint="http://127.0.0.1:9/v1"))
    assert "127.0.0.1:9" in caught.value.message


def test_a_key_that_is_missing_or_refused(server, monkeypatch) -> None:
    with pytest.raises(WorkbenchError, match="NO_SUCH_KEY"):
        model(server, key_env="NO_SUCH_KEY")
    monkeypatch.setenv("TEST_KEY", "wrong")
    with pytest.raises(WorkbenchError, match="refuses the key"):
        load(ModelReference("m", endpoint=server.url, key_env="TEST_KEY"))


def test_an_unknown_model_ends_the_run_before_it_starts(server) -> None:
    server.always = (404, {}, '{"error":{"message":"no such model"}}')
    with pytest.raises(WorkbenchError, match="knows no model 'm'"):
        model(server).complete([prompt("say a"), prompt("say b")], Decoding())


def test_requests_per_minute_are_kept(server) -> None:
    paced = model(server, requests_per_minute=600)
    paced.complete([prompt(f"say {i}") for i in range(6)], Decoding())
    assert server.times[-1] - server.times[0] >= 0.45


def test_streaming(server) -> None:
    streaming = model(server)
    server.next_piece.clear()
    pieces = streaming.stream(prompt("say a"), Decoding())
    assert next(pieces) == "one", "it came before there was a second one"
    server.next_piece.set()
    assert list(pieces) == [" two", " three"]
    server.always = (500, {}, "{}")
    with pytest.raises(WorkbenchError, match="500"):
        list(streaming.stream(prompt("say a"), Decoding()))


def test_parameters_that_a_server_does_not_take(server) -> None:
    sentences = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    refusal = {"error": {"message": sentences, "param": "max_tokens"}}
    other = {"error": {"message": "only the default", "param": "temperature"}}
    server.script = [(400, {}, json.dumps(refusal)), (400, {}, json.dumps(other))]
    changed = model(server)
    assert changed.complete([prompt("say a")], Decoding(max_new_tokens=5))[0].text == "echo a"
    assert server.seen[-1]["max_completion_tokens"] == 5
    assert "temperature" not in server.seen[-1] and "max_tokens" not in server.seen[-1]
    assert len(server.seen) == 3


def test_the_key_stands_nowhere(server, caplog) -> None:
    caplog.set_level("DEBUG", logger="workbench")
    server.always = (500, {}, "{}")
    speaking = model(server)
    answer = speaking.complete([prompt("say a")], Decoding())[0]
    with pytest.raises(WorkbenchError) as caught:
        list(speaking.stream(prompt("say a"), Decoding()))
    seen = f"{speaking!r} {vars(speaking)} {answer} {caught.value} {caplog.text}"
    assert KEY not in seen and "asking again" in caplog.text


def test_what_an_endpoint_cannot_do(server) -> None:
    with pytest.raises(WorkbenchError, match="probability"):
        model(server).log_likelihood([prompt("a")], ["b"])
    with pytest.raises(WorkbenchError, match="cannot be sent"):
        model(server).with_adapter("runs/x/adapter")
    unchanged = model(server)
    assert unchanged.with_adapter(None) is unchanged
    with pytest.raises(WorkbenchError, match="no URL"):
        EndpointModel(ModelReference("m", endpoint="localhost:11434"))
