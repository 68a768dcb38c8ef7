"""``workbench search retrieval``: by evidence, then answers, at equal tokens, the exam shut."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.pieces import InPieces
from tests.support.small_run import within, workbench
from workbench.cli.loading import load_experiment
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.io import jsonl
from workbench.search_retrieval import search_retrieval, searching
from workbench.stages import elsewhere

MODES = {"retrieval.mode": ["bm25", "fused"]}
SIZES = {"passages.chunk_size": [40, 110]}


def small(folder: Path, over: dict[str, Any], *changes: str, **budget: Any) -> Experiment:
    own = load_experiment(str(folder / "small.yaml"), [*changes])
    return searching(own, over, {"finalists": 0, **budget})


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small run has 12 questions that a search may ask, fewer than a search wants."""
    monkeypatch.setattr("workbench.stages.retrieval_tries.LEAST_QUESTIONS", 12)


def more_asked(folder: Path, name: str, **changes: Any) -> str:
    """The small experiment with as many training questions as a search wants; its file."""
    values = yaml.safe_load((folder / "small.yaml").read_text("utf-8"))
    values |= {"name": name, **changes}
    values["questions"] |= {"train_facts": 24}
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(values), "utf-8")
    return str(folder / f"{name}.yaml")


@pytest.mark.slow
def test_it_ranks_settings_that_fill_the_same_tokens_and_writes_the_best(folder: Path) -> None:
    experiment, out = more_asked(folder, "more"), folder / "best.yaml"
    over = [f"{key}={json.dumps(tried)}" for key, tried in {**MODES, **SIZES}.items()]
    printed = json.loads(workbench(
        folder, "search", "retrieval", experiment, "--over", over[0], "--over", over[1],
        "-o", str(out), "--json", "--finalists", "2",
    ))  # fmt: skip
    tried, present = printed["tried"], printed["present"]
    # What the page of the dashboard reads.
    assert printed["conclusion"] and printed["questions"]
    # One of the four is what the experiment has already.
    assert len(tried) == 4 and tried[present]["settings"] == {}
    # The best two by evidence answered, and with them what stood there; the best answers lead.
    answered = [one["value"] for one in tried if one["value"] is not None]
    assert len(answered) in (2, 3) and answered == sorted(answered, reverse=True)
    assert tried[present]["value"] is not None and printed["dev"] > 0
    recalls = [one["recall"]["value"] for one in tried if one["value"] is None]
    assert recalls == sorted(recalls, reverse=True)
    # The experiment's own setting is tried as a run would show it, and fills what all may fill.
    assert tried[present]["top_k"] == 3
    assert round(tried[present]["tokens"]) == printed["tokens"]
    assert all(abs(one["tokens"] - printed["tokens"]) < 110 for one in tried)
    shown = {one["settings"].get("passages.chunk_size", 110): one["top_k"] for one in tried}
    assert shown[40] > shown[110], "small passages are shown in greater number"
    best = yaml.safe_load(out.read_text("utf-8"))
    assert best["retrieval"]["top_k"] == tried[0]["top_k"] and "search" not in best["retrieval"]
    assert best["retrieval"]["mode"] == tried[0]["settings"].get("retrieval.mode", "fused")
    assert load_experiment(str(out)).retrieval.top_k == tried[0]["top_k"]
    # What more tokens buy: every step shows more evidence for more of them.
    steps = [(one["tokens"], one["recall"]) for one in printed["trade_off"]]
    assert steps == sorted(steps) and len({recall for _, recall in steps}) == len(steps)


