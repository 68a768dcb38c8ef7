"""What an answer that never came counts: zero, as it counts for who asked. Pure.

A system that fails on the hard questions must not be averaged over the easy ones. Zero counts what
the system owes (an error, a timeout, a reply cut before its first word). Missing stays what says
nothing of it: rows that were skipped, scores that cannot be read, judgements that were not had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from workbench.evaluation.metrics import UNBOUNDED
from workbench.types import Answer, Score
from workbench.wording import count, say


def failed(answer: Answer) -> bool:
    """Whether somebody asked and got nothing."""
    return answer.status == "failed" or (answer.status == "answered" and answer.finish == "error")


def count_failures(scores: Iterable[Score], answers: Iterable[Answer]) -> list[Score]:
    """The scores with 0 for each that a failed answer lacks; none for mere counts (words)."""
    lost = {(answer.question, answer.variant) for answer in answers if failed(answer)}
    return [
        replace(score, value=0.0)
        if score.value is None
        and (score.question, score.variant) in lost
        and score.metric not in UNBOUNDED
        else score
        for score in scores
    ]


def failure_warnings(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """A sentence on each variant that failed to answer, from its counts in results.json."""
    return [
        say("warn_failed", variant=row["label"], failed=count(number))
        for row in rows
        if (number := row["answers"].get("failed", 0))
    ]
