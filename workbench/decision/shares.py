"""At which shares of strata and kinds the verdict would be another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.decision.flips import PointModel
from workbench.decision.rules import Array, winners
from workbench.evaluation.statistics.raking import rake
from workbench.evaluation.table import Table
from workbench.experiment.decision import WorkloadSpec

STEPS = 201


def share_flips(
    table: Table, now: PointModel, workload: WorkloadSpec, leader: str
) -> list[dict[str, Any]]:
    """The turning points of the declared shares, raked where strata and kinds both have some."""
    if workload.kinds:
        return _cells(table, now, workload, leader)
    held = np.array(table.strata)
    strata = [name for name in workload.strata if (held == name).any()]
    if len(strata) < 2:
        return []
    columns = [table.variants.index(name) for name in now.names]
    means = np.array([table.values[held == name][:, columns].mean(axis=0) for name in strata])
    weights = np.array([workload.strata[name] for name in strata])
    return mix_flips(means, weights / weights.sum(), strata, now, leader) if weights.sum() else []


def _cells(
    table: Table, now: PointModel, workload: WorkloadSpec, leader: str
) -> list[dict[str, Any]]:
    """The turning points of the shares where kinds have shares too, from the cells of the exam."""
    strata: list[str | None] = [name for name in workload.strata if name in table.strata]
    strata = strata or [None]
    kinds = [name for name in workload.kinds or {} if name in table.kinds]
    columns = [table.variants.index(name) for name in now.names]
    places = np.array([
        strata.index(s) * len(kinds) + kinds.index(k) if s in strata and k in kinds else -1
        for s, k in zip(table.strata, table.kinds, strict=True)
    ])  # fmt: skip
    values = table.values[:, columns]
    kept = places >= 0
    if not kept.any():
        return []
    size = len(strata) * len(kinds)
    counts = np.bincount(places[kept], minlength=size).astype(float)
    sums = np.stack([np.bincount(places[kept], item, size) for item in values[kept].T], axis=-1)
    means = sums / np.maximum(counts, 1.0)[:, None]
    shape = (len(strata), len(kinds))
    shares = (
        np.array([workload.strata[name] if name else 1.0 for name in strata]),
        np.array([(workload.kinds or {})[name] for name in kinds]),
    )
    return cell_flips(
        counts.reshape(shape), means.reshape(*shape, -1),
        (shares[0] / (shares[0].sum() or 1.0), shares[1] / (shares[1].sum() or 1.0)),
        ([str(name) for name in strata], kinds), now, leader,
    )  # fmt: skip


def mix_flips(
    means: Array, weights: Array, strata: Sequence[str], now: PointModel, winner: str
) -> list[dict[str, Any]]:
    """Shares of a stratum at which another variant wins, the other shares scaled to fit.

    ``means`` is (strata, variants), NaN where excluded.
    """
    result = []
    for place, stratum in enumerate(strata):
        pooled = moved_shares(weights, place) @ means
        result += _turns(f"share_{stratum}", float(weights[place]), pooled, now, winner)
    return result


def cell_flips(
    cells: Array, means: Array, shares: tuple[Array, Array],
    names: tuple[Sequence[str], Sequence[str]], now: PointModel, winner: str,
) -> list[dict[str, Any]]:  # fmt: skip
    """As :func:`mix_flips` where strata and kinds both have shares, raked at every step.

    ``cells`` (strata, kinds) counts questions, ``means`` is (strata, kinds, variants).
    """
    result = []
    for side, prefix in enumerate(("share_", "share_kind_")):
        for place, name in enumerate(names[side]):
            if len(names[side]) < 2:
                continue
            grid = moved_shares(shares[side], place)
            raked = rake(cells, *((grid, shares[1]) if side == 0 else (shares[0], grid)))
            pooled = np.tensordot(raked, means, axes=([1, 2], [0, 1]))
            result += _turns(f"{prefix}{name}", float(shares[side][place]), pooled, now, winner)
    return result


def moved_shares(weights: Array, place: int) -> Array:
    """(201, shares): one share from 0 to 1 in even steps, the others scaled to fit."""
    rest = np.delete(weights, place)
    others = rest / rest.sum() if rest.sum() > 0 else np.full(len(rest), 1 / max(1, len(rest)))
    grid = np.linspace(0.0, 1.0, STEPS)[:, None]
    result: Array = np.insert((1 - grid) * others, place, grid[:, 0], axis=1)
    return result


def _turns(
    quantity: str, here: float, pooled: Array, now: PointModel, winner: str
) -> list[dict[str, Any]]:
    """Where along a share from 0 to 1 another variant begins to win; ``pooled`` by its steps."""
    home = now.names.index(winner)
    chosen = winners(
        pooled + (now.here - now.quality),
        now.now,
        now.margin,
        now.noise(now.queries),
    )
    grid = np.linspace(0.0, 1.0, STEPS)
    start = int(np.argmin(np.abs(grid - here)))
    if chosen[start] != home:
        return []
    result = []
    for direction in (range(start + 1, STEPS), range(start - 1, -1, -1)):
        turned = next((at for at in direction if chosen[at] != home), None)
        # Beyond all or none of the questions there is nothing.
        if turned is not None and chosen[turned] >= 0 and turned not in (0, STEPS - 1):
            result.append(
                {"quantity": quantity, "at": float(grid[turned]), "unit": "share",
                 "winner": now.names[chosen[turned]], "above": turned > start, "now": here}
            )  # fmt: skip
    return result
