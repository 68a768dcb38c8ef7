"""What results.json says of variants whose models were made smaller."""

from __future__ import annotations

from workbench.records.record import Number, Record


class Compressed(Record):
    """One of them. ``whole`` is the variant that differs from it in nothing else; empty where the
    experiment has none.

    ``weights`` is what its weights are held in, ``blocks_removed`` of the model's ``blocks`` were
    taken out. ``weight_bytes`` is what its weights take as it answers, its adapter's among them,
    and ``weight_share`` what that is of ``whole_bytes``, those of ``whole``.
    """

    variant: str = ""
    whole: str = ""
    weights: str = "none"
    blocks: int | None = None
    blocks_removed: int = 0
    weight_bytes: Number | None = None
    whole_bytes: Number | None = None
    weight_share: Number | None = None
