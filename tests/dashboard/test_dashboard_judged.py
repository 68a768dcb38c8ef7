"""The judge on the pages: scores per variant, agreement as labels come in, and one question."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import words
from tests.support.servers.judge import JudgeServer
from workbench.dashboard.queries import labels, runs
from workbench.dashboard.views import judge
from workbench.experiment.judge import JudgeSpec
from workbench.questions import load, lock
from workbench.records.run import Run
from workbench.stages.judge_later import judge_finished

Show = Callable[..., Any]


@pytest.fixture(scope="module")
def server() -> Iterator[JudgeServer]:
    result = JudgeServer().start()
    yield result
    result.stop()


@pytest.fixture
def judged_run(run: Path, server: JudgeServer) -> Path:
    Run(run).update(hashes={"exam": lock(run / "questions")})
    spec = JudgeSpec(model="stub", endpoint=server.url, sample=40)
    judge_finished(Run(run), spec)
    return run


def test_a_run_without_a_judge_shows_none(run: Path, show: Show) -> None:
    assert "What a judge says" not in words(show("verdict", run=run.name))
    assert judge.current(runs.open_run(run)) is None


def test_the_verdict_page_shows_the_judge_and_what_it_is_worth(
    judged_run: Path, show: Show
) -> None:
    before = words(show("verdict", run=judged_run.name))
    assert "What a judge says" in before and "Factual correctness (judged)" in before
    assert "No person has labelled an answer" in before
    block = json.loads((judged_run / "results.json").read_text("utf-8"))["judge"]
    assert f"stub gave {block['judged']:,} of {block['due']:,} judgements" in before

    rows = [row for row in map(json.loads, (judged_run / "judged/scores.jsonl").open())
            if row["metric"] == "factual_correctness" and row["variant"] == "rag"]  # fmt: skip
    for row in rows[:24]:
        word = "right" if row["value"] >= 0.5 else "wrong"
        labels.judge(judged_run, row["question"], "rag", word, "ada", ["rag"], True)
    after = words(show("verdict", run=judged_run.name))
    assert "No person has labelled" not in after
    assert (
        "agrees with people on 100% of 24 answers" in after
        and "How many answers are right" in after
    )
    matches = judge.current(runs.open_run(judged_run))
    assert matches is not None and matches.agreement[0].n == 24
    assert {item.variant for item in matches.corrected if item.value is not None} >= {"rag"}


def test_a_question_shows_its_judgements_and_why(judged_run: Path, show: Show) -> None:
    row = next(row for row in map(json.loads, (judged_run / "judged/scores.jsonl").open())
               if row["metric"] == "faithfulness" and row["variant"] == "rag")  # fmt: skip
    page = show("questions", run=judged_run.name, question=row["question"])
    text = words(page)
    assert "Faithfulness (judged) " in text and "Factual correctness (judged) " in text
    assert any(box.label == "The judge's reasons" for box in page.expander)
    assert "yes: as the text has it or not" in text or "no: as the text has it or not" in text


def test_missing_judgements_are_named_with_their_reason(judged_run: Path, show: Show) -> None:
    path = judged_run / "judged/scores.jsonl"
    row = json.loads(path.read_text("utf-8").splitlines()[0])
    lost = {**row, "value": None, "reason": "malformed", "error": "no <b>JSON</b>"}
    with path.open("a", encoding="utf-8") as sink:
        sink.write(json.dumps(lost) + "\n")
    text = words(show("questions", run=judged_run.name, question=row["question"]))
    assert "missing (no <b>JSON</b>)" in text or "missing (no &lt;b&gt;JSON" in text


def test_damaged_records_leave_what_the_results_say(judged_run: Path, show: Show) -> None:
    exam = load(judged_run / "questions").test
    (judged_run / "judged/judge.json").write_text("{", "utf-8")
    with (judged_run / "judged/scores.jsonl").open("a", encoding="utf-8") as sink:
        sink.write('{"judge": 3}\nnot json\n')
    assert "What a judge says" in words(show("verdict", run=judged_run.name))
    show("questions", run=judged_run.name, question=exam[0].id)
