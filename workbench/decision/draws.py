"""What quality, clocks and prices could truly be: one set of draws for confidence and regret.

Whole sections are weighted anew by the Bayesian bootstrap (Rubin 1981). Its spread is that of the
sections drawn as if they were all there are, so each stratum's deviations are stretched to the
unbiased variance and by the error of that variance itself: with few sections the draws have the
tails of Student's t (the Behrens-Fisher posterior). Trainings that were repeated vary as they were
seen to. Workload shares are drawn around the declared
ones, seconds within their standard error, prices within the price book's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.costing import Cost
from workbench.decision import utility
from workbench.decision.exam import Exam
from workbench.decision.rules import Array, money_worth, winners
from workbench.evaluation.statistics import Design
from workbench.evaluation.statistics.training import luck_of
from workbench.experiment.decision import DecisionSpec, WorkloadSpec
from workbench.experiment.variant import Variant

DRAWS = 4000
#: Weights drawn at a time: 32 MB.
AT_ONCE = 4_000_000
MIX_CONCENTRATION = 60.0


@dataclass(frozen=True, slots=True)
class Draws:
    """``DRAWS`` possible truths; arrays are (draws, variants), columns in the order of ``names``.

    ``quality`` is drawn at the declared workload, from questions alone; ``rest`` is what drawn
    shares, seconds and prices add to it, so that their sum is the utility. ``months`` is money
    (NaN: unknown). ``point`` and ``point_months`` are what the run itself measured, ``noise`` the
    standard errors of the latter. ``per_section`` is how many questions a section holds.
    """

    names: tuple[str, ...]
    quality: Array
    rest: Array
    months: Array
    point: Array
    point_months: Array
    noise: Array
    sections: int
    per_section: float
    margin: float

    @property
    def utility(self) -> Array:
        result: Array = self.quality + self.rest
        return result

    def best(self) -> NDArray[np.intp]:
        """In each draw, whom the point rule takes when it knows all of it."""
        return winners(self.utility, self.months, self.margin)

    def wins(self) -> dict[str, float]:
        """The share of draws that each variant wins: confidence."""
        counts = np.bincount(self.best(), minlength=len(self.names)) / len(self.quality)
        return {name: float(part) for name, part in zip(self.names, counts, strict=True)}


def draw(
    exam: Exam,
    candidates: Sequence[str],
    rows: Mapping[str, Mapping[str, Any]],
    traits: Mapping[str, Variant],
    costs: Mapping[str, Cost],
    decision: DecisionSpec,
    workload: WorkloadSpec,
    *,
    uncertainty: float,
    seed: int,
) -> Draws | None:
    """The candidates' draws; None where sections are too few to tell how far others differ."""
    names, design = tuple(sorted(candidates)), exam.design
    if not exam.complete.questions or _sections(design) < 2:
        return None
    rng = np.random.default_rng(seed)
    queries, updates = float(workload.queries_per_month), float(workload.updates_per_month)
    values = np.column_stack([exam.complete.column(name) for name in names])
    at_mix, quality = _qualities(values, design, rng)
    luck = _luck(exam, names, seed)
    if luck is not None:
        quality, at_mix = (np.clip(drawn + luck, 0.0, 1.0) for drawn in (quality, at_mix))
    # One clock: what makes a variant slower than measured makes it dearer too.
    clock = rng.standard_normal((DRAWS, len(names)))
    months, noise = _months(names, traits, costs, queries, updates, uncertainty, clock, rng)
    seconds = np.array(
        [(rows[n]["latency"].get("total_s") or {}).get("error") or 0.0 for n in names]
    )
    time = np.array([utility.time_worth(rows[name], decision) for name in names])
    rest = quality - at_mix + time - clock * seconds * (decision.points_per_second or 0.0) / 100.0
    point_months = np.array([_month(costs.get(name), queries, updates) for name in names])
    point = np.array([exam.quality()[name] for name in names]) + time
    if decision.points_per_money:
        rest = rest + money_worth(months, queries, decision.points_per_money)
        point = point + money_worth(point_months, queries, decision.points_per_money)
    sections = int(design.cluster.max()) + 1
    return Draws(
        names, at_mix, rest, months, point, point_months, noise, sections,
        len(exam.complete.questions) / sections, decision.margin,
    )  # fmt: skip


