"""What people think of answers: preferences between two, grades from 1 to 5. Pure.

Preferences become strengths (:mod:`workbench.evaluation.bradley_terry`).
How far raters agree is Krippendorff's alpha: 1 for all alike, 0 for chance.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from itertools import combinations
from random import Random
from typing import Any

import numpy as np

from workbench.evaluation import statistics
from workbench.evaluation.bradley_terry import Row, bradley_terry, won
from workbench.evaluation.rater_luck import LEAST, rater_luck
from workbench.evaluation.rounds import rounds
from workbench.types import Question, Score

#: The metric of grades: 1 to 5 as 0 to 1, the mean of an answer's raters.
METRIC = "people"
CHOICES = ("first", "same", "second")
GRADES = (1, 2, 3, 4, 5)
#: Every so many comparisons is made by all raters, so that their agreement can be told.
SHARED = 4
#: A share of preferences worth finding, against one half, and the chance to find it.
WIN, POWER = 0.6, 0.8
DRAWS = 300
#: The package that knows alpha; without it the rest is told.
LIBRARY = "krippendorff"
#: Below this alpha conclusions are held to be tentative at best (Krippendorff 2004).
RELIABLE = 0.667


@dataclass(frozen=True, slots=True)
class Item:
    """One comparison: a question and two variants, the one to show first in front."""

    question: str
    first: str
    second: str


def items(
    questions: Sequence[str], variants: Sequence[str], rater: int, raters: int, seed: int = 0
) -> list[Item]:
    """What rater number ``rater`` of so many compares, in order.

    Every pair of variants comes up equally often, each first in half of the cases. Every
    :data:`SHARED`-th comparison is everybody's; the others are dealt out.
    """
    order = Random(seed).sample(sorted(questions), len(questions))
    pairs = list(combinations(sorted(variants), 2))
    listed = []
    for number, (at, pair) in enumerate(rounds(len(order), len(pairs), len(order) * len(pairs))):
        if number % SHARED and (number - number // SHARED - 1) % raters != rater:
            continue
        first, second = pairs[pair]
        # By how often the pair came up, not by its number: else the order would hang on the pair.
        if (number // max(1, len(pairs)) + rater) % 2:
            first, second = second, first
        listed.append(Item(order[at], first, second))
    return listed


@cache
def needed(level: float = 0.95) -> int:
    """Independent comparisons of two variants that find a preference of 60 in 100, 4 times in 5."""
    from statsmodels.stats.power import NormalIndPower
    from statsmodels.stats.proportion import proportion_effectsize

    found = NormalIndPower().solve_power(
        proportion_effectsize(WIN, 0.5), alpha=1 - level, power=POWER, ratio=0
    )
    return math.ceil(float(found))


def scores(rows: Iterable[Row]) -> list[Score]:
    """The grades as a metric: of each answer the mean of its raters."""
    listed: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        for variant, grade in (row.get("grades") or {}).items():
            listed.setdefault((str(row["question"]), variant), []).append((grade - 1) / 4)
    return [Score(q, v, METRIC, sum(found) / len(found)) for (q, v), found in listed.items()]


def told(
    rows: Sequence[Row],
    questions: Sequence[Question],
    variants: Sequence[str],
    others: Iterable[Score] = (),
    *,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Any] | None:
    """What results.json says under ``people``; None where nobody compared or graded anything.

    ``rows`` are the labels that count, ``others`` scores of metrics that people are held against.
    """
    known = {question.id: question for question in questions}
    kept = [row for row in rows if str(row.get("question")) in known]
    chosen = [
        row for row in kept
        if row.get("label") in CHOICES and {row.get("first"), row.get("second")} <= set(variants)
    ]  # fmt: skip
    graded = [score for score in scores(kept) if score.variant in variants]
    if not chosen and not graded:
        return None
    cluster = {name: item.cluster or f"alone {name}" for name, item in known.items()}
    strengths, pairs = bradley_terry(chosen, cluster, variants, level)
    values: dict[tuple[str, str], float] = {
        (score.question, score.variant): score.value
        for score in graded if score.value is not None
    }  # fmt: skip
    decided = [row for row in chosen if row["label"] != "same"]
    raters = len({row.get("rater") for row in kept})
    return {
        "raters": raters,
        "other_raters": raters >= LEAST,
        "comparisons": len(chosen),
        "graded": len(values),
        "questions": len({row["question"] for row in (*chosen, *kept)}),
        "needed": needed(level),
        "first_chosen": _mean([float(row["label"] == "first") for row in decided]),
        "alpha_choices": alpha(_choices(chosen), "nominal", seed),
        "alpha_grades": alpha(_grades(kept), "ordinal", seed),
        "variants": [
            {
                "name": name,
                "grade": _grade(name, kept, values, cluster, level, seed),
                "preferred": strengths.get(name) or {},
                "won": won(chosen, name), "lost": won(chosen, name, lost=True),
                "same": sum(row["label"] == "same" and name in (row["first"], row["second"])
                            for row in chosen),
            }
            for name in variants
        ],
        "pairs": pairs,
        "agreement": _agreement(chosen, values, list(others)),
    }  # fmt: skip


def _grade(
    name: str, rows: Sequence[Row], values: Mapping[tuple[str, str], float],
    cluster: Mapping[str, str], level: float, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """The mean of answers, each of its raters, with an interval over sections and raters."""
    own = [(cluster[q], value) for (q, variant), value in values.items() if variant == name]
    column = np.array([value for _, value in own], dtype=float)
    found = statistics.estimate(
        column, statistics.Design.of([place for place, _ in own]), level=level, seed=seed
    )
    told = {key: value for key, value in asdict(found).items() if key not in ("luck", "level")}
    given = [
        (str(row["question"]), str(row.get("rater")), (row["grades"][name] - 1) / 4)
        for row in rows if name in (row.get("grades") or {})
    ]  # fmt: skip
    each = Counter(question for question, *_ in given)
    if found.value is None:
        return told
    parts = np.array([(grade - found.value) / each[q] / len(each) for q, _, grade in given])
    luck = rater_luck(parts, [rater for _, rater, _ in given], [cluster[q] for q, *_ in given])
    if luck is not None:
        low, high = luck.widened(found.value, found.low, found.high, level)
        told |= {"low": low if low is None else max(0.0, low),
                 "high": high if high is None else min(1.0, high)}  # fmt: skip
    return told


def _choices(rows: Iterable[Row]) -> dict[str, dict[str, float]]:
    """By comparison and rater: -1, 0 or 1 for the variants in the order of their names."""
    units: dict[str, dict[str, float]] = {}
    for row in rows:
        value = {"first": 1.0, "same": 0.0, "second": -1.0}[row["label"]]
        turned = row["first"] > row["second"]
        names = sorted((row["first"], row["second"]))
        unit = units.setdefault(f"{row['question']} {names}", {})
        unit[str(row.get("rater"))] = -value if turned else value
    return units


def _grades(rows: Iterable[Row]) -> dict[str, dict[str, float]]:
    """By answer and rater: the grade; of several by one rater the last."""
    units: dict[str, dict[str, float]] = {}
    for row in rows:
        for variant, grade in (row.get("grades") or {}).items():
            units.setdefault(f"{row['question']} {variant}", {})[str(row.get("rater"))] = grade
    return units


def alpha(units: Mapping[str, Mapping[str, float]], kind: str, seed: int = 0) -> dict[str, Any]:
    """Krippendorff's alpha of what two or more raters said of the same, with a bootstrap interval.

    ``n`` is how many there are of such; alpha is None without any, and where all said one thing of
    everything, so that chance could not be told.
    """
    both = [unit for unit in units.values() if len(unit) > 1]
    raters = sorted({rater for unit in both for rater in unit})
    result: dict[str, Any] = {"n": len(both), "raters": len(raters), "alpha": None,
                              "low": None, "high": None}  # fmt: skip
    if len({value for unit in both for value in unit.values()}) < 2:
        return result
    if find_spec(LIBRARY) is None:
        return {**result, "uninstalled": LIBRARY}
    import krippendorff

    table = np.array([[unit.get(rater, np.nan) for unit in both] for rater in raters])

    def value(some: Any) -> float:
        return float(krippendorff.alpha(reliability_data=some, level_of_measurement=kind))

    result["alpha"] = value(table)
    rng = np.random.default_rng(seed)
    drawn = [table[:, rng.integers(0, table.shape[1], table.shape[1])] for _ in range(DRAWS)]
    values = [value(some) for some in drawn if len(np.unique(some[~np.isnan(some)])) > 1]
    if len(both) > 2 and values:
        result["low"], result["high"] = map(float, np.percentile(values, [2.5, 97.5]))
    return result


def _agreement(
    rows: Sequence[Row], values: Mapping[tuple[str, str], float], others: Sequence[Score]
) -> list[dict[str, Any]]:
    """Each metric against people: of pairs that both order, how many alike; and rank correlation.

    Several raters of one pair vote; a pair on which they are even is left out.
    """
    votes: dict[tuple[str, str, str], float] = {}
    for row in rows:
        first, second = sorted((row["first"], row["second"]))
        side = {"first": 1, "same": 0, "second": -1}[row["label"]]
        key = (str(row["question"]), first, second)
        votes[key] = votes.get(key, 0) + (side if row["first"] == first else -side)
    by_metric: dict[str, dict[tuple[str, str], float]] = {}
    for score in others:
        if score.value is not None:
            by_metric.setdefault(score.metric, {})[score.question, score.variant] = score.value
    found = []
    for metric, column in by_metric.items():
        alike = []
        for (question, first, second), vote in votes.items():
            ends = column.get((question, first)), column.get((question, second))
            if None in ends or not vote or ends[0] == ends[1]:
                continue
            alike.append((ends[0] > ends[1]) == (vote > 0))  # type: ignore[operator]
        shared = [answer for answer in values if answer in column]
        found.append({
            "metric": metric, "n": len(alike), "agreed": _mean([float(one) for one in alike]),
            "graded": len(shared), "rank": _rank([values[a] for a in shared],
                                                 [column[a] for a in shared]),
        })  # fmt: skip
    return found


def _rank(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's correlation; None where one side says one thing of all."""
    if len(set(first)) < 2 or len(set(second)) < 2:
        return None
    from scipy.stats import spearmanr

    return float(spearmanr(first, second).statistic)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
