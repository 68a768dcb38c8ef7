"""Harm by declared costs: each outcome counted once, weighed as the workload is."""

from __future__ import annotations

import pytest

from workbench.decision.fairness import answerable
from workbench.evaluation.failures import count_failures
from workbench.evaluation.harm import harm, outcomes, severities
from workbench.evaluation.metrics import score_answers
from workbench.evaluation.table import tables
from workbench.types import Answer, Question

COSTS = {"wrong": 1.0, "invented": 5.0, "refused": 0.2}
EXAM = [
    Question("right", "Who?", ("Anna",), cluster="s1"),
    Question("wrong", "Who?", ("Anna",), cluster="s2", tags={"severity": "3"}),
    Question("refused", "Who?", ("Anna",), cluster="s3"),
    Question("failed", "Who?", ("Anna",), cluster="s4"),
    Question("honest", "Who?", (), kind="unanswerable", cluster="s1"),
    Question("invented", "Who?", (), kind="unanswerable", cluster="s2"),
    Question("failed2", "Who?", (), kind="unanswerable", cluster="s3"),
]
SAID = {
    "right": "It was Anna.",
    "wrong": "Pym",
    "refused": "I don't know.",
    "honest": "unanswerable",
    "invented": "Pym",
}


def grids() -> dict:
    answers = [
        Answer(q.id, "x", SAID.get(q.id, ""), 1, 1, 0.1,
               status="answered" if q.id in SAID else "failed",
               error=None if q.id in SAID else "lost")
        for q in EXAM
    ]  # fmt: skip
    return tables(EXAM, count_failures(score_answers(EXAM, answers), answers), ["x"])


def test_each_answer_is_one_outcome() -> None:
    parts = outcomes(grids(), answerable(EXAM))
    told = {
        name: [q for q, v in zip(part.questions, part.column("x"), strict=True) if v == 1]
        for name, part in parts.items()
    }
    assert told == {"wrong": ["wrong"], "invented": ["invented"], "refused": ["refused", "failed"]}


def test_harm_is_told_for_a_thousand_questions() -> None:
    found = harm(outcomes(grids(), answerable(EXAM)), COSTS)
    assert found is not None and found["costs"] == COSTS
    row = found["variants"][0]
    assert row["harm"]["value"] == pytest.approx(1000 * (1 + 5 + 2 * 0.2) / 7)
    assert row["invented"]["value"] == pytest.approx(1000 / 7)
    assert 0 <= row["harm"]["low"] < row["harm"]["value"] < row["harm"]["high"]


def test_a_severity_multiplies_what_is_wrong() -> None:
    parts, severe = outcomes(grids(), answerable(EXAM)), severities(EXAM, "severity")
    assert severe == {"wrong": 3.0}
    found = harm(parts, COSTS, severity=severe)
    assert found is not None and found["severities"] == 1
    assert found["variants"][0]["harm"]["value"] == pytest.approx(1000 * (3 + 5 + 0.4) / 7)


def test_without_judged_answers_there_is_none() -> None:
    assert harm(outcomes({}, {}), COSTS) is None
