"""The estimate before a run: its stages, counts and money; endpoints are left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.servers.chat import ChatServer
from tests.support.servers.judge import JudgeServer
from tests.support.small_run import command, environment, workbench, write_experiment
from workbench.costing import PriceBook
from workbench.engine.estimate import StageEstimate
from workbench.errors import WorkbenchError
from workbench.estimate import RunEstimate, _priced, estimate_run
from workbench.experiment import Experiment
from workbench.experiment.model import ModelSpec

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("runs", "cache"):
        monkeypatch.setenv(f"WORKBENCH_{name.upper()}", str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer(lambda _: "salt", usage=(70, 3)) as running:
        yield running


@pytest.mark.slow
def test_the_command_covers_every_stage_and_makes_no_run(tmp_path: Path) -> None:
    path = write_experiment(tmp_path)
    result = json.loads(workbench(tmp_path, "estimate", str(path), "--json"))
    names = [stage["stage"] for stage in result["stages"]]
    for stage in ("corpus", "questions", "index", "adapter", "answers", "latency", "scores"):
        assert stage in names
    assert all(stage["seconds"] > 0 for stage in result["stages"])
    assert result["seconds"] == pytest.approx(sum(stage["seconds"] for stage in result["stages"]))
    assert result["money"] > 0 and result["missing"] == []
    assert result["memory_bytes"] > 2**28
    assert not list((tmp_path / "runs").glob("*/specification.yaml"))
    left = {entry.name.split("-")[0] for entry in (tmp_path / "cache").iterdir()}
    assert not left & {"questions", "index", "adapter", "embeddings"}


@pytest.mark.slow
def test_endpoints_are_not_called_and_their_money_grows_with_the_questions(
    folder: Path, server: ChatServer
) -> None:
    def asked(exam: int) -> RunEstimate:
        return estimate_run(experiment(folder, server, exam))

    small, large = asked(18), asked(36)
    assert server.paths == []
    answers = {part.stage: part for part in small.stages}["answers"]
    more = {part.stage: part for part in large.stages}["answers"]
    assert answers.seconds is None and "at the most" in answers.note
    assert answers.output_tokens == 2 * (18 + 12) * 12
    assert more.output_tokens == 2 * (36 + 12) * 12
    assert more.money is not None and answers.money is not None
    # Not to the last digit: the few questions that are tried are not the same in both.
    assert more.money == pytest.approx(answers.money * 48 / 30, rel=0.05)
    assert small.to_record()["unknown_seconds"] == ["answers", "latency"]


@pytest.mark.slow
def test_endpoints_are_clocked_where_that_is_asked_for(folder: Path, server: ChatServer) -> None:
    result = estimate_run(experiment(folder, server, 18), call_endpoints=True)
    answers = {part.stage: part for part in result.stages}["answers"]
    assert answers.seconds is not None and answers.seconds > 0
    assert answers.input_tokens == 2 * (18 + 12) * 70
    assert 0 < len([path for path in server.paths if path.endswith("completions")]) < 20


@pytest.mark.slow
def test_what_was_made_before_costs_nothing_more_and_a_finished_run_nothing_at_all(
    folder: Path, server: ChatServer
) -> None:
    from workbench.engine.cache import ArtifactCache, cache_root
    from workbench.experiment.identity import resolve
    from workbench.records.layout import runs_root
    from workbench.records.run import Run
    from workbench.stages import CORPUS, INDEX
    from workbench.stages.context import RunContext
    from workbench.stages.plan import RunPlan

    asked = experiment(folder, server, 18)
    plan, context = RunPlan(resolve(asked)), RunContext(ArtifactCache(cache_root()))
    corpus = context.make(CORPUS, plan.corpus_inputs()).reference
    result = context.make(INDEX, plan.index_inputs(corpus))
    parts = {part.stage: part for part in estimate_run(asked).stages}
    assert result.fresh and (parts["index"].seconds, parts["index"].note) == (0.0, "made before")
    assert parts["corpus"].seconds == 0.0 and (parts["questions"].seconds or 0) > 0
    run = Run(runs_root() / resolve(asked).run_id)
    with run.lock():
        run.update(state="done")
    again = estimate_run(asked)
    assert again.finished and again.seconds == 0 and again.stages == ()


@pytest.mark.slow
def test_a_judge_is_reckoned_with_before_and_after_the_answers(
    folder: Path, server: ChatServer
) -> None:
    judge = JudgeServer().start()
    named = {"model": "stub", "endpoint": judge.url,
             "metrics": ["faithfulness", "factual_correctness"]}  # fmt: skip
    small, large = (
        {part.stage: part for part in estimate_run(experiment(folder, server, exam, named)).stages}
        for exam in (18, 36)
    )
    assert judge.asked == [] == server.paths
    assert small["judge"].seconds is None and small["judge"].money is not None
    # What a judge reads depends on the questions tried, which are not the same in both.
    assert large["judge"].money == pytest.approx(small["judge"].money * 48 / 30, rel=0.25)
    item = estimate_run(experiment(folder, server, 18, {**named, "sample": 6}))
    sampled = {part.stage: part for part in item.stages}["judge"]
    assert sampled.input_tokens == pytest.approx(small["judge"].input_tokens * 6 / 30, rel=0.1)
    paced = estimate_run(experiment(folder, server, 18, {**named, "requests_per_minute": 60.0}))
    assert ({part.stage: part for part in paced.stages}["judge"].seconds or 0) > 100
    tight = estimate_run(experiment(folder, server, 18, {**named, "max_tokens_spent": 900}))
    assert "it would not start" in {part.stage: part for part in tight.stages}["judge"].note
    timed = estimate_run(experiment(folder, server, 18, named), call_endpoints=True)
    assert 0 < len(judge.asked) < 20
    assert ({part.stage: part for part in timed.stages}["judge"].seconds or 0) > 0
    judge.stop()


@pytest.mark.slow
def test_a_judge_named_after_the_run_is_what_is_left_of_it(tmp_path: Path) -> None:
    judge = JudgeServer().start()
    two = ["prompt_only", "rag"]
    workbench(tmp_path, "run", str(write_experiment(tmp_path, variants=two)))
    named = {"model": "stub", "endpoint": judge.url, "metrics": ["factual_correctness"]}
    path = str(write_experiment(tmp_path, variants=two, judge=named))
    sentences = json.loads(workbench(tmp_path, "estimate", path, "--json"))
    assert [stage["stage"] for stage in sentences["stages"]] == ["judge"] and judge.asked == []
    assert sentences["missing"] == ["endpoints.stub"] and not sentences["finished"]
    workbench(tmp_path, "run", path)
    sent = sum(len(m["content"]) for body in judge.asked for m in body["messages"]) / 4
    assert 0.8 * sent < sentences["input_tokens"] < 2.1 * sent
    assert json.loads(workbench(tmp_path, "estimate", path, "--json"))["finished"]
    judge.stop()


def experiment(
    folder: Path, server: ChatServer, exam: int, judge: dict[str, Any] | None = None
) -> Experiment:
    book = {
        "dated": "2026-01-01",
        "machine": {"per_hour": 1.0},
        "endpoints": {
            name: {"input_per_million": 1.0, "output_per_million": 2.0}
            for name in ("small", "stub")
        },
    }
    (folder / "prices.yaml").write_text(yaml.safe_dump(book))
    path = write_experiment(
        folder,
        model={"name": "small", "endpoint": server.url},
        questions={"train_facts": 12, "test": exam, "dev": 6, "gold": "gold.jsonl",
                   "writer": {"name": "reader"}},
        variants=["prompt_only", "rag"],
        price_book="prices.yaml",
        **({"judge": judge} if judge else {}),
    )  # fmt: skip
    return Experiment.from_yaml(path.read_text())


def test_a_writer_s_budget_in_money_goes_by_the_price_book(
    folder: Path, server: ChatServer
) -> None:
    from workbench.engine.cache import ArtifactCache, cache_root
    from workbench.experiment.identity import resolve
    from workbench.stages import CORPUS, QUESTIONS
    from workbench.stages.context import RunContext
    from workbench.stages.plan import RunPlan

    asked = experiment(folder, server, 18)
    for name, sentences in (
        ("small", r"in money\), and the budget is 0\.01"),
        ("other", "price book"),
    ):
        writer = ModelSpec(name=name, endpoint=server.url)
        limited = asked.questions.model_copy(update={"writer": writer, "max_money_spent": 0.01})
        result = asked.model_copy(update={"questions": limited})
        with pytest.raises(WorkbenchError, match=sentences):
            plan, context = RunPlan(resolve(result)), RunContext(ArtifactCache(cache_root()))
            corpus = context.make(CORPUS, plan.corpus_inputs()).reference
            context.make(QUESTIONS, plan.questions_inputs(corpus))
    assert not [path for path in server.paths if path.endswith("completions")]


def test_a_missing_price_is_named_and_makes_no_sum() -> None:
    part = StageEstimate("answers", 60.0, ((None, 10, 1), ("large", 1e6, 0)))
    missing: list[str] = []
    book = PriceBook(dated="2026-01-01", machine={"per_hour": 60.0})
    assert _priced(part, book, missing).money is None
    assert missing == ["endpoints.large"]
    local = StageEstimate("answers", 60.0, ((None, 10, 1),))
    assert _priced(local, book, missing).money == pytest.approx(1.0)
    waiting = StageEstimate("answers", 60.0, (("large", 0, 0),))
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


def test_who_embeds_and_writes_queries_at_an_endpoint_is_left_alone_too(
    folder: Path, server: ChatServer
) -> None:
    path = write_experiment(
        folder,
        questions={"train_facts": 12, "test": 18, "dev": 6, "gold": "gold.jsonl"},
        variants=["prompt_only", "rag"],
        retrieval={
            "query": "hyde",
            "query_model": {"name": "pen", "endpoint": server.url},
            "embedding": {"name": "vectors", "endpoint": server.url},
        },
    )  # fmt: skip
    result = estimate_run(Experiment.from_yaml(path.read_text()))
    assert server.paths == []
    (answers,) = (part for part in result.stages if part.stage == "answers")
    ((_, read, wrote),) = (row for row in answers.tokens if row[0] == "pen")
    # A passage of 96 tokens at the most for each question, once.
    assert wrote == 96 * (18 + 12) and read > 30 * (18 + 12)
    assert "endpoints.pen" in " ".join(result.missing)
