"""Answers and labels of systems that ran elsewhere: CSV or JSONL in, our own values out.

Columns: ``question_id, variant, answer, score, metric`` (default ``correct``)``, cluster, status``
(answered, refused, failed, skipped)``, passages, latency_s, input_tokens, output_tokens, cost``.
Only ``question_id`` and ``variant`` must be there, and a score or an answer. What was skipped or
could not be parsed is missing, not wrong; a refusal is an answer, and what failed counts as zero,
as it does for our own variants.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.types import Answer, Latency, Question, Score

COLUMNS = (
    "question_id", "variant", "answer", "score", "metric", "cluster", "status", "passages",
    "latency_s", "input_tokens", "output_tokens", "cost",
)  # fmt: skip
STATUSES = ("answered", "refused", "failed", "skipped")
YES = frozenset({"true", "yes", "y", "correct", "right", "pass", "passed", "1"})
NO = frozenset({"false", "no", "n", "incorrect", "wrong", "fail", "failed", "0"})
EMPTY = frozenset({"", "na", "n/a", "nan", "none", "null", "-"})


@dataclass(frozen=True, slots=True)
class ImportedAnswers:
    """What a file of imported answers held. ``costs`` are amounts per question, by variant."""

    questions: tuple[Question, ...]
    variants: tuple[str, ...]
    metrics: tuple[str, ...]
    answers: tuple[Answer, ...]
    scores: tuple[Score, ...]
    latencies: tuple[Latency, ...]
    costs: Mapping[str, tuple[float, ...]]
    notes: tuple[str, ...] = ()


def read_imported(path: Path, known: Iterable[Question] | None = None) -> ImportedAnswers:
    """Read and check a file; with ``known`` (a run's exam) every id must be one of its questions.

    Raises WorkbenchError naming file, line and value for what cannot be understood.
    """
    rows = _rows(path)
    exam = None if known is None else {question.id: question for question in known}
    questions: dict[str, Question] = {}
    answers: dict[tuple[str, str], Answer] = {}
    scores: dict[tuple[str, str, str], Score] = {}
    latencies: dict[tuple[str, str], Latency] = {}
    costs: dict[str, list[float]] = {}
    unread: dict[str, int] = {}
    for line, row in rows:
        where = f"{path}, line {line}"
        name, variant = _text(row, "question_id"), _text(row, "variant")
        if not name or not variant:
            missing = "variant" if name else "question_id"
            raise WorkbenchError(f"{where}: {missing} is empty.", "Every row needs both.")
        question = _question(name, row, exam, questions, where)
        questions.setdefault(name, question)
        status = _text(row, "status") or "answered"
        if status not in STATUSES:
            raise WorkbenchError(
                f"{where}: unknown status {status!r}.", f"It is one of {', '.join(STATUSES)}."
            )
        metric = _text(row, "metric") or "correct"
        key = (name, variant)
        text = _text(row, "answer")
        if key not in answers:
            answers[key] = Answer(
                name, variant, text, int(_number(row, "input_tokens", where) or 0),
                int(_number(row, "output_tokens", where) or 0),
                _number(row, "latency_s", where) or 0.0, passages=_passages(row),
                status=status, finish="error" if status in ("failed", "skipped") else "stop",
            )  # fmt: skip
            _measure(key, row, where, latencies, costs)
        if _text(row, "score").casefold() in EMPTY and (text or status != "answered"):
            continue
        if (*key, metric) in scores:
            raise WorkbenchError(
                f"{where}: {variant!r} has a second {metric!r} for question {name!r}.",
                "Keep one row for each question, variant and metric.",
            )
        value = _score(row, unread, metric)
        if status in ("failed", "skipped"):
            value = 0.0 if status == "failed" else None
        scores[*key, metric] = Score(name, variant, metric, value)
    result = _scaled(scores.values(), path)
    variants = tuple(dict.fromkeys(variant for _, variant in answers))
    notes = [f"{count} values of {metric} could not be read and count as missing."
             for metric, count in unread.items()]  # fmt: skip
    return ImportedAnswers(
        tuple(questions.values()), variants, tuple(dict.fromkeys(item.metric for item in result)),
        tuple(answers.values()), _with_missing(result, answers), tuple(latencies.values()),
        {variant: tuple(amounts) for variant, amounts in costs.items()}, tuple(notes),
    )  # fmt: skip


def _rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkbenchError(
            f"{path} cannot be read: {error}.", "Give a CSV or JSONL file in UTF-8."
        ) from error
    rows: list[tuple[int, dict[str, Any]]] = []
    if text.lstrip().startswith("{"):
        for line, raw in enumerate(text.splitlines(), 1):
            if not raw.strip():
                continue
            try:
                row = json.loads(raw)
            except json.JSONDecodeError as error:
                raise WorkbenchError(
                    f"{path}, line {line}: not JSON ({error.msg}).", "Give one object per line."
                ) from error
            if not isinstance(row, dict):
                raise WorkbenchError(f"{path}, line {line}: not an object.", "One per line.")
            rows.append((line, row))
    else:
        reader = csv.DictReader(io.StringIO(text))
        rows = [(reader.line_num, dict(row)) for row in reader]
    if not rows:
        raise WorkbenchError(f"{path} holds no rows.", f"Its columns are {', '.join(COLUMNS)}.")
    matches = set(rows[0][1])
    lacking = {"question_id", "variant"} - matches
    unknown = sorted(str(name) for name in matches - set(COLUMNS))
    if lacking or (unknown and not {"score", "answer"} & matches):
        raise WorkbenchError(
            f"{path} lacks the column {sorted(lacking)[0] if lacking else 'score'!r}"
            + (f" (it has {', '.join(unknown)})." if unknown else "."),
            f"The columns are {', '.join(COLUMNS)}.",
        )
    return rows


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return "" if value is None else str(value).strip()


def _number(row: Mapping[str, Any], key: str, where: str) -> float | None:
    text = _text(row, key)
    if text.casefold() in EMPTY:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise WorkbenchError(f"{where}: {key} is {text!r}, not a number.", "Mend it.") from error
    if value < 0 or not math.isfinite(value):
        raise WorkbenchError(f"{where}: {key} is {text}, below zero or endless.", "Mend it.")
    return value


def _score(row: Mapping[str, Any], unread: dict[str, int], metric: str) -> float | None:
    raw = row.get("score")
    if isinstance(raw, bool):
        return float(raw)
    text = _text(row, "score").casefold()
    if text in YES or text in NO:
        return float(text in YES)
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    if text not in EMPTY:
        unread[metric] = unread.get(metric, 0) + 1
    return None


def _scaled(scores: Iterable[Score], path: Path) -> list[Score]:
    """Refuse scores beyond 0 to 1: a guess at the scale would turn into a wrong verdict."""
    listed = list(scores)
    for score in listed:
        if score.value is not None and not 0 <= score.value <= 1:
            raise WorkbenchError(
                f"{path}: {score.metric!r} of {score.variant!r} on question {score.question!r} is "
                f"{score.value:g}; scores run from 0 to 1.",
                "Divide them by their maximum, and keep one scale for all variants.",
            )
    return listed


def _with_missing(
    scores: list[Score], answers: Mapping[tuple[str, str], Answer]
) -> tuple[Score, ...]:
    """Add a score for every answer that failed (0) or was skipped (None), under each metric."""
    metrics = dict.fromkeys(score.metric for score in scores)
    have = {(score.question, score.variant, score.metric) for score in scores}
    extra = [
        Score(question, variant, metric, 0.0 if answer.status == "failed" else None)
        for (question, variant), answer in answers.items()
        if answer.status in ("failed", "skipped")
        for metric in metrics
        if (question, variant, metric) not in have
    ]
    return (*scores, *extra)


def _question(
    name: str,
    row: Mapping[str, Any],
    exam: Mapping[str, Question] | None,
    questions: Mapping[str, Question],
    where: str,
) -> Question:
    if exam is not None:
        if name not in exam:
            raise WorkbenchError(
                f"{where}: question {name!r} is not in the run's exam.",
                "Answer the questions of questions/test.jsonl, by their ids.",
            )
        return exam[name]
    cluster = _text(row, "cluster") or None
    if name in questions and cluster != questions[name].cluster:
        raise WorkbenchError(
            f"{where}: question {name!r} is in cluster {cluster!r} here and in "
            f"{questions[name].cluster!r} before.",
            "A question has one cluster.",
        )
    return Question(name, "", (), cluster=cluster, origin="imported")


def _passages(row: Mapping[str, Any]) -> tuple[str, ...]:
    value = row.get("passages")
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    return tuple(_text(row, "passages").split())


def _measure(
    key: tuple[str, str],
    row: Mapping[str, Any],
    where: str,
    latencies: dict[tuple[str, str], Latency],
    costs: dict[str, list[float]],
) -> None:
    total, amount = _number(row, "latency_s", where), _number(row, "cost", where)
    if total is not None:
        tokens = int(_number(row, "output_tokens", where) or 0)
        latencies[key] = Latency(*key, math.nan, math.nan, None, total, tokens)
    if amount is not None:
        costs.setdefault(key[1], []).append(amount)
