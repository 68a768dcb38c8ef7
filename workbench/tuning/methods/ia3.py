"""IA3 by peft: each output of some layers times a learned factor, one at first."""

from __future__ import annotations

from typing import Any

from workbench.experiment.tuning import TuningSpec
from workbench.models.tuned import TunedModel


def ia3(spec: TuningSpec, model: Any) -> TunedModel:
    """Factors on keys, values and the feed-forward, or on all linear layers (Liu et al. 2022)."""
    from peft import IA3Config
    from peft.utils.constants import TRANSFORMERS_MODELS_TO_IA3_TARGET_MODULES_MAPPING as KNOWN

    from workbench.models.tuned.injected import Injected

    wanted, scaled = spec.ia3.target_modules, spec.ia3.feedforward_modules
    # Of an architecture that it knows, peft also knows which modules are the feed-forward.
    if wanted is None and model.config.model_type not in KNOWN:
        wanted, scaled = "all-linear", scaled or ()
    config = IA3Config(
        task_type="CAUSAL_LM",
        target_modules=wanted if wanted is None or isinstance(wanted, str) else list(wanted),
        feedforward_modules=None if scaled is None else list(scaled),
    )
    return Injected.fresh(model, config)
