"""How deep the search must look: the share of questions whose evidence is among the first k.

Of each part of the search alone (BM25, dense) and of both together, so that a miss can be laid at a
door. Nothing here generates a token: evidence lies on spans of the document, whatever the passages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.evaluation.statistics import Design, estimate
from workbench.records.search import Miss, PartRecall, RecallAt, SearchRecall
from workbench.records.variants import Estimate
from workbench.types import Estimate as Measured

#: How many passages are looked at, and at which counts recall is told.
DEPTH = 20
COUNTS = (1, 2, 3, 5, 10, 20)
#: How many of the missed questions are named.
NAMED = 5


@dataclass(frozen=True, slots=True)
class EvidenceRank:
    """Where each part of the search has the first passage with evidence: its rank, or None."""

    question: str
    cluster: str | None
    stratum: str | None
    ranks: Mapping[str, int | None]
    text: str = ""


def search_recall(
    found: Sequence[EvidenceRank],
    used: str,
    top_k: int,
    mix: Mapping[str, float] | None,
    *,
    level: float = 0.95,
    seed: int = 0,
) -> SearchRecall | None:
    """Recall by depth and part, weighted like every figure; None where nothing was searched.

    ``used`` is the part that the variants are shown, ``top_k`` how many of its passages.
    """
    if not found:
        return None
    design = Design.of([f.cluster for f in found], [f.stratum for f in found], mix)
    counts = sorted({*COUNTS, min(top_k, DEPTH)})
    parts = []
    for part in found[0].ranks:
        ranks = np.array([f.ranks[part] or np.inf for f in found], float)
        at = []
        for count in counts:
            value = estimate((ranks <= count).astype(float), design, level=level, seed=seed)
            at.append(RecallAt(count=count, recall=_recorded(value)))
        parts.append(PartRecall(part=part, at=tuple(at)))
    missed = [item for item in found if (item.ranks.get(used) or DEPTH + 1) > top_k]
    # Out of every part's reach first, then by how far down the nearest of them has it.
    hardest = sorted(missed, key=lambda item: -min(rank or DEPTH + 1
                                                   for rank in item.ranks.values()))  # fmt: skip
    return SearchRecall(
        questions=len(found), used=used, top_k=top_k, parts=tuple(parts), missed=len(missed),
        misses=tuple(Miss(question=item.question, text=item.text, ranks=dict(item.ranks))
                     for item in hardest[:NAMED]),
    )  # fmt: skip


def _recorded(value: Measured) -> Estimate:
    return Estimate(
        value=value.value, low=value.low, high=value.high, n=value.n, clusters=value.clusters
    )
