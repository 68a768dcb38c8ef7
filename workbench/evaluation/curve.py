"""How much data is enough: the learning curve of a tuned variant, and where it meets another.

The score after training on ``n`` facts is taken to be ``top - scale * n ** -power``, the inverse
power law that learning curves follow over wide ranges (Cortes et al. 1993; Hestness et al. 2017).
For a given power that is linear in the other two, so that least squares over a grid of powers finds
the best there is. Sections are drawn again and again (bootstrap), each time for every point and the
rival alike, and the curve is fitted anew: what comes out of these fits is the uncertainty. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation import statistics
from workbench.evaluation.statistics import Design
from workbench.wording import figure, statement

Array = NDArray[np.float64]

POWERS = np.geomspace(0.05, 3.0, 60)
DRAWS = 1000
#: How many times the facts of the largest point a curve is followed; beyond is no honest claim.
REACH = 8
#: Points without which there is no curve: the law has three parameters.
LEAST_POINTS = 3
#: The share of the draws that must reach a target for it to be said that tuning does.
LIKELY = 0.5
DRAWN = 24


@dataclass(frozen=True, slots=True)
class Curves:
    """One fit for each draw: (draws,) arrays of the law's parameters."""

    top: Array
    scale: Array
    power: Array

    def at(self, facts: float | Array) -> Array:
        """Scores after that many facts: (draws,), or (draws, facts)."""
        n = np.asarray(facts, dtype=float)
        if n.ndim:
            return np.asarray(
                self.top[:, None] - self.scale[:, None] * n[None, :] ** -self.power[:, None]
            )
        return np.asarray(self.top - self.scale * n**-self.power)

    def meets(self, target: Array) -> Array:
        """The facts at which each draw comes to its target; infinite where it never does."""
        gap = self.top - target
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            found = (self.scale / gap) ** (1 / self.power)
        return np.where(gap > 0, np.where(self.scale > 0, found, 0.0), np.inf)


def fit(facts: Array, scores: Array) -> Curves:
    """The law by least squares, never falling and never beyond 1; ``scores`` (draws, points)."""
    best: tuple[Array, ...] | None = None
    for power in POWERS:
        x = facts**-power
        apart = x - x.mean()
        slope = (scores @ apart) / (apart @ apart)
        scale = np.maximum(0.0, -slope)
        top = scores.mean(axis=1) + scale * x.mean()
        # Where the top would lie beyond the scale's end, the line through that end.
        beyond = top > 1
        scale = np.where(beyond, np.maximum(0.0, ((1 - scores) @ x) / (x @ x)), scale)
        top = np.minimum(top, 1.0)
        errors = ((top[:, None] - scale[:, None] * x - scores) ** 2).sum(axis=1)
        found = (errors, top, scale, np.full(len(scores), power))
        better = None if best is None else errors < best[0]
        best = (
            found
            if best is None or better is None
            else tuple(np.where(better, new, old) for new, old in zip(found, best, strict=True))
        )
    assert best is not None
    return Curves(*best[1:])


def learning_curve(
    facts: Sequence[int],
    columns: Sequence[Array],
    rival: Array,
    design: Design,
    *,
    margin: float,
    level: float,
    seed: int,
) -> dict[str, Any]:
    """What results.json says under ``curve`` of the points, the fit and where it meets the rival.

    ``columns`` are the scores of each point on the same questions, ``rival`` those of the variant
    that is to be met; none of them NaN. ``facts`` grow.
    """
    n = np.array(facts, dtype=float)
    points = []
    for number, column in zip(facts, columns, strict=True):
        found = statistics.estimate(column, design, level=level, seed=seed)
        points.append({"facts": number, "value": found.value, "low": found.low,
                       "high": found.high})  # fmt: skip
    theirs = statistics.estimate(rival, design, level=level, seed=seed)
    result: dict[str, Any] = {
        "points": points, "questions": len(rival), "level": level, "margin": margin,
        "rival_value": theirs.value, "rival_low": theirs.low, "rival_high": theirs.high,
        "most": int(REACH * n[-1]),
    }  # fmt: skip
    if len(facts) < LEAST_POINTS:
        return result
    drawn = _draws(np.vstack([*columns, rival]), design, seed)
    own, target = drawn[:, :-1], drawn[:, -1]
    curves = fit(n, own)
    tail = (1 - level) / 2
    across = np.geomspace(n[0], REACH * n[-1], DRAWN)
    values = curves.at(across)
    low, high = np.quantile(values[1:], (tail, 1 - tail), axis=0)
    doubled = curves.at(2 * n[-1]) - curves.at(n[-1])
    ends = np.quantile(doubled[1:], (tail, 1 - tail))
    return result | {
        "top": float(curves.top[0]), "scale": float(curves.scale[0]),
        "power": float(curves.power[0]),
        "band": [
            {"facts": float(x), "value": float(v), "low": float(a), "high": float(b)}
            for x, v, a, b in zip(across, values[0], low, high, strict=True)
        ],
        "doubling": {"difference": float(doubled[0]), "low": float(ends[0]),
                     "high": float(ends[1])},
        "meets": _meeting(curves, target, n, tail),
        "meets_margin": _meeting(curves, target - margin, n, tail),
    }  # fmt: skip


