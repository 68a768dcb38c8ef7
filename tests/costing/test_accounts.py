"""What a run's records say of its building."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.experiment import Experiment
from workbench.stages.accounts import accounts, drill_share
from workbench.store.run import Run


def facts(path: Path, *names: str | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(
        json.dumps({"id": f"{path.stem}{place}", "fact": name}) + "\n"
        for place, name in enumerate(names)
    ))  # fmt: skip


def test_the_drill_s_share_counts_facts_and_not_wordings(tmp_path: Path) -> None:
    assert drill_share(tmp_path) is None
    facts(tmp_path / "drill.jsonl", "a", "a", "a", "b")
    facts(tmp_path / "dev.jsonl", "b", "c")
    facts(tmp_path / "exam.jsonl", "a", "d", None, None)
    # Drilled: a and b. Asked beside them: c, d, and two questions without a fact.
    assert drill_share(tmp_path) == pytest.approx(2 / 6)


def test_a_run_s_accounts_and_those_of_one_that_recorded_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache/index-1").mkdir(parents=True)
    (tmp_path / "cache/index-1/rows").write_bytes(b"x" * 700)
    run = Run(tmp_path / "run")
    facts(run.path / "questions/drill.jsonl", "a")
    facts(run.path / "questions/exam.jsonl", "b")
    stages = {
        "questions": {"summary": {"spent": {"input_tokens": 10, "output_tokens": 2}}},
        "index": {"artifact": "index-1", "summary": {"tokens": 321}},
        "adapter": {"artifact": "adapter-gone", "summary": {}},
    }
    with run.alone():
        run.update(stages=stages)
    chat = {"name": "large", "endpoint": "http://localhost:1/v1"}
    result = accounts(run, experiment(questions={"writer": chat}))
    assert result.drill_share == 0.5
    assert (result.writer, result.writing_tokens, result.embedding_tokens) == (
        "large",
        (10, 2),
        321,
    )
    assert result.stored_bytes == {"index": 700}
    with run.alone():
        run.update(stages={"index": {}})
    bare = accounts(run, experiment())
    assert (bare.writer, bare.writing_tokens, bare.embedding_tokens) == (None, None, None)
    assert bare.stored_bytes == {}


def experiment(**more: object) -> Experiment:
    values = {"purpose": "Answer questions.", "name": "x", "corpus": "x.txt", **more}
    return Experiment(**values)  # type: ignore[arg-type]
