"""Which variants were made smaller, what of, and by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbench.experiment.variant import Variant
from workbench.records.compressed import Compressed


def compressed(
    variants: Sequence[Variant],
    weight_bytes: Mapping[str, int],
    tuning: Sequence[Mapping[str, Any]],
) -> tuple[Compressed, ...]:
    """The compressed ones among ``variants``, each with the variant that is whole.

    ``weight_bytes`` by variant; ``tuning`` are the trainings' summaries with ``adapter``, the
    name of the first variant with that adapter.
    """
    trained = {str(item["adapter"]): item for item in tuning}
    bare = {item.name: _bare(item) for item in variants}
    found = []
    for item in variants:
        if item.compress is None:
            continue
        whole = next(
            (v.name for v in variants if v.compress is None and bare[v.name] == bare[item.name]), ""
        )
        facts = trained.get(item.adapter or "", {})
        size, before = weight_bytes.get(item.name), weight_bytes.get(whole)
        found.append(Compressed(
            variant=item.name, whole=whole, weights=item.compress.weights,
            blocks=facts.get("blocks"), blocks_removed=facts.get("blocks_removed", 0),
            weight_bytes=size, whole_bytes=before,
            weight_share=size / before if size and before else None,
        ))  # fmt: skip
    return tuple(found)


def _bare(variant: Variant) -> Variant:
    """What is left of a variant without its name and what made it smaller."""
    healed = variant.pruned and variant.tuning is not None and variant.tuning.train_on == "text"
    plain = replace(variant, name="", adapter=None, compress=None, model=variant.learner)
    return replace(plain, training_format=None, tuning=None) if healed else plain
