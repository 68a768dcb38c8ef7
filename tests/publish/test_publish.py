"""A run told elsewhere: all its figures, no text that may not leave, and nothing unasked."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from tests.support.commands import ended
from tests.support.made_run import write_run
from tests.support.servers.trackers import LangfuseHandler, MlflowHandler, Tracker
from workbench.errors import WorkbenchError
from workbench.publish import TARGETS, publish
from workbench.publish.told import plain, told_of
from workbench.records.run import Run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(write_run(tmp_path_factory.mktemp("publish") / "runs"))


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGFUSE_PUBLIC_KEY", "pk")
    monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk")
    for name in ("LANGFUSE_HOST", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)


def test_figures_have_their_intervals_and_no_text_of_the_corpus(run: Run) -> None:
    told = told_of(run)
    results = run.results()
    row = next(row for row in results.variants if row.name == "rag")
    estimate = row.metrics[results.metric]
    key = f"rag/{plain(results.metric)}"
    ends = (estimate.value, estimate.low, estimate.high)
    assert tuple(told.metrics[key + end] for end in ("", "_low", "_high")) == ends
    assert f"{key}/unseen_low" in told.metrics and "rag/total_s_p90" in told.metrics
    assert told.parameters["seed"] and told.tags["workbench.verdict"] == results.verdict.kind
    assert all("@" not in name and ":" not in name for name in (*told.metrics, *told.parameters))
    # Every quote of the exam is text of the corpus; the report has some of them, and this has none.
    quotes = [
        span["quote"] for line in (run.path / "questions/test.jsonl").read_text().splitlines()
        for span in json.loads(line)["evidence"]
    ]  # fmt: skip
    said = json.dumps([told.parameters, told.metrics, told.tags])
    assert quotes and not [quote for quote in quotes if quote in said]
    assert str(Path.cwd()) not in said and str(run.path) not in said


def test_a_folder_holds_plain_files(run: Run, tmp_path: Path) -> None:
    environment = {**os.environ, "WORKBENCH_RUNS": str(run.path.parent)}
    out = tmp_path / "out"
    words = ("publish", "latest", "--to", "folder", "--at", str(out), "--json")
    done = ended(tmp_path, words, environment, 120)
    assert json.loads(done.stdout) == {"run": run.id, "to": "folder", "at": str(out)}
    names = {path.name for path in out.iterdir()}
    assert names == {"parameters.json", "metrics.json", "tags.json", "report.html", "report.md"}
    assert json.loads((out / "metrics.json").read_text()) == told_of(run).metrics
    with pytest.raises(WorkbenchError, match="nothing is written over"):
        publish(run, "folder", str(out))
    publish(run, "folder", str(tmp_path / "bare"), report=False)
    assert not list((tmp_path / "bare").glob("report*"))


def test_langfuse_gets_a_trace_and_a_score_for_each_figure(run: Run) -> None:
    with Tracker(LangfuseHandler) as server:
        publish(run, "langfuse", server.address)
        publish(run, "langfuse", server.address, report=False)
    events = [event for body in server.bodies("/ingestion") for event in body["batch"]]
    scores = [event["body"] for event in events if event["type"] == "score-create"]
    first, second = (event["body"] for event in events if event["type"] == "trace-create")
    told = told_of(run)
    assert {score["name"]: score["value"] for score in scores} == told.metrics
    assert {score["traceId"] for score in scores} == {first["id"]} == {second["id"]}
    assert first["metadata"]["parameters"] == told.parameters
    assert first["output"] == (run.path / "report.md").read_text("utf-8")
    assert second["output"] is None
    assert len({event["id"] for event in events}) == len(events)
    assert server.auth == {"Basic " + base64.b64encode(b"pk:sk").decode()}


def test_a_server_that_refuses_or_is_not_there_is_one_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Tracker(LangfuseHandler, refusing=401) as server:
        with pytest.raises(WorkbenchError, match=r"did not take the run \(401\)"):
            publish(run, "langfuse", server.address)
        gone = server.address
    with pytest.raises(WorkbenchError, match="No Langfuse server can be reached"):
        publish(run, "langfuse", gone)
    monkeypatch.delenv("LANGFUSE_SECRET_KEY")
    with pytest.raises(WorkbenchError, match="keys are not set"):
        publish(run, "langfuse", gone)


@pytest.mark.parametrize("to", ["mlflow", "langfuse"])
def test_nothing_is_sent_where_nobody_asked_for(run: Run, to: str) -> None:
    with pytest.raises(WorkbenchError, match="nothing is sent to one that was not asked for"):
        publish(run, to)
    with pytest.raises(WorkbenchError, match="is no address"):
        publish(run, to, "cloud")


@pytest.mark.parametrize("to", ["mlflow", "langfuse", "wandb"])
def test_the_report_leaves_only_where_it_may(
    run: Run, tmp_path: Path, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    target = TARGETS[to]
    own = type(target)(
        target.goes_to, target.place, target.leaves, lambda told, _: (sent.append(1), told.run)[1]
    )
    monkeypatch.setitem(TARGETS, to, own)
    at = str(tmp_path / "out") if to == "wandb" else "https://tracker.example"
    with pytest.raises(WorkbenchError, match="quotes the corpus") as refused:
        publish(run, to, at)
    assert "--without-report" in refused.value.hint and not sent
    publish(run, to, at, report=False)
    publish(run, to, at, text_may_leave=True)
    assert len(sent) == 2


def test_a_package_that_is_missing_and_a_target_that_is_none(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.publish.target.find_spec", lambda _: None)
    with pytest.raises(WorkbenchError, match="needs the package wandb") as missing:
        publish(run, "wandb", str(tmp_path / "out"), report=False)
    assert "[wandb]" in missing.value.hint
    with pytest.raises(WorkbenchError, match="needs the package mlflow"):
        publish(run, "mlflow", "http://127.0.0.1:9", report=False)
    with pytest.raises(WorkbenchError, match="folder, mlflow, wandb, langfuse") as unknown:
        publish(run, "comet")
    assert "comet" in unknown.value.message or "comet" in str(unknown.value)


def test_mlflow_gets_a_run_by_its_own_client(run: Run) -> None:
    pytest.importorskip("mlflow", reason="the extra mlflow is not installed")
    with Tracker(MlflowHandler) as server:
        where = publish(run, "mlflow", server.address)
    assert where == f"{server.address}/#/experiments/7/runs/r1"
    told = told_of(run)
    batches = server.bodies("runs/log-batch")
    params = {p["key"]: p["value"] for body in batches for p in body.get("params", [])}
    metrics = {m["key"]: m["value"] for body in batches for m in body.get("metrics", [])}
    assert params == told.parameters and metrics == pytest.approx(told.metrics)
    (created,) = server.bodies("runs/create")
    assert created["run_name"] == run.id
    sent = {path.rpartition("/")[2] for method, path, _ in server.got if method == "PUT"}
    assert sent == {"report.html", "report.md"}
    assert server.bodies("runs/update")[0]["status"] == "FINISHED"
    with (
        Tracker(MlflowHandler, refusing=401) as server,
        pytest.raises(WorkbenchError, match="did not take the run"),
    ):
        publish(run, "mlflow", server.address, report=False)


@pytest.mark.slow
def test_wandb_writes_an_offline_run(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("wandb", reason="the extra wandb is not installed")
    where = publish(run, "wandb", str(tmp_path / "out"), text_may_leave=True)
    (folder,) = (tmp_path / "out" / "wandb").glob("offline-run-*")
    assert str(folder) in where and "wandb sync" in where
    (log,) = folder.glob("*.wandb")
    written = log.read_bytes()
    assert b"rag/f1_low" in written and run.id.encode() in written
