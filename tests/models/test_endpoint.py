"""The endpoint client against a real HTTP server that speaks the protocol, faults included."""

import json

import pytest

from tests.support.servers.chat import ChatServer, completion
from workbench.errors import WorkbenchError
from workbench.models import load, requests
from workbench.models.endpoint import EndpointModel
from workbench.types import Decoding, Message, ModelReference, Prompt

KEY = "sk-secret-93f1"


def prompt(text: str) -> Prompt:
    return Prompt((Message("system", "Be brief."), Message("user", text)))


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)
    monkeypatch.setattr(requests, "FIRST_WAIT_S", 0.01)
    with ChatServer() as running:
        yield running


def model(server: ChatServer, **changes) -> EndpointModel:
    values = {"name": "m", "endpoint": server.url, "key_env": "TEST_KEY", "timeout_s": 60.0}
    return EndpointModel(ModelReference(**{**values, **changes}))


def test_answers_come_back_in_order_with_the_servers_counts(server) -> None:
    server.delay = 0.2
    loaded = load(ModelReference("m", endpoint=server.url, key_env="TEST_KEY"))
    answers = loaded.complete([prompt(f"say w{i}") for i in range(20)], Decoding(max_new_tokens=7))
    assert [a.text for a in answers] == [f"echo w{i}" for i in range(20)]
    assert {(a.input_tokens, a.output_tokens, a.finish) for a in answers} == {(71, 3, "stop")}
    sent = server.asked[0]
    assert sent["model"] == "m" and sent["max_tokens"] == 7 and sent["temperature"] == 0.0
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
    assert sent["auth"] == f"Bearer {KEY}"
    assert 2 <= server.most_under_way <= 20


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
        (completion(None), "empty"),
        (completion("half", "content_filter"), "filter"),
    ],
)
def test_a_malformed_reply_is_that_questions_error(server, body, error) -> None:
    server.script = [(200, {}, body)]
    answers = model(server).complete([prompt("say a")], Decoding())
    assert answers[0].finish == "error" and error in answers[0].error
    assert model(server).complete([prompt("say a")], Decoding())[0].finish == "stop"


def test_a_reply_without_usage_is_estimated(server) -> None:
    server.script = [(200, {}, completion("four words of text", "length", usage=None))]
    answer = model(server).complete([prompt("say a")], Decoding())[0]
    assert answer.finish == "length"
    assert answer.input_tokens > 3 and answer.output_tokens > 3


def test_a_timeout_is_an_error_and_silence_ends_the_asking(server) -> None:
    server.delay = 3.0
    asked = [prompt(f"say {i}") for i in range(60)]
    answers = model(server, timeout_s=0.3).complete(asked, Decoding())
    assert all(a.finish == "error" for a in answers)
    assert any("time limit" in a.error for a in answers)
    assert sum("stopped answering" in a.error for a in answers) > 40
    assert len(server.asked) < 30


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
    assert next(pieces) == "echo", "it came before there was a second one"
    server.next_piece.set()
    assert list(pieces) == [" a"]
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
    assert server.asked[-1]["max_completion_tokens"] == 5
    assert "temperature" not in server.asked[-1] and "max_tokens" not in server.asked[-1]
    assert len(server.asked) == 3


def test_the_key_stands_nowhere(server, caplog) -> None:
    caplog.set_level("DEBUG", logger="workbench")
    server.always = (500, {}, "{}")
    speaking = model(server)
    answer = speaking.complete([prompt("say a")], Decoding())[0]
    with pytest.raises(WorkbenchError) as caught:
        list(speaking.stream(prompt("say a"), Decoding()))
    held = [vars(speaking), vars(speaking._connections)]
    seen = f"{speaking!r} {held} {answer} {caught.value} {caplog.text}"
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


def with_probabilities(*values: float) -> str:
    body = json.loads(completion("nine crowns"))
    tokens = [{"token": "x", "logprob": value, "bytes": None, "top_logprobs": []}
              for value in values]  # fmt: skip
    body["choices"][0]["logprobs"] = {"content": tokens, "refusal": None}
    return json.dumps(body)


def test_an_answer_is_as_sure_as_the_servers_tokens(server) -> None:
    server.script = [(200, {}, with_probabilities(-0.1, -0.3))]
    asked = Decoding(confidence=True)
    assert model(server).complete([prompt("say a")], asked)[0].confidence == pytest.approx(
        0.818731, abs=1e-6
    )
    assert server.asked[0]["logprobs"] is True
    assert model(server).complete([prompt("say a")], asked)[0].confidence is None
    # A judge's or a writer's replies are asked for without.
    assert model(server).complete([prompt("say a")], Decoding())[0].confidence is None
    assert "logprobs" not in server.asked[-1]


@pytest.mark.parametrize("status", [400, 403, 422])
def test_a_model_that_tells_no_probabilities_is_asked_without(server, status) -> None:
    refusal = {"error": {"message": "You are not allowed to request logprobs from this model"}}
    server.script = [(status, {}, json.dumps(refusal))]
    loaded = model(server)
    first, second = (loaded.complete([prompt("say a")], Decoding(confidence=True))[0]
                     for _ in range(2))  # fmt: skip
    assert first.text == second.text == "echo a" and first.confidence is None
    assert len(server.asked) == 3 and "logprobs" not in server.asked[-1]
