"""How often the same variant wins when questions, workload shares and prices are drawn anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from workbench.costing import Cost
from workbench.decision.rules import Array, money_worth, winners
from workbench.evaluation.statistics import Design

DRAWS = 400
MIX_CONCENTRATION = 60.0


def confidence(
    values: Array,
    design: Design,
    costs: Sequence[Cost | None],
    payers: Sequence[str],
    *,
    margin: float,
    queries: float,
    updates: float,
    uncertainty: float,
    allowed: Array,
    points_per_money: float = 0.0,
    rng: np.random.Generator,
) -> Array:
    """Share of draws that each variant wins by the point rule; one entry per column of ``values``.

    Whole clusters are weighted by the Bayesian bootstrap (Rubin 1981); the workload shares of the
    strata are Dirichlet around the declared ones; prices are uniform within ``uncertainty``, one
    draw for all that pay the same price (``payers``); seconds vary by their standard error.
    ``allowed`` is NaN for variants that a constraint has excluded, else what latency adds to the
    score (0 unless the user trades it), and ``points_per_money`` what money takes off it.
    """
    clusters = int(design.cluster.max()) + 1
    strata, variants = len(design.weights), values.shape[1]
    seen = ~np.isnan(values)
    units = design.units()[:, None]
    filled = np.where(seen, values * units, 0.0)
    flat = design.cluster * strata + design.stratum
    sums = np.stack(
        [np.bincount(flat, column, clusters * strata) for column in filled.T], axis=-1
    ).reshape(clusters, strata * variants)
    counts = np.stack(
        [np.bincount(flat, column, clusters * strata) for column in (seen * units).T], axis=-1
    ).reshape(clusters, strata * variants)
    drawn = rng.standard_exponential((DRAWS, clusters))
    shape = (DRAWS, strata, variants)
    total, n = (drawn @ sums).reshape(shape), (drawn @ counts).reshape(shape)
    mix = _mixes(design.weights, rng)
    weight = mix[:, :, None] * (n > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(n > 0, total / n, 0.0)
        quality = (weight * means).sum(axis=1) / weight.sum(axis=1)
    monthly = _months(costs, payers, queries, updates, uncertainty, rng)
    traded = 0.0 if not points_per_money else money_worth(monthly, queries, points_per_money)
    chosen = winners(quality + allowed + traded, monthly, margin)
    return np.bincount(chosen[chosen >= 0], minlength=variants).astype(float) / DRAWS


def _mixes(weights: Array, rng: np.random.Generator) -> Array:
    used = weights > 0
    mix = np.zeros((DRAWS, len(weights)))
    mix[:, used] = rng.dirichlet(weights[used] * MIX_CONCENTRATION, DRAWS)
    return mix


def _months(
    costs: Sequence[Cost | None],
    payers: Sequence[str],
    queries: float,
    updates: float,
    uncertainty: float,
    rng: np.random.Generator,
) -> Array:
    factors: Mapping[str, Array] = {
        payer: rng.uniform(1 - uncertainty, 1 + uncertainty, DRAWS) for payer in sorted(set(payers))
    }
    months = np.full((DRAWS, len(costs)), np.nan)
    for place, (item, payer) in enumerate(zip(costs, payers, strict=True)):
        base = None if item is None else item.monthly(queries, updates)
        if item is None or base is None:
            continue
        noise = rng.standard_normal(DRAWS) * (item.per_question_error or 0.0) * queries
        months[:, place] = (base + noise) * factors[payer]
    return months
