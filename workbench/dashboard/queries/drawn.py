"""Pairs of answers that a model drew to training questions, for a person to say which is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.dashboard.queries import labels, runs
from workbench.text import runs as words


@dataclass(frozen=True)
class DrawnPair:
    """Two different answers to one training question, by the names they have among the labels."""

    question: str
    text: str
    answers: Mapping[str, str]


def pairs(run: runs.Snapshot) -> list[DrawnPair]:
    """The first two that differ of each question, adapter by adapter; each question once."""
    found: dict[str, DrawnPair] = {}
    for adapter in run.files.adapters():
        listed: dict[str, dict[str, str]] = {}
        texts: dict[str, str] = {}
        for row in runs.lines(run.files.tuning(adapter) / "drawn.jsonl"):
            question, answer = str(row["question"]), str(row["answer"])
            known = listed.setdefault(question, {})
            told = words(answer)
            if told and len(known) < 2 and told not in map(words, known.values()):
                known[f"{adapter}:{row['number']}"] = answer
            texts[question] = str(row["text"])
        for question, answers in listed.items():
            if len(answers) == 2:
                found.setdefault(question, DrawnPair(question, texts[question], answers))
    return list(found.values())


def left(
    listed: Sequence[DrawnPair], given: Sequence[Mapping[str, Any]], who: str
) -> list[DrawnPair]:
    """Those that this rater has said nothing of."""
    told = {(row.get("question"), row.get("first")) for row in given if row.get("rater") == who}
    told |= {(row.get("question"), row.get("second")) for row in given if row.get("rater") == who}
    return [pair for pair in listed if not any((pair.question, n) in told for n in pair.answers)]


def exported(listed: Sequence[DrawnPair], given: Sequence[Mapping[str, Any]]) -> str:
    """The preferences as lines that ``tuning.preferences.labels`` takes."""
    answers = {(p.question, name): text for p in listed for name, text in p.answers.items()}
    return labels.preference_pairs(given, answers, {p.question: p.text for p in listed})