def _draws(columns: Array, design: Design, seed: int) -> Array:
    """(draws, columns): weighted means with sections drawn anew; the first are the observed."""
    clusters, strata = int(design.cluster.max()) + 1, len(design.weights)
    units = design.units()
    place = design.cluster * strata + design.stratum
    table = np.stack([np.bincount(place, row, clusters * strata)
                      for row in (units, *(units * column for column in columns))])  # fmt: skip
    table = table.reshape(-1, clusters, strata)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=DRAWS).astype(float)
    times = np.vstack([np.ones(clusters), times])
    sums = np.einsum("dc,kcs->kds", times, table)
    there = sums[0] > 0
    weights = design.weights * there
    weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    means = np.divide(sums[1:], sums[0], out=np.zeros_like(sums[1:]), where=there)
    return np.asarray((means * weights).sum(axis=2).T)


def _meeting(curves: Curves, target: Array, n: Array, tail: float) -> dict[str, Any]:
    """Where the curve comes to the target; None beyond what can be extrapolated.

    ``share`` is that of the draws that come to it within that.
    """
    most = REACH * n[-1]
    found = curves.meets(target)
    found = np.where(found > most, np.inf, np.maximum(found, 1.0))
    share = float(np.isfinite(found[1:]).mean())
    # As they lie in order: an interpolation between a number and infinity would be none.
    ends = np.quantile(found[1:], (tail, 1 - tail), method="inverted_cdf")
    value, low, high = (
        None if not np.isfinite(v) else float(v) for v in (found[0], ends[0], ends[1])
    )
    return {"facts": value, "low": low, "high": high, "share": share}


def statements(found: dict[str, Any], at: str, name: str, rival: str) -> list[dict[str, Any]]:
    """What the curve says; ``found`` is its record, to be read at ``at``."""
    if "meets" not in found:
        return [statement("curve_too_few", points=str(LEAST_POINTS))]
    result = [_met(found, at, name, rival, "meets", "curve")]
    if result[0]["key"] == "curve_never" and found["meets_margin"]["share"] >= LIKELY:
        result.append(_met(found, at, name, rival, "meets_margin", "curve_margin"))
    gain = found["doubling"]
    result.append(statement("curve_doubling", **{
        key: figure(gain[part], "difference", f"{at}/doubling/{part}")
        for key, part in (("gain", "difference"), ("low", "low"), ("high", "high"))
    }))  # fmt: skip
    return result


def _met(
    found: dict[str, Any], at: str, name: str, rival: str, part: str, key: str
) -> dict[str, Any]:
    meets = found[part]
    most = figure(found["most"], "about", f"{at}/most")
    values: dict[str, Any] = {
        "name": name, "rival": rival, "most": most,
        "margin": figure(found["margin"], "margin", f"{at}/margin"),
    }  # fmt: skip
    if meets["facts"] is None or meets["share"] < LIKELY:
        last = found["band"][-1]
        ends = {k: figure(last[k], "points", f"{at}/band/{len(found['band']) - 1}/{k}")
                for k in ("value", "low", "high")}  # fmt: skip
        share = figure(meets["share"], "share", f"{at}/{part}/share")
        target = figure(found["rival_value"], "points", f"{at}/rival_value")
        return statement(f"{key}_never", **values, **ends, share=share, target=target)
    values["facts"] = figure(meets["facts"], "about", f"{at}/{part}/facts")
    values["low"] = figure(meets["low"] or meets["facts"], "about", f"{at}/{part}/low")
    had = found["points"][-1]["facts"]
    there = "there" if meets["facts"] <= had else "at"
    if meets["high"] is None:
        return statement(f"{key}_{there}_open", **values)
    values["high"] = figure(meets["high"], "about", f"{at}/{part}/high")
    return statement(f"{key}_{there}", **values)
