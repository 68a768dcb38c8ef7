"""What a judge says: per variant with its worth by people's labels, and of one question."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import labels, runs
from workbench.evaluation import judge_agreement
from workbench.records.load import read_object
from workbench.records.probes import Judge
from workbench.records.results import Results
from workbench.types import Question, Score

Row = Mapping[str, Any]


def up_to_date(run: runs.Snapshot) -> Results:
    """The run's results with what the judge is worth by the labels there are now."""
    block = current(run)
    return run.results if block is None else run.results.model_copy(update={"judge": block})


def current(run: runs.Snapshot) -> Judge | None:
    """The results' part on the judge, brought up to date with the labels that there are now."""
    block = run.results.judge
    if block is None:
        return None
    facts = _facts(run)
    try:
        asked = [
            Question.from_record(record)
            for name in ("test", "gold")
            for record in runs.lines(run.files.questions(name))
        ]
        scores = [
            Score(row["question"], row["variant"], f"ragas:{row['metric']}", row["value"])
            for row in _rows(run, facts)
        ]
        result = judge_agreement.assess(
            facts, scores, labels.read(run.path), asked, [row.name for row in run.variants],
            level=float(run.results.level), seed=run.results.run.seed,
        )  # fmt: skip
        return Judge.model_validate(result)
    except (KeyError, TypeError, ValueError, AttributeError):
        # Records of another age, or damaged ones: what the results say still stands.
        return block if block.sentences else None


def _facts(run: runs.Snapshot) -> dict[str, Any]:
    return read_object(run.files.judge)[0] or {}


def _rows(run: runs.Snapshot, facts: Row) -> list[dict[str, Any]]:
    """The newest record of the run's judge for each question, variant and metric."""
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in runs.lines(run.files.judged):
        known = f"ragas:{row.get('metric')}" in facts.get("metrics", ())
        if row.get("judge") == facts.get("id") and known:
            newest[row.get("question"), row.get("variant"), row.get("metric")] = row
    return list(newest.values())


def of_question(run: runs.Snapshot, question: str) -> dict[str, list[dict[str, Any]]]:
    """The judge's records on one question, by variant."""
    result: dict[str, list[dict[str, Any]]] = {}
    if run.results.judge is None:
        return result
    for row in _rows(run, _facts(run)):
        if row.get("question") == question:
            result.setdefault(str(row.get("variant")), []).append(row)
    return result


def card(run: runs.Snapshot, rows: list[dict[str, Any]]) -> None:
    """The judge's scores of one answer, or why there is none, and its own words."""
    if not rows:
        return
    parts = []
    wanted = list(_facts(run).get("metrics") or ())
    # index() can't fail: _rows keeps no metric beyond these.
    rows = sorted(rows, key=lambda row: wanted.index(f"ragas:{row.get('metric')}"))
    for row in rows:
        name = wording.metric_label(f"ragas:{row.get('metric')}")
        value = row.get("value")
        shown = wording.points(value) if isinstance(value, int | float) else "missing"
        why = f" ({row.get('error')})" if value is None and row.get("error") else ""
        parts.append(f"{name} {shown}{why}")
    components.quiet(" · ".join(parts))
    given = [
        (wording.metric_label(f"ragas:{row.get('metric')}"), reasons)
        for row in rows
        if (reasons := list(dict.fromkeys(_reasons(run, list(row.get("calls") or ())))))
    ]
    if given:
        with st.expander("The judge's reasons"):
            for name, reasons in given:
                components.text(name, "wb-head")
                for reason in reasons:
                    components.text(reason)


def _reasons(run: runs.Snapshot, keys: list[str]) -> Iterator[str]:
    """What the judge wrote beside its verdicts, call by call."""
    replies = {
        row["call"]: str(row.get("reply") or "")
        for row in runs.lines(run.files.judge_calls)
        if row.get("call") in keys and row.get("reply")
    }
    for key in keys:
        text = replies.get(key, "")
        # Models wrap their JSON in words or fences.
        start, end = text.find("{"), text.rfind("}")
        try:
            yield from _said(json.loads(text[start : end + 1]))
        except json.JSONDecodeError:
            continue


def _said(value: Any) -> Iterator[str]:
    """Statements with their verdict and reason, wherever they are in a reply."""
    if isinstance(value, list):
        for item in value:
            yield from _said(item)
    elif isinstance(value, dict):
        reason = value.get("reason") or value.get("feedback")
        if isinstance(reason, str):
            verdict = next((value[k] for k in ("verdict", "attributed", "value", "score")
                            if k in value), None)  # fmt: skip
            told = verdict if isinstance(verdict, int | str) else None
            # As a verdict 0 and 1 mean no and yes; as a score they are grades.
            if "score" not in value and told in (0, 1):
                told = "yes" if told else "no"
            about = f"“{value['statement']}” " if value.get("statement") else ""
            yield f"{about}{'' if told is None else f'{told}: '}{reason}"
        for item in value.values():
            if isinstance(item, list | dict):
                yield from _said(item)


__all__ = ["card", "current", "of_question", "up_to_date"]
