"""A person's decisions on questions: accepted, rejected, or edited, and tags.

The exam of a run is locked: answers to two exams can't be compared. Decisions are therefore kept
beside it (``labels/review.jsonl``) and exported as a question file for the next run.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from workbench.dashboard.queries import runs
from workbench.io import jsonl
from workbench.records.layout import RunLayout

DECISIONS = ("accept", "edit", "reject")


def decide(
    run: Path,
    question: str,
    decision: str,
    text: str | None = None,
    answers: Iterable[str] | None = None,
    tags: Iterable[str] = (),
) -> None:
    """Record a decision; the newest one on a question counts. "" only tags it."""
    record: dict[str, Any] = {"question": question, "decision": decision, "time": time.time()}
    if tagged := list(tags):
        record["tags"] = tagged
    if decision == "edit":
        record |= {"text": text, "answers": list(answers or ())}
    jsonl.append(RunLayout(run).reviews, [record])


def read(run: Path) -> dict[str, dict[str, Any]]:
    """The decision that counts, by question."""
    return {str(row.get("question")): row for row in runs.lines(RunLayout(run).reviews)}


def judged(run: Path) -> dict[str, dict[str, Any]]:
    """The decisions that say whether to keep a question, by question."""
    return {name: row for name, row in read(run).items() if row.get("decision") in DECISIONS}


def reviewed(
    questions: Iterable[Mapping[str, Any]], decisions: Mapping[str, Mapping[str, Any]]
) -> str:
    """JSON lines of the accepted and edited questions, in the exchange format.

    An edit keeps the id and raises ``rev``; rejected and undecided questions are left out.
    """
    kept = []
    for question in questions:
        result = decisions.get(str(question.get("id")))
        if result is None or result.get("decision") not in ("accept", "edit"):
            continue
        record = dict(question)
        if result.get("tags"):
            record["tags"] = {
                **runs.mapping(record.get("tags")),
                **dict.fromkeys(result["tags"], True),
            }
        if result.get("decision") == "edit":
            record["text"] = result.get("text") or record.get("text")
            record["answers"] = list(result.get("answers") or ())
            record["rev"] = int(record.get("rev") or 0) + 1
        kept.append(jsonl.line(record))
    return "".join(kept)
