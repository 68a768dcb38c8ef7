"""How much a variant's answers hang on the wording of a question: figures and sentences. Pure.

The same question is asked in several wordings. Per question there are the standard deviation and
the range of its scores, and whether it is right in some wordings and wrong in others; over
questions the mean of each with an interval whose error is taken between sections, as elsewhere.
A variant that is always wrong never turns, so the steadiest is sought among those that are right
in some wording (``solved``), by the share of these that they get wrong in another (``turned``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from workbench.evaluation import statistics
from workbench.evaluation.forgetting import RIGHT
from workbench.types import Question, Score
from workbench.wording import figure, statement, text

OF = "wording_of"  # the tag of a further wording: the id of its question


def steadiness(
    questions: Sequence[Question],
    further: Sequence[Question],
    scores: Iterable[Score],
    *,
    variants: Sequence[str],
    labels: Mapping[str, str],
    ceilings: Collection[str] = (),
    metric: str = "f1",
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Any]:
    """What results.json says under ``sensitivity``.

    ``questions`` are in their own words, ``further`` their other wordings (tagged :data:`OF`),
    ``scores`` those of both; ``ceilings`` are variants that no sentence ranks. A question of which
    fewer than two wordings were scored is missing.
    """
    home = {question.id: question.id for question in questions}
    home |= {question.id: str(question.tags[OF]) for question in further}
    asked = [q for q in questions if q.id in {home[item.id] for item in further}]
    place = {question.id: at for at, question in enumerate(asked)}
    values: dict[tuple[str, str], list[list[float]]] = {
        (variant, name): [[] for _ in asked] for variant in variants for name in (metric, RIGHT)
    }
    for score in scores:
        at = place.get(home.get(score.question, ""))
        cell = values.get((score.variant, score.metric))
        if at is not None and cell is not None and score.value is not None:
            cell[at].append(score.value)
    design = statistics.Design.of([question.cluster for question in asked])

    def mean(listed: list[float]) -> dict[str, Any]:
        result = statistics.estimate(np.array(listed, dtype=float), design, level=level, seed=seed)
        return {key: value for key, value in asdict(result).items() if key != "luck"}

    rows = [
        {
            "name": variant,
            "flipped": mean([_flips(value) for value in values[variant, RIGHT]]),
            "solved": sum(len(value) > 1 and sum(value) > 0 for value in values[variant, RIGHT]),
            "turned": sum(_flips(value) == 1 for value in values[variant, RIGHT]),
            "range": mean([_range(value) for value in values[variant, metric]]),
            "sd": mean([_deviation(value) for value in values[variant, metric]]),
        }
        for variant in variants
    ]
    counts = [1 + sum(home[item.id] == q.id for item in further) for q in asked]
    output = {
        "questions": len(asked),
        "wordings": float(np.mean(counts)) if counts else 0.0,
        "metric": metric,
        "variants": rows,
    }
    sentences = _statements(output, labels, ceilings)
    return {
        **output,
        "statements": sentences,
        "sentence": " ".join(text(item) for item in sentences),
    }


def _flips(right: Sequence[float]) -> float:
    """1 where some wordings are answered right and others wrong."""
    return float(0 < sum(right) < len(right)) if len(right) > 1 else float("nan")


def _range(listed: Sequence[float]) -> float:
    return max(listed) - min(listed) if len(listed) > 1 else float("nan")


def _deviation(listed: Sequence[float]) -> float:
    return float(np.std(listed, ddof=1)) if len(listed) > 1 else float("nan")


def _statements(
    result: Mapping[str, Any], labels: Mapping[str, str], ceilings: Collection[str]
) -> list[dict[str, Any]]:
    """The candidate that turns most often, and the steadiest of those that know answers."""
    ranked = sorted(
        (
            (row["flipped"]["value"], at, row)
            for at, row in enumerate(result["variants"])
            if row["name"] not in ceilings and row["flipped"]["value"] is not None
        ),
        key=lambda item: (-item[0], item[1]),
    )
    if not ranked:
        return [statement("sensitivity_none")]

    def figures(at: int, row: Mapping[str, Any]) -> dict[str, Any]:
        where = f"/sensitivity/variants/{at}"
        return {
            "name": labels.get(row["name"], row["name"]),
            "n": figure(row["flipped"]["n"], "count", f"{where}/flipped/n"),
            "share": figure(row["flipped"]["value"], "share", f"{where}/flipped/value"),
            "low": figure(row["flipped"]["low"], "share", f"{where}/flipped/low"),
            "high": figure(row["flipped"]["high"], "share", f"{where}/flipped/high"),
            "range": figure(row["range"]["value"], "points", f"{where}/range/value"),
            **{key: figure(row[key], "count", f"{where}/{key}") for key in ("solved", "turned")},
        }

    _, at, row = ranked[0]
    if row["flipped"]["value"] == 0:
        return [statement("sensitivity_steady", **figures(at, row))]
    first = figures(at, row)
    sentences = [statement("sensitivity_most", **first)]
    others = [(at, row) for _, at, row in ranked[1:] if row["solved"]]
    if others:
        at, row = min(others, key=lambda item: (item[1]["turned"] / item[1]["solved"], item[0]))
        sentences.append(statement("sensitivity_least", **figures(at, row)))
    return sentences
