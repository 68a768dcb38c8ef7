"""What people think of answers: preferences between two, grades from 1 to 5. Pure.

Preferences become strengths (Bradley and Terry 1952) by a logistic regression whose errors are
taken between sections, since answers from one section, and raters of one pair, are not independent.
How far raters agree is Krippendorff's alpha: 1 for all alike, 0 for chance.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from itertools import combinations
from random import Random
from typing import Any

import numpy as np

from workbench.evaluation import statistics
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
Row = Mapping[str, Any]


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
    return {
        "raters": len({row.get("rater") for row in kept}),
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
                "grade": _grade(name, values, cluster, level, seed),
                "preferred": strengths.get(name) or {},
                "won": _count(chosen, name, True), "lost": _count(chosen, name, False),
                "same": sum(row["label"] == "same" and name in (row["first"], row["second"])
                            for row in chosen),
            }
            for name in variants
        ],
        "pairs": pairs,
        "agreement": _agreement(chosen, values, list(others)),
    }  # fmt: skip


def _count(rows: Sequence[Row], name: str, won: bool) -> int:
    """How often a variant was preferred, or the other."""
    side = ("first", "second") if won else ("second", "first")
    return sum(
        (row["first"] == name and row["label"] == side[0])
        or (row["second"] == name and row["label"] == side[1])
        for row in rows
    )


def _grade(
    name: str, values: Mapping[tuple[str, str], float], cluster: Mapping[str, str], level: float,
    seed: int,
) -> dict[str, Any]:  # fmt: skip
    own = [(cluster[q], value) for (q, variant), value in values.items() if variant == name]
    column = np.array([value for _, value in own], dtype=float)
    found = statistics.estimate(
        column, statistics.Design.of([place for place, _ in own]), level=level, seed=seed
    )
    return {key: value for key, value in asdict(found).items() if key not in ("luck", "level")}


def bradley_terry(
    rows: Sequence[Row], cluster: Mapping[str, str], variants: Sequence[str], level: float = 0.95
) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Each variant's chance of being preferred to the average one, and each pair's to the other.

    "The same" counts half for each. A variant that won or lost every comparison would be
    infinitely strong: it is given half a win and half a loss against each that it met, which is
    counted as ``added``. Chances have no interval with fewer than three sections.
    """
    names = [n for n in variants if any(n in (row["first"], row["second"]) for row in rows)]
    if len(names) < 2:
        return {}, []
    place = {name: at for at, name in enumerate(names)}
    met = Counter(tuple(sorted((row["first"], row["second"]), key=place.__getitem__))
                  for row in rows)  # fmt: skip
    design, won, groups = [], [], []
    worth = {"first": 1.0, "same": 0.5, "second": 0.0}
    for row in rows:
        line = np.zeros(len(names))
        line[place[row["first"]]], line[place[row["second"]]] = 1, -1
        design.append(line)
        won.append(worth[row["label"]])
        groups.append(cluster[str(row["question"])])
    sections = len(set(groups))
    total = {n: _count(rows, n, True) + sum(row["label"] == "same" and n in
             (row["first"], row["second"]) for row in rows) / 2 for n in names}  # fmt: skip
    faced = Counter(name for row in rows for name in (row["first"], row["second"]))
    extreme = {n for n in names if total[n] in (0, faced[n])}
    added = [pair for pair in met if extreme & set(pair)]
    for number, (first, second) in enumerate(added):
        line = np.zeros(len(names))
        line[place[first]], line[place[second]] = 1, -1
        design.append(line)
        won.append(0.5)
        groups.append(f"added {number}")
    centre = np.eye(len(names)) - 1 / len(names)
    fitted = _fit(np.array(design), np.array(won), groups)
    if fitted is None:
        return {}, []
    strength, spread = fitted

    def chance(contrast: Any) -> dict[str, Any]:
        from scipy.stats import t

        value = float(contrast @ strength)
        error = math.sqrt(max(0.0, float(contrast @ spread @ contrast)))
        width = float(t.ppf((1 + level) / 2, sections - 1)) * error if sections > 2 else math.nan
        low, high = (None, None) if math.isnan(width) else (value - width, value + width)
        p = None
        if sections > 2 and error > 0:
            p = 2 * float(t.sf(abs(value) / error, sections - 1))
        return {"value": _logistic(value), "low": low if low is None else _logistic(low),
                "high": high if high is None else _logistic(high), "p": p}  # fmt: skip

    own = {
        name: {key: value for key, value in chance(centre[place[name]]).items() if key != "p"}
        | {"n": faced[name], "clusters": sections, "method": "Bradley-Terry"}
        for name in names
    }
    unit = np.eye(len(names))
    pairs = []
    for pair, count in sorted(met.items()):
        # The stronger in front, so that it is said as people would.
        first, second = sorted(pair, key=lambda name: -strength[place[name]])
        told = chance(unit[place[first]] - unit[place[second]])
        decided = sum(row["label"] != "same" and {row["first"], row["second"]} == set(pair)
                      for row in rows)  # fmt: skip
        if not decided:
            # Without a single choice there is no spread, which is not certainty.
            told |= {"low": None, "high": None, "p": None}
        pairs.append({"first": first, "second": second, "n": count, "decided": decided,
                      "added": pair in added, **told})  # fmt: skip
    adjusted = statistics.holm([pair["p"] for pair in pairs])
    for one, p in zip(pairs, adjusted, strict=True):
        one["p"] = p
    return own, pairs


def _fit(design: Any, won: Any, groups: Sequence[str]) -> tuple[Any, Any] | None:
    """Strengths and their covariance, the last variant's being 0; None where nothing links all."""
    import statsmodels.api as sm

    free = design[:, :-1]
    if np.linalg.matrix_rank(free) < free.shape[1]:
        return None
    codes = np.unique(np.array(groups), return_inverse=True)[1]
    clustered = len(set(groups)) > 2
    options: dict[str, Any] = (
        {"cov_type": "cluster", "cov_kwds": {"groups": codes}} if clustered else {}
    )
    found = sm.GLM(won, free, family=sm.families.Binomial()).fit(**options)
    size = design.shape[1]
    spread = np.zeros((size, size))
    spread[:-1, :-1] = found.cov_params()
    return np.append(found.params, 0.0), spread


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


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
