"""Tuning by a provider: one job, waited for and gone on with, its errors in its own words."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.killed import kill_at
from tests.support.servers.tuning import FILES, JOBS, KEY, ScriptedServer, TuningServer
from tests.tuning.hosting import DEV, EXAMPLES, terms, tune
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.hosted import HostedSpec
from workbench.experiment.identity import resolve
from workbench.experiment.tuning import TuningSpec
from workbench.io import jsonl
from workbench.models.endpoint import EndpointModel
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_policy
from workbench.tuning.hosted.job import tune_hosted
from workbench.tuning.hosted.terms import cancel_hosted, training_tokens
from workbench.types import ModelReference


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TuningServer]:
    monkeypatch.setenv("HOSTED_KEY", KEY)
    with TuningServer() as running:
        yield running


def started(server: TuningServer) -> int:
    return len(server.jobs)


def test_a_job_becomes_the_model_that_answers(server: TuningServer, tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    told: list[dict[str, Any]] = []
    facts = tune_hosted(
        terms(server.url), EXAMPLES, DEV, tmp_path, lambda *at: seen.append(at),
        lambda address: told.append(dict(address)),
    )  # fmt: skip
    assert facts["model"] == "ft:gpt-small:org::1"
    assert (facts["trained_tokens"], facts["tokens_by_provider"]) == (4321, True)
    assert facts["money"] == pytest.approx(4321 * 25 / 1e6)
    (job,) = server.jobs.values()
    assert job["method"]["supervised"]["hyperparameters"] == {"n_epochs": 3}
    assert (job["model"], job["training_file"], job["validation_file"]) == (
        "gpt-small", "file-1", "file-2",
    )  # fmt: skip
    sent = [json.loads(line) for line in server.files["file-1"]["content"].splitlines()]
    assert sent == [{"messages": example.messages()} for example in EXAMPLES]
    assert server.files["file-1"]["purpose"] == "fine-tune"
    assert [note.split(",")[0] for *_, note in seen] == [
        "validating files", "queued", "running", "succeeded",
    ]  # fmt: skip
    assert seen[-1][:2] == (4, 4)
    curve = list(jsonl.stream(tmp_path / "losses.jsonl"))
    assert [row["loss"] for row in curve] == [2.5, 2.0, 1.5, 1.0] and curve[-1]["epoch"] == 3
    model = EndpointModel(ModelReference("gpt-small", endpoint=server.url, key_env="HOSTED_KEY"))
    assert model.with_adapter(str(tmp_path / "adapter")).reference.name == facts["model"]
    assert told[0]["job"] == "ftjob-1" and KEY not in json.dumps(told)
    requests = len(server.paths)
    assert tune(server.url, tmp_path) == facts and len(server.paths) == requests


def test_without_the_provider_s_count_tokens_are_our_own(
    server: TuningServer, tmp_path: Path
) -> None:
    server.trained_tokens = None
    facts = tune(server.url, tmp_path)
    assert facts["trained_tokens"] == training_tokens(EXAMPLES, 3) > 300
    assert not facts["tokens_by_provider"]


def fault(status: int, message: str, **more: Any) -> tuple[int, dict[str, str], str]:
    return status, {"Retry-After": "0"}, json.dumps({"error": {"message": message, **more}})


SPENT = fault(429, "You exceeded your current quota.", code="insufficient_quota")


@pytest.mark.parametrize(
    ("request_", "faults", "said"),
    [
        (f"POST {FILES}", [fault(400, "Line 3 has no assistant.")], "Line 3 has no assistant"),
        (f"POST {FILES}", [fault(403, "No access to fine-tuning.")], "refuses the key: No access"),
        (f"POST {FILES}", [SPENT], "account at OpenAI is spent: You exceeded"),
        (f"POST {FILES}", [fault(503, "We are down.")] * 5, r"fails \(503\): We are down"),
        (f"POST {FILES}", [fault(429, "Slow down.")] * 5, "asks for patience .* Slow down"),
        (f"POST {JOBS}", [fault(400, "gpt-small cannot be tuned.")], "gpt-small cannot be tuned"),
        (f"POST {JOBS}", [fault(404, "No such model.")], "does not know .* No such model"),
        (f"GET {JOBS}/ftjob-1", [fault(404, "No job.")], "does not know what was asked for: No j"),
        (f"POST {FILES}", [(200, {}, "<html>hello</html>")], "no JSON object"),
    ],
)
def test_a_refusal_is_told_in_the_provider_s_words(
    request_: str, faults: list[Any], said: str, server: TuningServer, tmp_path: Path
) -> None:
    server.faults[request_] = faults
    with pytest.raises(WorkbenchError, match=said) as caught:
        tune(server.url, tmp_path)
    assert caught.value.hint and KEY not in str(caught.value)
    # Once what was wrong is mended, the same call goes on with what was sent.
    assert tune(server.url, tmp_path)["model"].startswith("ft:")
    assert started(server) == 1 and len(server.files) == 2


def test_what_passes_by_itself_is_waited_for(server: TuningServer, tmp_path: Path) -> None:
    server.faults = {
        f"POST {FILES}": [fault(429, "Slow down.")],
        f"POST {JOBS}": [fault(429, "Slow down.")],
        f"GET {JOBS}/ftjob-1": [fault(500, "Oh."), fault(503, "Oh.")],
    }
    assert tune(server.url, tmp_path)["model"] and started(server) == 1


def test_a_wrong_key_is_said_and_not_repeated(
    server: TuningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_KEY", "sk-wrong-one")
    with pytest.raises(WorkbenchError, match="refuses the key: Incorrect key") as caught:
        tune(server.url, tmp_path)
    assert "sk-wrong" not in str(caught.value) and "HOSTED_KEY" in caught.value.hint
    monkeypatch.delenv("HOSTED_KEY")
    with pytest.raises(WorkbenchError, match="HOSTED_KEY holds no key"):
        tune(server.url, tmp_path)


def test_a_server_that_is_not_there_is_said(tmp_path: Path, server: TuningServer) -> None:
    with pytest.raises(WorkbenchError, match="cannot be reached"):
        tune("http://127.0.0.1:1/v1", tmp_path)


@pytest.mark.parametrize("heard", [True, False], ids=["started", "not started"])
def test_a_start_that_was_not_answered_is_looked_for_before_another(
    heard: bool, server: TuningServer, tmp_path: Path
) -> None:
    server.starts_anyway = heard
    server.faults[f"POST {JOBS}"] = [fault(502, "Bad gateway")]
    tune(server.url, tmp_path)
    assert started(server) == 1
    assert f"GET {JOBS}" in server.paths


@pytest.mark.parametrize("error", [{"message": "Too few examples.", "code": "invalid"}, None])
def test_a_job_that_fails_says_why_and_the_next_call_starts_anew(
    error: dict[str, Any] | None, server: TuningServer, tmp_path: Path
) -> None:
    server.states, server.error = ["validating_files", "failed"], error
    said = r"ftjob-1 at OpenAI failed \(failed\)" + (": Too few examples" if error else "")
    with pytest.raises(WorkbenchError, match=said):
        tune(server.url, tmp_path)
    server.states = ["succeeded"]
    assert tune(server.url, tmp_path)["job"] == "ftjob-2"


def test_a_job_is_called_off_and_that_is_said(server: TuningServer, tmp_path: Path) -> None:
    server.states = ["running"]
    told: list[Any] = []
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            tune_hosted(terms(server.url), EXAMPLES, DEV, tmp_path, note=told.append)
        except WorkbenchError as error:
            caught.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    while server.looks < 2:
        waiting.join(0.02)
    assert cancel_hosted(told[0]) == "cancelled"
    waiting.join(60)
    assert "The job ftjob-1 at OpenAI was cancelled" in str(caught[0])
    assert cancel_hosted(told[0]) == "cancelled"
    assert sum(path.endswith("/cancel") for path in server.paths) == 1


def test_ctrl_c_leaves_the_job_and_says_how_to_call_it_off(
    server: TuningServer, tmp_path: Path
) -> None:
    server.states = ["running"]

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"ftjob-1 goes on at OpenAI .* workbench cancel"):
        tune(server.url, tmp_path, stop)
    server.states = ["succeeded"]
    assert tune(server.url, tmp_path)["job"] == "ftjob-1" and started(server) == 1


def test_a_killed_run_waits_on_for_the_same_job(server: TuningServer, tmp_path: Path) -> None:
    server.states = ["queued", *["running"] * 1000]
    kill_at(3, "tests.tuning.hosting", server.url, str(tmp_path))
    server.states = ["succeeded"]
    assert tune(server.url, tmp_path)["job"] == "ftjob-1"
    assert started(server) == 1 and len(server.files) == 2


def test_a_job_is_known_again_where_the_cache_was_lost(
    server: TuningServer, tmp_path: Path
) -> None:
    told: list[Any] = []
    tune_hosted(terms(server.url), EXAMPLES, DEV, tmp_path / "one", note=told.append)
    again = tune_hosted(
        terms(server.url), EXAMPLES, DEV, tmp_path / "two", noted=str(told[0]["job"])
    )
    assert again["model"] == "ft:gpt-small:org::1"
    assert started(server) == 1 and len(server.files) == 2


@pytest.mark.parametrize(
    ("values", "price", "said"),
    [
        ({"max_money_spent": 0.001}, 25.0, "Tuning gpt-small at OpenAI may take .* budget is 0.0"),
        ({"max_money_spent": None, "max_tokens_spent": 50}, None, "budget is 50 tokens"),
        ({}, None, "The price book does not say what tuning gpt-small costs"),
    ],
)
def test_what_the_budget_does_not_cover_is_not_started(
    values: dict[str, Any], price: float | None, said: str, server: TuningServer, tmp_path: Path
) -> None:
    with pytest.raises(WorkbenchError, match=said):
        tune_hosted(terms(server.url, price, **values), EXAMPLES, DEV, tmp_path)
    assert not server.paths


def test_too_few_examples_are_not_sent(server: TuningServer, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="takes 10 examples at least, and there are 4"):
        tune_hosted(terms(server.url), EXAMPLES[:4], DEV, tmp_path)
    assert not server.paths


#: What each provider answers, and what it is to be sent: path, and some of what is in it.
OTHERS: dict[str, tuple[dict[str, list[Any]], list[tuple[str, dict[str, Any]]], Any]] = {
    "azure": (
        {
            "POST /files": [{"id": "f1", "status": "pending"}, {"id": "f2", "status": "pending"}],
            "GET /files/f1": [{"status": "processed"}],
            "GET /files/f2": [{"status": "processed"}],
            "POST /fine_tuning/jobs": [{"id": "j1", "status": "pending"}],
            "GET /fine_tuning/jobs/j1": [
                {"status": "running"},
                {"status": "succeeded", "fine_tuned_model": "made", "trained_tokens": 9},
            ],
        },
        [
            ("POST /files", {"purpose": "fine-tune", "lines": 12}),
            ("POST /fine_tuning/jobs", {"training_file": "f1", "validation_file": "f2"}),
        ],
        ("mine", 9),
    ),
    "mistral": (
        {
            "POST /files": [{"id": "f1"}, {"id": "f2"}],
            "POST /fine_tuning/jobs": [{"id": "j1", "status": "QUEUED"}],
            "GET /fine_tuning/jobs/j1": [
                {"status": "RUNNING"},
                {"status": "SUCCESS", "fine_tuned_model": "made", "trained_tokens": 9,
                 "checkpoints": [{"step_number": 5, "metrics": {"train_loss": 1.5}}]},
            ],
        },
        [
            ("POST /files", {"purpose": "fine-tune", "lines": 12}),
            ("POST /fine_tuning/jobs",
             {"training_files": [{"file_id": "f1", "weight": 1}], "validation_files": ["f2"],
              "hyperparameters": {"epochs": 3, "learning_rate": 0.0001}, "auto_start": True}),
        ],
        ("made", 9),
    ),
    "together": (
        {
            "POST /files/upload": [{"id": "f1"}, {"id": "f2"}],
            "POST /fine-tunes": [{"id": "j1", "status": "pending"}],
            "GET /fine-tunes/j1": [
                {"status": "running"},
                {"status": "completed", "model_output_name": "made", "token_count": 9},
            ],
        },
        [
            ("POST /files/upload", {"purpose": "fine-tune", "file_type": "jsonl", "lines": 12}),
            ("POST /fine-tunes",
             {"training_file": "f1", "validation_file": "f2", "n_epochs": 3,
              "train_on_inputs": False, "learning_rate": 0.0001}),
        ],
        ("made", 9),
    ),
    "fireworks": (
        {
            "GET /accounts/me/datasets?pageSize=200": [{"datasets": []}],
            "POST /accounts/me/supervisedFineTuningJobs": [
                {"name": "accounts/me/supervisedFineTuningJobs/j1", "state": "JOB_STATE_CREATING"}
            ],
            "GET /accounts/me/supervisedFineTuningJobs/j1": [
                {"state": "JOB_STATE_RUNNING"},
                {"state": "JOB_STATE_COMPLETED", "outputModel": "made",
                 "jobProgress": {"inputTokens": 9}},
            ],
        },
        [
            ("POST /accounts/me/datasets", {"dataset": {"userUploaded": {}, "exampleCount": "12"}}),
            ("POST /accounts/me/supervisedFineTuningJobs",
             {"baseModel": "gpt-small", "epochs": 3, "learning_rate": 0.0001}),
        ],
        ("mine", 9),
    ),
}  # fmt: skip


@pytest.mark.parametrize("provider", sorted(OTHERS))
def test_every_provider_is_asked_in_its_own_form(
    provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_KEY", KEY)
    replies, sent, (model, tokens) = OTHERS[provider]
    server = ScriptedServer(json.loads(json.dumps(replies)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    own: dict[str, Any] = {"provider": provider, "hyperparameters": {"learning_rate": 1e-4}}
    if provider in ("azure", "fireworks"):
        own["deployment"] = "mine"
    if provider == "fireworks":
        own["account"] = "me"
    facts = tune(server.url, tmp_path, **own)
    server.shutdown()
    server.server_close()
    assert (facts["model"], facts["trained_tokens"]) == (model, tokens)
    assert server.keys == {KEY if provider == "azure" else f"Bearer {KEY}"}
    for request_, some in sent:
        first = next(body for path, body in server.seen if path == request_)
        assert first.items() >= some.items()


def values(**changes: Any) -> dict[str, Any]:
    return {
        "purpose": "Answer the questions.", "name": "hosted", "corpus": "c.md",
        "model": {"name": "gpt-small", "endpoint": "http://127.0.0.1:1/v1"},
        "variants": ["prompt_only", "fine_tuned"],
        "tuning": {"epochs": 2, "hosted": {"provider": "openai", "max_money_spent": 5}},
        **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hosted", "more", "said"),
    [
        ({"provider": "openai"}, {}, "what it may come to at the most"),
        ("openai", {}, "what it may come to at the most"),
        ({"provider": "acme", "max_money_spent": 1}, {}, "'openai'"),
        ({"provider": "azure", "max_money_spent": 1}, {}, "deployment"),
        (
            {"provider": "openai", "max_money_spent": 1, "deployment": "mine"},
            {},
            "by the name that it gives it: leave deployment out",
        ),
        ({"provider": "fireworks", "max_money_spent": 1}, {}, "account"),
        ({"provider": "openai", "max_money_spent": 1, "key_env": "sk-abc"}, {}, "OPENAI_API_KEY"),
        ({"provider": "openai", "max_money_spent": 1}, {"seeds": 2}, "is paid for"),
        ({"provider": "openai", "max_money_spent": 1}, {"epochs": [1, 2]}, "is paid for"),
    ],
)
def test_bad_settings_get_one_sentence(hosted: Any, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Experiment(**values(tuning={"hosted": hosted, **more}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "reader"}, "is for a model behind an endpoint, and reader runs here"),
        (
            {"tuning": {"train_on": "both", "hosted": {"provider": "openai",
                                                       "max_money_spent": 5}}},
            "tunes on questions",
        ),
    ],
)  # fmt: skip
def test_what_no_provider_can_do_is_refused(
    changes: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c.md").write_text("The miller kept the bridge.", "utf-8")
    monkeypatch.chdir(tmp_path)
    plan = RunPlan(resolve(Experiment(**values(**changes))))
    with pytest.raises(WorkbenchError, match=said):
        _ = plan.adapters


@pytest.mark.parametrize("place", ["model", "hosted"])
def test_text_that_may_not_leave_is_not_sent(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c.md").write_text("The miller kept the bridge.", "utf-8")
    monkeypatch.chdir(tmp_path)
    away = "https://api.example.org/v1"
    made = values()
    (made["model"] if place == "model" else made["tuning"]["hosted"])["endpoint"] = away
    with pytest.raises(WorkbenchError, match=f"{away}, so text of the corpus would leave"):
        check_policy(RunPlan(resolve(Experiment(**made))))
    check_policy(RunPlan(resolve(Experiment(**made, text_may_leave_this_machine=True))))


def test_budget_and_pace_start_no_second_job() -> None:
    one = HostedSpec(provider="openai", max_money_spent=1, poll_s=3, suffix="a")
    other = HostedSpec(provider="openai", max_tokens_spent=9, key_env="MY_KEY", suffix="b")
    assert one.identity == other.identity
    more = HostedSpec(provider="openai", max_money_spent=1, hyperparameters={"batch_size": 4})
    assert more.identity != one.identity
    assert "hosted" not in TuningSpec().model_dump()


def test_an_endpoint_s_default_variants_hold_tuned_ones_only_where_its_provider_tunes() -> None:
    made = values()
    del made["variants"]
    names = {variant.name for variant in Experiment(**made).variants}
    del made["tuning"]
    assert names - {variant.name for variant in Experiment(**made).variants} == {
        "fine_tuned", "fine_tuned_rag",
    }  # fmt: skip
