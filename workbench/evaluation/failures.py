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

#: From this share of answers on, cut ones are told of.
MANY_CUT = 0.2


def failed(answer: Answer) -> bool:
    """Whether somebody asked and got nothing."""
    return answer.status == "failed" or (answer.status == "answered" and answer.finish == "error")


def count_failures(scores: Iterable[Score], answers: Iterable[Answer]) -> list[Score]:
    """The scores with 0 for each that a failed answer lacks; none for mere counts (words)."""
    lost = {(answer.question, answer.variant) for answer in answers if failed(answer)}
    if not lost:
        return list(scores)
    return [
        replace(score, value=0.0)
        if score.value is None
        and (score.question, score.variant) in lost
        and score.metric not in UNBOUNDED
        else score
        for score in scores
    ]


def failure_warnings(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Sentences on variants that failed to answer or were cut, from the rows of results.json."""
    notes = []
    for row in rows:
        counts = row["answers"]
        if counts.get("failed", 0):
            reason = row.get("failed_because") or say("reason_unknown")
            failed_ = count(counts["failed"])
            notes.append(say("warn_failed", variant=row["label"], failed=failed_, reason=reason))
        cut, asked = counts.get("cut_off", 0), counts.get("answered", 0) + counts.get("refused", 0)
        if cut and cut >= MANY_CUT * asked:
            notes.append(say("warn_cut", variant=row["label"], cut=count(cut), asked=count(asked)))
    return notes
