"""LoRA by peft, on whole and on quantised weights.

Defaults follow what is known of LoRA: adapters on all linear layers, a rate some ten times that
of full fine-tuning, small batches (Schulman et al. 2025, Thinking Machines, "LoRA Without Regret").
"""

from __future__ import annotations

from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.tuning import TuningSpec
from workbench.models.tuned import TunedModel


def lora(spec: TuningSpec, model: Any) -> TunedModel:
    """Two thin matrices beside each linear layer (Hu et al. 2021)."""
    from peft import LoraConfig

    from workbench.models.tuned.injected import Injected

    shape = spec.lora
    modules = shape.target_modules
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=shape.r,
        lora_alpha=shape.alpha,
        lora_dropout=shape.dropout,
        target_modules=modules if isinstance(modules, str) else list(modules),
        use_dora=shape.use_dora,
        use_rslora=shape.use_rslora,
    )
    return Injected.fresh(model, config)


def qlora(spec: TuningSpec, model: Any) -> TunedModel:
    """LoRA on weights held in 4 or 8 bits (Dettmers et al. 2023, "QLoRA")."""
    if not getattr(model, "is_quantized", False):
        raise WorkbenchError(
            "QLoRA trains on quantised weights, and this model's are not.",
            "Set model.quantization: nf4, or take tuning.method: lora.",
        )
    return lora(spec, model)
