"""Answering only where one is sure: risk against coverage, and where to draw the line.

A variant that says how sure it is of each answer (its confidence, or the signal that it abstains
by) can keep back the least sure ones. Coverage is the share of questions still answered, risk what
is lost on these (1 - score): El-Yaniv & Wiener 2010,
"On the Foundations of Noise-free Selective Classification"; Geifman & El-Yaniv 2017, "Selective
Classification for Deep Neural Networks". Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from workbench.evaluation.columns import ScoreColumns
from workbench.evaluation.metrics import abstained, answered
from workbench.evaluation.value_columns import Columns
from workbench.types import Answer, Question, Score

#: Points of F1 on the answerable dev questions that a threshold may cost, or one question where
#: there are fewer than 20: there one alone is worth more, and the least sure answer would decide.
MOST_LOST = 0.05
#: Points of a curve that are kept; the area is taken over all.
KEPT_POINTS = 40


def risk_coverage(
    questions: Sequence[Question],
    answers: Iterable[Answer],
    scores: ScoreColumns | Iterable[Score],
    variant: str,
    metric: str,
) -> dict[str, Any] | None:
    """The curve of one variant over all questions that it was asked, the surest answers first.

    ``points`` are (coverage, score among the answered, lowest confidence among them); coverage is
    a share of all ``n`` questions, so a variant that refuses or fails some never reaches 1.
    ``area`` is the mean risk over the coverages reached (the area under the risk-coverage curve;
    less is better), ``random`` what it would be if confidence told nothing: the risk with all
    answered. None where no answer has a confidence (``told`` counts those that have).
    """
    listed = Columns.of(Answer, answers)
    if not (listed.varies("confidence") or listed.varies("signal")):
        return None
    asked = {q.id: q for q in questions if q.kind != "behaviour" and q.origin != "imported"}
    value = ScoreColumns.of(scores).by_variant(metric).get(variant, {})
    there = [
        answer
        for answer in listed
        if answer.variant == variant
        and answer.question in value
        and answer.question in asked
        and answered(answer)
    ]
    if all(answer.certainty is None for answer in there):
        return None
    given = [answer for answer in there if not abstained(answer, asked[answer.question])]
    pairs = [(a.certainty, value[a.question]) for a in given if a.certainty is not None]
    # A curve over some of the answers would be one over the questions that happen to have it.
    if not pairs or len(pairs) < len(given):
        return None
    sure, score = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    order = np.argsort(-sure, kind="stable")
    sure, score = sure[order], score[order]
    counts = np.arange(1, len(score) + 1)
    mean = np.cumsum(score) / counts
    # Answers of one confidence come and go together.
    ends = np.flatnonzero(np.append(sure[1:] != sure[:-1], True))
    risk = 1 - mean[ends]
    steps = np.diff(np.append(0, counts[ends]))
    kept = np.unique(np.linspace(0, len(ends) - 1, min(KEPT_POINTS, len(ends))).round().astype(int))
    return {
        "metric": metric,
        "n": len(asked),
        "answered": len(given),
        "points": [
            [float(counts[ends[at]] / len(asked)), float(mean[ends[at]]), float(sure[ends[at]])]
            for at in kept
        ],
        "area": float((risk * steps).sum() / steps.sum()),
        "random": float(1 - mean[-1]),
    }


def choose_threshold(
    questions: Sequence[Question], answers: Iterable[Answer], f1: Mapping[str, float]
) -> dict[str, Any]:
    """The highest threshold that loses ``MOST_LOST`` (or one question) on the answerable ones.

    ``questions`` are the dev questions, never the exam's; ``f1`` is each answer's by question id.
    An answer below the threshold would score nothing. One rule for every variant; unanswerable
    questions only count what would be kept back (``refused_unanswerable``), since too few dev sets
    hold enough of them to choose by. ``below`` is None where no answer has a confidence or no
    question an answer.
    """
    asked = {question.id: question for question in questions if question.kind != "behaviour"}
    sure = {a.question: a.certainty for a in answers if a.certainty is not None}
    answerable = [name for name, question in asked.items() if question.answers]
    chosen: dict[str, Any] = {
        "below": None,
        "answerable": len(answerable),
        "unanswerable": len(asked) - len(answerable),
        "lost": None,
        "refused": None,
        "refused_unanswerable": None,
    }
    known = [name for name in answerable if name in sure]
    if not known:
        return chosen
    most = max(MOST_LOST, 1 / len(answerable))
    for below in sorted({sure[name] for name in known}, reverse=True):
        lost = sum(f1.get(name, 0.0) for name in known if sure[name] < below) / len(answerable)
        if lost <= most + 1e-9:
            chosen["below"], chosen["lost"] = below, lost
            break
    held = [name for name, value in sure.items() if name in asked and value < chosen["below"]]
    chosen["refused"] = len(held)
    chosen["refused_unanswerable"] = sum(not asked[name].answers for name in held)
    return chosen
