"""The methods of tuning: what each adds to a base model, or frees of it, before a loop trains it.

A method is a function ``(spec, model) -> TunedModel`` over the bare transformers model, and says in
a WorkbenchError what it cannot do. Nothing heavy is imported before one is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.experiment.tuning import TuningSpec
from workbench.models.tuned import TunedModel
from workbench.tuning.methods.bottleneck import bottleneck
from workbench.tuning.methods.ia3 import ia3
from workbench.tuning.methods.lora import lora, qlora
from workbench.tuning.methods.unfrozen import bitfit, full, layers
from workbench.tuning.methods.virtual import p_tuning, prefix, prompt

__all__ = ["METHODS"]

METHODS: dict[str, Callable[[TuningSpec, Any], TunedModel]] = {
    "lora": lora,
    "qlora": qlora,
    "ia3": ia3,
    "bottleneck": bottleneck,
    "prefix": prefix,
    "prompt": prompt,
    "p_tuning": p_tuning,
    "bitfit": bitfit,
    "layers": layers,
    "full": full,
}