def _luck(exam: Exam, names: tuple[str, ...], seed: int) -> Array | None:
    """(draws, variants): what other trainings could have come to; None where none was repeated.

    Multivariate t around the mean of the trainings: variants on one adapter are moved together.
    """
    each = [np.atleast_2d(exam.complete.trained(name)) for name in names]
    trainings = max(map(len, each))
    if trainings < 2:
        return None
    design, weights = exam.design, exam.complete.weights(exam.mix)
    apart = np.zeros((trainings, len(names)))
    for at, rows in enumerate(each):
        if len(rows) > 1:
            found, means = luck_of(rows, design), rows @ weights
            share = found.variance / found.raw if found.raw > 0 else 0.0
            apart[:, at] = (means - means.mean()) * np.sqrt(share)
    rng = np.random.default_rng([seed, trainings])
    degrees = trainings - 1
    drawn = rng.standard_normal((DRAWS, trainings)) @ apart / np.sqrt(trainings * degrees)
    result: Array = drawn * np.sqrt(degrees / rng.chisquare(degrees, (DRAWS, 1)))
    return result


def clock_noise(cost: Cost | None, queries: float) -> float:
    """The standard error of a month's cost, from the questions that were timed."""
    return 0.0 if cost is None else (cost.per_question_error or 0.0) * queries


def _month(cost: Cost | None, queries: float, updates: float) -> float:
    amount = None if cost is None else cost.monthly(queries, updates)
    return np.nan if amount is None else amount


def _sections(design: Design) -> int:
    """How many sections the stratum with the fewest has, of those that weigh anything."""
    pairs = np.unique(np.stack([design.stratum, design.cluster]), axis=1)
    counts = np.bincount(pairs[0], minlength=len(design.weights))
    used = counts[(design.weights > 0) & (counts > 0)]
    return int(used.min()) if len(used) else 0


def _qualities(values: Array, design: Design, rng: np.random.Generator) -> tuple[Array, Array]:
    """(draws, variants) twice: with the declared shares of the strata, and with drawn ones."""
    clusters, strata, variants = int(design.cluster.max()) + 1, len(design.weights), values.shape[1]
    units = design.units()
    flat = design.cluster * strata + design.stratum
    columns = [units, *(values * units[:, None]).T]
    counted = [np.bincount(flat, column, clusters * strata) for column in columns]
    sums: Array = np.stack(counted, axis=-1).astype(float)
    sums = sums.reshape(clusters, strata * (variants + 1))
    drawn = np.concatenate([
        rng.standard_exponential((size, clusters)) @ sums for size in _sizes(clusters)
    ]).reshape(DRAWS, strata, variants + 1)  # fmt: skip
    n, total = drawn[:, :, :1], drawn[:, :, 1:]
    seen = sums.sum(axis=0).reshape(strata, variants + 1)
    exam = seen[:, 1:] / np.where(seen[:, :1] > 0, seen[:, :1], 1.0)
    means = np.divide(total, n, out=np.zeros_like(total), where=n > 0) - exam
    means = np.clip(exam + means * _stretch(sums, strata, variants, rng)[:, :, None], 0.0, 1.0)
    result = []
    for shares in (np.broadcast_to(design.weights, (DRAWS, strata)), _mixes(design.weights, rng)):
        weight = shares[:, :, None] * (n > 0)
        result.append((weight * means).sum(axis=1) / weight.sum(axis=1))
    return result[0], result[1]


def _stretch(sums: Array, strata: int, variants: int, rng: np.random.Generator) -> Array:
    """(draws, strata): by how much the bootstrap's deviations are too small, as drawn."""
    sections = (sums.reshape(-1, strata, variants + 1)[:, :, 0] > 0).sum(axis=0)
    degrees = np.maximum(sections - 1, 1)
    # The bootstrap's variance is (G - 1) / (G + 1) of the unbiased one.
    unbiased = np.sqrt((degrees + 2) / degrees)
    result: Array = unbiased * np.sqrt(degrees / rng.chisquare(degrees, (DRAWS, strata)))
    return result


def _sizes(clusters: int) -> list[int]:
    each = max(1, AT_ONCE // clusters)
    return [min(each, DRAWS - start) for start in range(0, DRAWS, each)]


def _mixes(weights: Array, rng: np.random.Generator) -> Array:
    used = weights > 0
    mix = np.zeros((DRAWS, len(weights)))
    mix[:, used] = rng.dirichlet(weights[used] * MIX_CONCENTRATION, DRAWS)
    return mix


def _months(
    names: tuple[str, ...],
    traits: Mapping[str, Variant],
    costs: Mapping[str, Cost],
    queries: float,
    updates: float,
    uncertainty: float,
    clock: Array,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Months as drawn, and their standard errors; one draw for all that pay the same price."""
    payers = [traits[name].hosted or "" for name in names]
    factors = {
        payer: rng.uniform(1 - uncertainty, 1 + uncertainty, DRAWS) for payer in sorted(set(payers))
    }
    noise = np.array([clock_noise(costs.get(name), queries) for name in names])
    base = np.array([_month(costs.get(name), queries, updates) for name in names])
    factor = np.stack([factors[payer] for payer in payers], axis=1)
    months: Array = (base + clock * noise) * factor
    return months, noise
