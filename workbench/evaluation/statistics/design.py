"""Which cluster, stratum and kind each question belongs to, and what strata and kinds weigh."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.statistics.raking import rake

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Design:
    """Which cluster and stratum each question belongs to, and what each stratum weighs.

    ``cluster`` and ``stratum`` are codes from 0, one per question; ``weights`` (one per stratum)
    add up to 1. A cluster may hold questions of several strata. ``kind`` and ``kind_weights`` say
    the same of the kinds of question, where the workload declares their shares.
    """

    cluster: NDArray[np.intp]
    stratum: NDArray[np.intp]
    weights: Array
    kind: NDArray[np.intp] | None = None
    kind_weights: Array | None = None

    @classmethod
    def of(
        cls,
        clusters: Sequence[Hashable],
        strata: Sequence[str | None] | None = None,
        mix: Mapping[str, float] | None = None,
        kinds: Sequence[str] | None = None,
        kind_mix: Mapping[str, float] | None = None,
    ) -> Design:
        """Codes from labels. Without ``mix`` all questions weigh the same (one stratum).

        A question whose cluster is None stands alone. Strata that the mix does not name carry
        no weight; shares of strata without a question are spread over the others. ``kind_mix``
        weighs the ``kinds`` of the questions in the same way, together with the strata by raking
        (see :func:`rake`); it says nothing where none of its kinds is there.
        """
        alone = iter(range(len(clusters)))
        places: dict[Hashable, int] = {}
        cluster = np.array(
            [
                places.setdefault(("alone", next(alone)) if name is None else name, len(places))
                for name in clusters
            ],
            dtype=np.intp,
        )
        stratum, weights = np.zeros(len(cluster), dtype=np.intp), np.ones(1)
        if strata is not None and mix is not None:
            stratum, weights = _codes([str(name) for name in strata], mix)
        if kinds is None or kind_mix is None:
            return cls(cluster, stratum, weights)
        kind, shares = _codes(kinds, kind_mix)
        if not shares.any():
            return cls(cluster, stratum, weights)
        return cls(cluster, stratum, weights, kind, shares)

    def units(self) -> Array:
        """What each question weighs within its stratum, 1 on average: (questions,).

        All ones unless the kinds have shares; a question of a kind without a share weighs 0.
        """
        if self.kind is None or self.kind_weights is None:
            return np.ones(len(self.cluster))
        strata, kinds = len(self.weights), len(self.kind_weights)
        place = self.stratum * kinds + self.kind
        counts = np.bincount(place, minlength=strata * kinds).reshape(strata, kinds).astype(float)
        shares = rake(counts, self.weights, self.kind_weights)
        inside = shares.sum(axis=1, keepdims=True)
        each = np.divide(shares, inside * counts, out=np.zeros_like(counts),
                         where=(inside > 0) & (counts > 0))  # fmt: skip
        result: Array = (each * counts.sum(axis=1, keepdims=True)).ravel()[place]
        return result


def _codes(labels: Sequence[str], mix: Mapping[str, float]) -> tuple[NDArray[np.intp], Array]:
    """Codes from 0 in the order of the names, and the share of each, adding up to 1."""
    names = sorted(set(labels))
    code = {name: place for place, name in enumerate(names)}
    weights = np.array([mix.get(name, 0.0) for name in names], dtype=float)
    total = weights.sum()
    codes = np.array([code[name] for name in labels], dtype=np.intp)
    return codes, weights / total if total > 0 else weights


def subset(design: Design, keep: NDArray[np.bool_]) -> Design:
    """The design of the kept questions alone."""
    kind = None if design.kind is None else design.kind[keep]
    return Design(
        design.cluster[keep], design.stratum[keep], design.weights, kind, design.kind_weights
    )