@pytest.mark.usefixtures("few")
def test_no_exam_question_is_asked_and_the_share_is_what_the_passages_hold(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.retrieval.searching import HybridRetriever

    within(folder, monkeypatch)
    asked: list[tuple[str, list[Any]]] = []
    retrieve = HybridRetriever.retrieve

    def spying(self: HybridRetriever, queries: Any, k: int) -> Any:
        found = retrieve(self, queries, k)
        asked.extend(zip(queries, found, strict=True))
        return found

    monkeypatch.setattr(HybridRetriever, "retrieve", spying)
    chosen, found = search_retrieval(small(folder, {"retrieval.mode": ["fused"]}))
    run = next((folder / "runs").glob("small-*"))
    records = {
        role: {q["text"]: q for q in jsonl.read(run / "questions" / f"{role}.jsonl")}
        for role in ("train", "dev", "test", "gold")
    }
    texts = {text for text, _ in asked}
    assert not texts & (records["test"].keys() | records["gold"].keys())
    assert texts <= records["train"].keys() | records["dev"].keys()
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    away = {*manifest["withheld"], *manifest["examined"]}
    assert not away & {records["train"][text]["id"] for text in texts if text in records["train"]}
    known, hits = {**records["train"], **records["dev"]}, {}
    for text, listed in asked:
        hits[text] = any(
            e["document"] == r.passage.document
            and e["start"] < r.passage.end
            and r.passage.start < e["end"]
            for e in known[text]["evidence"]
            for r in listed
        )
    (one,) = found.tried
    assert found.questions == len(hits)
    assert one.recall is not None
    assert one.recall.value == pytest.approx(sum(hits.values()) / len(hits))
    assert chosen == load_experiment(str(folder / "small.yaml"))


@pytest.mark.usefixtures("few")
def test_within_a_budget_settings_are_proposed_and_a_killed_search_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(folder, monkeypatch)
    over = {**MODES, "retrieval.lexical_weight": {"low": 0.1, "high": 0.7}}
    own = small(folder, over, trials=4)

    def killing(done: int, total: int, note: str = "") -> None:
        if (done, total) == (3, 4):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search_retrieval(own, killing)
    asked: list[int] = []
    _, found = search_retrieval(own, lambda done, total, note="": asked.append(done))
    assert asked[0] == 3, "what had been tried was tried again"
    # What stands in the experiment is tried once, beside what was proposed.
    assert found.asked == 4 and found.sampler == "tpe"
    weights = [row.settings.get("retrieval.lexical_weight") for row in found.tried]
    assert all(0.1 <= weight <= 0.7 for weight in weights if weight is not None)
    for row in found.tried:
        if row.settings.get("retrieval.mode") == "bm25":
            assert "retrieval.lexical_weight" not in row.settings


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_finalists_are_answered_by_workers_as_by_one_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(folder, monkeypatch)
    own = small(folder, MODES, finalists=2)
    chosen, here = search_retrieval(own)
    for path in (folder / "cache").glob("retrieval-*"):
        shutil.rmtree(path)
    executor = InPieces()
    monkeypatch.setattr(elsewhere, "executor_of", lambda _: executor)
    again, there = search_retrieval(own)
    assert executor.done["Answering"] == there.answered >= 2
    rows = [
        [(row.number, row.settings, row.value) for row in found.tried] for found in (here, there)
    ]
    assert rows[0] == rows[1] and chosen == again


def test_no_text_leaves_the_machine_for_a_search(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(folder, monkeypatch)
    own = small(
        folder, MODES, "questions.writer={name: any, endpoint: 'https://models.example.org/v1'}"
    )
    with pytest.raises(WorkbenchError, match="would leave this machine"):
        search_retrieval(own)


@pytest.mark.parametrize(
    "over",
    [
        {"embedding": [{"name": "any", "endpoint": "https://models.example.org/v1"}]},
        {
            "query": ["hyde"],
            "query_model": [{"name": "m", "endpoint": "https://models.example.org/v1"}],
        },
    ],
)
def test_nor_for_a_setting_that_is_tried(
    folder: Path, monkeypatch: pytest.MonkeyPatch, over: dict[str, Any]
) -> None:
    within(folder, monkeypatch)
    own = small(folder, {f"retrieval.{key}": tried for key, tried in over.items()})
    with pytest.raises(WorkbenchError, match="would leave this machine"):
        search_retrieval(own)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ("tuning.epochs=[1, 2]", "no setting of how passages"),
        ("retrieval.top_k=[1, 2]", "no setting of how passages"),
        ("retrieval.mode=bm25", "names no values"),
        ("retrieval.mode=[bm25, sparse]", "retrieval.mode"),
        ("retrieval.mmr=[2]", "retrieval.mmr"),
        ("retrieval.query=[hyde]", "embedded reader follows no instructions"),
        ("retrieval.tuned=[{method: embedding}]", "no setting of how passages"),
        ("retrieval.mode", "sets nothing"),
        ("passages.chunk_size=[[80]]", "chunk_size"),
    ],
)
def test_what_cannot_be_varied_is_a_sentence(folder: Path, over: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        workbench(folder, "search", "retrieval", str(folder / "small.yaml"), "--over", over)


def test_too_few_questions_to_tell_settings_apart_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(folder, monkeypatch)
    monkeypatch.setattr("workbench.stages.retrieval_tries.LEAST_QUESTIONS", 1000)
    with pytest.raises(WorkbenchError, match="too few to tell"):
        search_retrieval(small(folder, {"retrieval.candidates": [19]}))


@pytest.mark.slow
def test_a_run_searches_first_and_tells_what_became_of_the_winner(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(folder, monkeypatch)
    sought = more_asked(
        folder, "sought",
        variants=["prompt_only", "rag"], passages={"chunk_size": [110, 40]},
        retrieval={"mode": ["bm25", "fused"], "search": {"finalists": 2}},
    )  # fmt: skip
    workbench(folder, "run", sought)
    run = next((folder / "runs").glob("sought-*"))
    results = json.loads((run / "results.json").read_text("utf-8"))
    found = results["retrieval_search"]
    rows = {row["name"]: row["metrics"]["f1"]["value"] for row in results["variants"]}
    assert found["exam"] == rows["rag"] and found["curse"] is not None
    assert found["asked"] == 4 and found["answered"] >= 2
    best = found["tried"][0]
    # The exam was sat with what was chosen.
    answers = list(jsonl.read(run / "answers" / "rag.jsonl"))
    assert {len(one["passages"]) for one in answers} == {best["top_k"]}
    report = (run / "report.md").read_text("utf-8")
    assert "Which settings of the search were tried" in report
    assert f"{found['questions']} train and dev questions" in report
    assert "the search came to" in report
    # Whoever opens the run searches as it did.
    asked = json.loads(workbench(folder, "ask", run.name, "Who keeps the ledger?", "--json"))
    (rag,) = [reply for reply in asked if reply["variant"] == "rag"]
    assert len(rag["passages"]) == best["top_k"]
