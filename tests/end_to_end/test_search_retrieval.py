"""``workbench search retrieval``: by evidence alone, at equal tokens, with the exam shut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.small_run import within, workbench
from workbench.cli.loading import load_experiment
from workbench.cli.searching import _value, conclusion
from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.search import Searched, Tried, grid, search_retrieval
from workbench.types import Comparison, Estimate

OVER = ("--over", "retrieval.mode=[bm25, fused]", "--over", "passages.chunk_size=[40, 110]")


@pytest.mark.slow
def test_it_ranks_settings_that_fill_the_same_tokens_and_writes_the_best(folder: Path) -> None:
    experiment, out = str(folder / "small.yaml"), folder / "best.yaml"
    printed = json.loads(
        workbench(folder, "search", "retrieval", experiment, *OVER, "-o", str(out), "--json")
    )
    tried = printed["tried"]
    # What the page of the dashboard reads.
    assert printed["conclusion"] and printed["questions"]
    # One of the four is what the experiment has already.
    assert len(tried) == 4 and tried[printed["present"]]["settings"] == {}
    recalls = [one["recall"]["value"] for one in tried]
    assert recalls == sorted(recalls, reverse=True)
    # The experiment's own setting is tried as a run would show it, and fills what all may fill.
    assert tried[printed["present"]]["top_k"] == 3
    assert round(tried[printed["present"]]["tokens"]) == printed["tokens"]
    assert all(abs(one["tokens"] - printed["tokens"]) < 110 for one in tried)
    shown = {one["settings"].get("passages.chunk_size", 110): one["top_k"] for one in tried}
    assert shown[40] > shown[110], "small passages are shown in greater number"
    best = yaml.safe_load(out.read_text("utf-8"))
    assert best["retrieval"]["top_k"] == tried[0]["top_k"]
    wanted = tried[0]["settings"].get("retrieval.mode", "fused")
    assert best["retrieval"]["mode"] == wanted
    assert load_experiment(str(out)).retrieval.top_k == tried[0]["top_k"]


def test_no_exam_question_is_asked_and_the_share_is_what_the_passages_hold(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.retrieval.searching import HybridRetriever

    within(folder, monkeypatch)
    own = load_experiment(str(folder / "small.yaml"))
    asked: list[tuple[str, list[Any]]] = []
    retrieve = HybridRetriever.retrieve

    def spying(self: HybridRetriever, queries: Any, k: int) -> Any:
        found = retrieve(self, queries, k)
        asked.extend(zip(queries, found, strict=True))
        return found

    monkeypatch.setattr(HybridRetriever, "retrieve", spying)
    found = search_retrieval(own, [], lambda setting: own)
    run = next((folder / "runs").glob("small-*"))
    records = {
        role: {q["text"]: q for q in jsonl.read(run / "questions" / f"{role}.jsonl")}
        for role in ("train", "dev", "test", "gold")
    }
    texts = {text for text, _ in asked}
    assert not texts & (records["test"].keys() | records["gold"].keys())
    assert texts <= records["train"].keys() | records["dev"].keys()
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
    assert one.recall.value == pytest.approx(sum(hits.values()) / len(hits))


def test_what_only_the_fused_search_reads_is_varied_for_that_alone() -> None:
    varied = {"retrieval.mode": ["bm25", "fused"], "retrieval.lexical_weight": [0.2, 0.4]}
    assert grid(varied) == [
        {"retrieval.mode": "bm25"},
        {"retrieval.mode": "fused", "retrieval.lexical_weight": 0.2},
        {"retrieval.mode": "fused", "retrieval.lexical_weight": 0.4},
    ]
    whole = grid({"passages.split": ["section", "structure"], "passages.chunk_size": [60, 90]})
    assert whole == [
        {"passages.split": "section"},
        {"passages.split": "structure", "passages.chunk_size": 60},
        {"passages.split": "structure", "passages.chunk_size": 90},
    ]
    assert len(grid({"passages.chunk_size": [[1], [2]]})) == 2, "what no key takes is said later"


def test_a_setting_of_several_keys_is_a_cell_of_its_own() -> None:
    assert _value({"sentences": 2}) == "sentences 2"
    assert _value({"department": ["hr", "it"]}) == "department hr, it"
    assert [_value(value) for value in (None, True, False, 1, 0.4)] == [
        "none", "yes", "no", "1", "0.4",
    ]  # fmt: skip


def test_no_text_leaves_the_machine_for_a_search(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(folder, monkeypatch)
    monkeypatch.setattr("workbench.search.QUESTIONS", None)
    own = load_experiment(
        str(folder / "small.yaml"),
        ["questions.writer={name: any, endpoint: 'https://models.example.org/v1'}"],
    )
    with pytest.raises(WorkbenchError, match="would leave this machine"):
        search_retrieval(own, [], lambda setting: own)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ("tuning.epochs=[1, 2]", "no setting of how passages"),
        ("retrieval.top_k=[1, 2]", "no setting of how passages"),
        ("retrieval.mode=bm25", "names no values"),
        ("retrieval.mode=[bm25, sparse]", "retrieval.mode"),
        ("retrieval.mode", "sets nothing"),
        ("passages.chunk_size=[[80]]", "chunk_size"),
    ],
)
def test_what_cannot_be_varied_is_a_sentence(folder: Path, over: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        workbench(folder, "search", "retrieval", str(folder / "small.yaml"), "--over", over)


def _tried(difference: float | None, p: float | None) -> Tried:
    estimate = Estimate(0.9, 0.8, 1.0, 30, 30, 0, 0.95, "")
    gain = None
    if difference is not None:
        gain = Comparison("recall", "", "", None, 30, difference, 0.0, 0.1, 0.95, p, "")
    return Tried({"retrieval.mode": "bm25"} if gain else {}, 3, 300.0, 1.0, estimate, gain)


def test_the_sentence_follows_what_luck_can_do() -> None:
    now = _tried(None, None)
    assert "Nothing that was tried" in conclusion(Searched((now,), 0, 30, 300))
    lucky = Searched((_tried(0.05, 0.3), now), 1, 30, 300)
    assert "no more than luck" in conclusion(lucky)
    assert "better than what you have" in conclusion(
        Searched((_tried(0.05, 0.01), now), 1, 30, 300)
    )


def test_too_few_questions_to_tell_settings_apart_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(folder, monkeypatch)
    own = load_experiment(str(folder / "small.yaml"))
    monkeypatch.setattr("workbench.search.LEAST_QUESTIONS", 1000)
    with pytest.raises(WorkbenchError, match="too few to tell"):
        search_retrieval(own, [], lambda setting: own)
