"""What a run's records say of its building."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.experiment import Experiment
from workbench.records.run import Run
from workbench.stages.build_usage import build_usage, train_share


def facts(path: Path, *names: str | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(
        json.dumps({"id": f"{path.stem}{place}", "fact": name, "text": "Who came?"}) + "\n"
        for place, name in enumerate(names)
    ))  # fmt: skip


def test_the_train_share_counts_facts_and_not_wordings(tmp_path: Path) -> None:
    assert train_share(tmp_path) is None
    facts(tmp_path / "train.jsonl", "a", "a", "a", "b")
    facts(tmp_path / "dev.jsonl", "b", "c")
    facts(tmp_path / "test.jsonl", "a", "d", None, None)
    # Trained: a and b. Asked beside them: c, d, and two questions without a fact.
    assert train_share(tmp_path) == pytest.approx(2 / 6)


def test_a_run_s_accounts_and_those_of_one_that_recorded_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache/index-1").mkdir(parents=True)
    (tmp_path / "cache/index-1/rows").write_bytes(b"x" * 700)
    run = Run(tmp_path / "run")
    facts(run.path / "questions/train.jsonl", "a")
    facts(run.path / "questions/test.jsonl", "b")
    stages = {
        "questions": {"summary": {"spent": {"input_tokens": 10, "output_tokens": 2}}},
        "index": {"artifact": "index-1", "summary": {"tokens": 321}},
        "adapter": {"artifact": "adapter-gone", "summary": {}},
    }
    with run.lock():
        run.update(stages=stages)
    chat = {"name": "large", "endpoint": "http://localhost:1/v1"}
    result = build_usage(run, experiment(questions={"writer": chat}))
    assert result.train_share == 0.5
    assert (result.writer, result.writing_tokens, result.embedding_tokens) == (
        "large",
        (10, 2),
        321,
    )
    assert result.stored_bytes == {"index": 700}
    # Nine characters, four to a token: 3; the spread of a single question is not known.
    assert (result.query_tokens, result.query_tokens_error) == (3, None)
    words_only = build_usage(run, experiment(retrieval={"mode": "bm25"}))
    assert (words_only.embedding, words_only.query_tokens) == (None, None)
    with run.lock():
        run.update(stages={"index": {}})
    bare = build_usage(run, experiment())
    assert (bare.writer, bare.writing_tokens, bare.embedding_tokens) == (None, None, None)
    assert bare.stored_bytes == {}


def experiment(**more: object) -> Experiment:
    values = {"purpose": "Answer questions.", "name": "x", "corpus": "x.txt", **more}
    return Experiment(**values)  # type: ignore[arg-type]
