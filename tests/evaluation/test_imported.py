"""Files of imported answers: what is understood, what is missing, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from workbench.decision import imported_results
from workbench.errors import WorkbenchError
from workbench.evaluation.imported import read_imported
from workbench.report import render_html, render_markdown
from workbench.types import Question


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "answers.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_labels_alone_give_comparisons_a_verdict_and_a_report(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = ["question_id,variant,score"]
    for number in range(120):
        rows.append(f"q{number},vendor,{'correct' if rng.random() < 0.8 else 'wrong'}")
        rows.append(f"q{number},ours,{int(rng.random() < 0.4)}")
    result = imported_results(read_imported(write(tmp_path, "\n".join(rows))), {"id": "import"},
                 purpose="Which chatbot answers our customers?")  # fmt: skip
    assert (result.verdict.kind, result.verdict.variant) == ("adopt", "vendor")
    assert "quality alone" in result.verdict.sentence
    assert any("stands alone" in item for item in result.warnings)
    assert "vendor" in render_html(result) and "vendor" in render_markdown(result)


def test_small_exams_of_labels_use_the_exact_test(tmp_path: Path) -> None:
    rows = ["question_id,variant,score"]
    for number in range(20):
        rows += [f"q{number},a,{int(number < 15)}", f"q{number},b,{int(number < 7)}"]
    result = imported_results(
        read_imported(write(tmp_path, "\n".join(rows))), {"id": "i"}, purpose="Which one?"
    )
    assert result.comparisons[0].method == "exact McNemar, Tango interval"


def test_skipped_and_unreadable_are_missing_and_what_failed_or_refused_is_not(tmp_path) -> None:
    rows = ["1,a,1,failed", "2,a,,skipped", "3,a,banana,", "4,a,0,refused", "5,a,1,answered"]
    path = write(tmp_path, "\n".join(["question_id,variant,score,status", *rows]))
    result = read_imported(path)
    values = {score.question: score.value for score in result.scores}
    assert values == {"1": 0.0, "2": None, "3": None, "4": 0.0, "5": 1.0}
    assert "1 values of correct could not be read" in result.notes[0]


def test_costs_latency_clusters_and_passages_are_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    rows = [
        {"question_id": f"q{n}", "variant": name, "answer": "x", "score": score, "metric": "f1",
         "cluster": f"c{n // 4}", "latency_s": 0.5, "cost": price, "passages": ["d:1-2"]}
        for n in range(40) for name, score, price in (("a", 0.9, 0.01), ("b", 0.2 + n % 2, 0.002))
        if score <= 1
    ]  # fmt: skip
    path.write_text("\n".join(json.dumps(row) for row in rows))
    result = imported_results(read_imported(path), {"id": "i"}, purpose="Which one is it?")
    row = result.variants[0]
    assert row.cost is not None and row.cost.per_1000 == pytest.approx(10.0)
    assert row.latency.total_s.p90 == pytest.approx(0.5)
    assert row.latency.first_token_s.p50 is None
    assert row.metrics["f1"].clusters == 10
    json.dumps(result.record(), allow_nan=False)
    assert render_html(result)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no rows"),
        ("id,variant,score\n1,a,1", "question_id"),
        ("question_id,variant,points\n1,a,1", "lacks the column 'score'"),
        ("question_id,variant,score\n1,,1", "line 2: variant is empty"),
        ("question_id,variant,score\n1,a,87\n2,a,0.5", "scores run from 0 to 1"),
        ("question_id,variant,score\n1,a,1\n1,a,0", "second 'correct'"),
        ("question_id,variant,score,status\n1,a,1,lost", "unknown status 'lost'"),
        ("question_id,variant,score,latency_s\n1,a,1,fast", "latency_s is 'fast'"),
        ("question_id,variant,score,cluster\n1,a,1,x\n1,b,1,y", "cluster 'y' here"),
        ('{"question_id": 1', "not JSON"),
    ],
)
def test_what_cannot_be_understood_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(WorkbenchError, match=says):
        read_imported(write(tmp_path, text))


def test_beside_a_run_unknown_questions_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "question_id,variant,answer\nq1,vendor,x\nq9,vendor,y")
    with pytest.raises(WorkbenchError, match="'q9' is not in the run's exam"):
        read_imported(path, [Question("q1", "Who?", ("x",))])


def test_one_system_is_no_comparison(tmp_path: Path) -> None:
    result = read_imported(write(tmp_path, "question_id,variant,score\n1,a,1"))
    with pytest.raises(WorkbenchError, match="only one system"):
        imported_results(result, {"id": "i"}, purpose="Which one?")
