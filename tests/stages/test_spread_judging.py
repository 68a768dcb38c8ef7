"""Judgements by workers: the same rows and the same calls as by one process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.evaluation.test_judge_run import ANSWERS, PASSAGES, QUESTIONS, put, server, spec
from tests.support.pieces import InPieces
from workbench.engine.cache import ArtifactCache
from workbench.evaluation import judge_run
from workbench.evaluation.judge_calls import Calls
from workbench.evaluation.judge_run import Material
from workbench.experiment.judge import JudgeSpec
from workbench.models import load
from workbench.models.budget import Budget
from workbench.stages.context import RunContext
from workbench.stages.spread_judging import judging_elsewhere, spread_judge

__all__ = ["server"]
METRICS = ("faithfulness", "factual_correctness", "context_recall")


def test_workers_judge_as_one_process_does_and_their_calls_are_kept(
    server: Any, tmp_path: Path
) -> None:
    asked = spec(server, metrics=METRICS)
    rows, calls = put(tmp_path / "here", asked)
    context = RunContext(ArtifactCache(tmp_path / "cache"), executor=InPieces())
    jobs = judge_run.plan(Material(QUESTIONS, ANSWERS, PASSAGES), asked, "minilm", seed=3)
    folder = tmp_path / "there"
    told = Calls(folder / "calls.jsonl", load(asked.reference()), Budget(), asked.reply_tokens)
    judge_run.judge_answers(
        jobs, asked, "minilm", told, folder / "scores.jsonl", _never, 1,
        elsewhere=judging_elsewhere(asked, "all-MiniLM-L6-v2", context),
    )  # fmt: skip
    there = {(r["question"], r["variant"], r["metric"]): r
             for r in judge_run.read(folder / "scores.jsonl")}  # fmt: skip
    assert there == rows
    assert (told.count, told.input_tokens) == (calls.count, calls.input_tokens)
    # Another process finds the calls in the file, as its own.
    again = Calls(folder / "calls.jsonl", load(asked.reference()), Budget(), asked.reply_tokens)
    assert (again.count, again.output_tokens) == (told.count, told.output_tokens)


@pytest.mark.parametrize(
    ("changes", "spreads"),
    [({}, True), ({"endpoint": "http://127.0.0.1:1/v1"}, False), ({"max_tokens_spent": 9}, False)],
)
def test_an_endpoint_and_a_budget_stay_with_one_process(
    changes: dict[str, Any], spreads: bool, tmp_path: Path
) -> None:
    context = RunContext(ArtifactCache(tmp_path), executor=InPieces())
    assert spread_judge(JudgeSpec(model="j", **changes), context) is spreads
    assert not spread_judge(JudgeSpec(model="j"), RunContext(ArtifactCache(tmp_path)))


def _never(texts: list[str]) -> Any:
    raise AssertionError("workers embed for themselves")
