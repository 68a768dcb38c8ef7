"""Preferences between two as strengths of all (Bradley and Terry 1952). Pure.

A logistic regression, whose errors are taken between sections, since answers from one section, and
raters of one pair, are not independent; and between raters where there are several
(:mod:`workbench.evaluation.rater_luck`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workbench.evaluation import statistics
from workbench.evaluation.rater_luck import rater_luck

Row = Mapping[str, Any]


def won(rows: Sequence[Row], name: str, *, lost: bool = False) -> int:
    """How often a variant was preferred, or the other."""
    side = ("second", "first") if lost else ("first", "second")
    return sum(
        (row["first"] == name and row["label"] == side[0])
        or (row["second"] == name and row["label"] == side[1])
        for row in rows
    )


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
    design, choices, groups = [], [], []
    worth = {"first": 1.0, "same": 0.5, "second": 0.0}
    for row in rows:
        line = np.zeros(len(names))
        line[place[row["first"]]], line[place[row["second"]]] = 1, -1
        design.append(line)
        choices.append(worth[row["label"]])
        groups.append(cluster[str(row["question"])])
    sections = len(set(groups))
    total = {n: won(rows, n) + sum(row["label"] == "same" and n in
             (row["first"], row["second"]) for row in rows) / 2 for n in names}  # fmt: skip
    faced = Counter(name for row in rows for name in (row["first"], row["second"]))
    extreme = {n for n in names if total[n] in (0, faced[n])}
    added = [pair for pair in met if extreme & set(pair)]
    for number, (first, second) in enumerate(added):
        line = np.zeros(len(names))
        line[place[first]], line[place[second]] = 1, -1
        design.append(line)
        choices.append(0.5)
        groups.append(f"added {number}")
    centre = np.eye(len(names)) - 1 / len(names)
    fitted = _fit(np.array(design), np.array(choices), groups)
    if fitted is None:
        return {}, []
    strength, spread, parts = fitted
    raters = [str(row.get("rater")) for row in rows]

    def chance(contrast: Any) -> dict[str, Any]:
        from scipy.stats import t

        value = float(contrast @ strength)
        error = math.sqrt(max(0.0, float(contrast @ spread @ contrast)))
        luck = rater_luck((parts @ contrast)[: len(rows)], raters, groups[: len(rows)])
        width = float(t.ppf((1 + level) / 2, sections - 1)) * error if sections > 2 else math.nan
        low, high = (None, None) if math.isnan(width) else (value - width, value + width)
        p = None
        if sections > 2 and error > 0:
            p = 2 * float(t.sf(abs(value) / error, sections - 1))
        if luck is not None and low is not None:
            low, high = luck.widened(value, low, high, level)
            p = p if p is None or not luck.error else luck.p(value, error, sections - 1)
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


def _fit(design: Any, won: Any, groups: Sequence[str]) -> tuple[Any, Any, Any] | None:
    """Strengths, their covariance, and what each comparison adds to them; the last variant's are 0.

    None where nothing links all variants.
    """
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
    parts = np.zeros((len(won), size))
    parts[:, :-1] = (free * found.resid_response[:, None]) @ found.normalized_cov_params
    return np.append(found.params, 0.0), spread, parts


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))
