"""Rows become questions: columns by name with sensible guesses, faults by file and line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from workbench.errors import WorkbenchError
from workbench.questions.dataset.question_set import question_id
from workbench.questions.dataset.tables import Fault, Row, rows
from workbench.refusals import refuses
from workbench.types import KINDS, STRATA, Evidence, Question, Role

_GUESSES: dict[str, tuple[str, ...]] = {
    "id": ("id", "question_id", "qid"),
    "text": ("text", "question", "query", "prompt", "instruction", "问题"),
    "answers": (
        "answers",
        "answer",
        "reference",
        "references",
        "reference_answer",
        "ground_truth",
        "ground_truths",
        "expected",
        "expected_answer",
        "output",
        "target",
        "答案",
    ),
    "quote": ("quote", "evidence", "evidence_quote", "context", "passage", "source_text", "证据"),
    "kind": ("kind", "type", "category", "question_type"),
    "role": ("role", "split"),
    "stratum": ("stratum",),
    "fact": ("fact", "fact_id"),
    "cluster": ("cluster", "section", "section_id", "chapter"),
    "origin": ("origin", "source"),
    "edition": ("edition",),
    "tags": ("tags", "metadata"),
    "rev": ("rev", "revision"),
    "document": ("document", "doc", "file"),
    "start": ("start",),
    "end": ("end",),
    "verdict": ("verdict", "review", "decision", "accept", "keep"),
}


@dataclass(frozen=True, slots=True)
class ImportedQuestions:
    """What a file gave. ``verdicts`` are by question id, where the file has such a column.

    ``lines`` says where each question stands.
    """

    questions: tuple[Question, ...]
    faults: tuple[Fault, ...]
    columns: dict[str, str]
    verdicts: dict[str, str]
    lines: dict[str, int] = field(default_factory=dict)


def import_questions(
    path: Path, columns: Mapping[str, str] | None = None, origin: str = "imported"
) -> ImportedQuestions:
    """Read questions from any of the exchange formats; good rows are kept, bad ones reported.

    ``columns`` maps our names (text, answers, kind, quote ...) to the file's where the guess fails.
    Raises WorkbenchError where the file is unreadable or has no column for the question.
    """
    matches, faults = rows(path)
    names = {key for row in matches for key in row.values}
    if not matches and not faults:
        raise WorkbenchError(
            f"{path} holds no question.",
            "Write one on each line; README, Questions of your own, shows the form.",
        )
    mapping = _mapping(path, sorted(names), columns or {}) if matches else {}
    questions: list[Question] = []
    verdicts: dict[str, str] = {}
    seen: dict[str, int] = {}
    bad = list(faults)
    for row in matches:
        try:
            question = _question(row, mapping, origin)
        except (ValueError, KeyError, TypeError) as error:
            bad.append(Fault(str(path), row.line, str(error).strip("'\"")))
            continue
        if question.id in seen:
            bad.append(Fault(str(path), row.line, f"repeats line {seen[question.id]}"))
            continue
        seen[question.id] = row.line
        questions.append(question)
        verdict = _cell(row, mapping, "verdict")
        if verdict is not None:
            verdicts[question.id] = str(verdict).strip().lower()
    bad.sort(key=lambda fault: fault.line)
    return ImportedQuestions(tuple(questions), tuple(bad), mapping, verdicts, seen)


def _mapping(path: Path, names: list[str], given: Mapping[str, str]) -> dict[str, str]:
    for ours, theirs in given.items():
        if ours not in _GUESSES:
            raise WorkbenchError(
                f"Unknown column {ours!r}.", f"The columns are {', '.join(_GUESSES)}."
            )
        if theirs not in names:
            raise WorkbenchError(
                f"{path} has no column {theirs!r}; it has {', '.join(names)}.",
                "Check the name given for the column.",
            )
    low = {name.lower().strip().replace(" ", "_"): name for name in names}
    mapping = dict(given)
    taken = set(given.values())
    for ours, guesses in _GUESSES.items():
        if ours in mapping:
            continue
        hit = next((low[g] for g in guesses if g in low and low[g] not in taken), None)
        if hit is not None:
            mapping[ours] = hit
            taken.add(hit)
    if "text" not in mapping:
        raise WorkbenchError(
            f"{path} has no column for the question; it has {', '.join(names) or 'no columns'}.",
            "Name it: --column text=NAME.",
        )
    return mapping


def _cell(row: Row, mapping: Mapping[str, str], ours: str) -> Any:
    value = row.values.get(mapping.get(ours, ""))
    if isinstance(value, str):
        value = value.strip()
    return None if value in ("", None) or value != value else value


def _question(row: Row, mapping: Mapping[str, str], origin: str) -> Question:
    text = _cell(row, mapping, "text")
    if not isinstance(text, str):
        raise ValueError("the question is empty")
    kind = str(_cell(row, mapping, "kind") or "factoid").lower().replace("-", "_").replace(" ", "_")
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; the kinds are {', '.join(KINDS)}")
    answers = _answers(_cell(row, mapping, "answers"))
    if kind != "behaviour" and len(answers) == 1 and refuses(answers[0]):
        answers, kind = (), "unanswerable"
    if not answers and kind not in {"unanswerable", "behaviour"}:
        raise ValueError("no answer is given (kind unanswerable needs none)")
    if answers and kind == "unanswerable":
        raise ValueError("an unanswerable question has an answer")
    stratum = _cell(row, mapping, "stratum")
    if stratum is not None and stratum not in STRATA:
        raise ValueError(f"unknown stratum {stratum!r}")
    role = _cell(row, mapping, "role")
    evidence = _evidence(row, mapping)
    place = f"{evidence[0].document}:{evidence[0].start}" if evidence else ""
    tags = _json_or(_cell(row, mapping, "tags"), {})
    if not isinstance(tags, dict):
        raise ValueError("tags are not a mapping")
    return Question(
        id=str(_cell(row, mapping, "id") or question_id(text, answers, place)),
        text=text,
        answers=answers,
        evidence=evidence,
        kind=kind,  # type: ignore[arg-type]
        role=role if role in get_args(Role) else "test",
        stratum=stratum,
        fact=_word(_cell(row, mapping, "fact")),
        cluster=_word(_cell(row, mapping, "cluster")),
        origin=str(_cell(row, mapping, "origin") or origin),
        edition=_word(_cell(row, mapping, "edition")),
        tags=tags,
        rev=int(_cell(row, mapping, "rev") or 0),
    )


def _word(value: Any) -> str | None:
    return None if value is None else str(value)


def _json_or(value: Any, default: Any) -> Any:
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return default if value is None else value


def _answers(value: Any) -> tuple[str, ...]:
    """One answer, a list, a list written as JSON, or several parted by "|"."""
    value = _json_or(value, [])
    if isinstance(value, dict):
        value = value.get("text", [])
    if isinstance(value, str):
        value = value.split("|")
    elif not isinstance(value, list | tuple):
        value = [value]
    return tuple(dict.fromkeys(str(a).strip() for a in value if str(a).strip()))


def _evidence(row: Row, mapping: Mapping[str, str]) -> tuple[Evidence, ...]:
    value = _json_or(_cell(row, mapping, "quote"), [])
    if isinstance(value, dict):
        value = [value]
    if isinstance(value, str):
        value = [value]
    matches = []
    for item in value:
        item = {"quote": item} if isinstance(item, str) else item
        if not isinstance(item, dict) or not (item.get("quote") or item.get("text")):
            raise ValueError("an evidence without its quote")
        matches.append(
            Evidence(
                str(item.get("document") or _cell(row, mapping, "document") or ""),
                int(item.get("start") or _cell(row, mapping, "start") or 0),
                int(item.get("end") or _cell(row, mapping, "end") or 0),
                str(item.get("quote") or item.get("text")),
            )
        )
    return tuple(matches)
