"""Weights of the model's own, trained as they are: all, the last blocks, the biases."""

from __future__ import annotations

from typing import Any

from workbench import wording
from workbench.errors import WorkbenchError
from workbench.experiment.tuning import TuningSpec
from workbench.models.tuned import TunedModel
from workbench.models.tuned.pruned import blocks_of


def full(spec: TuningSpec, model: Any) -> TunedModel:
    """Every weight."""
    return _unfrozen(spec, model, [name for name, _ in model.named_parameters()])


def layers(spec: TuningSpec, model: Any) -> TunedModel:
    """The last blocks; embeddings, earlier blocks and what reads the result stay as they are."""
    path, blocks = blocks_of(model)
    count = spec.layers.last
    if count > len(blocks):
        raise WorkbenchError(
            f"tuning.layers.last is {count}, and the model has {len(blocks)} blocks.",
            "Lower it, or train all weights by tuning.method: full.",
        )
    chosen = tuple(f"{path}.{place}." for place in range(len(blocks) - count, len(blocks)))
    return _unfrozen(
        spec, model, [name for name, _ in model.named_parameters() if name.startswith(chosen)]
    )


def bitfit(spec: TuningSpec, model: Any) -> TunedModel:
    """The biases (Zaken et al. 2022, "BitFit")."""
    names = [name for name, _ in model.named_parameters() if name.endswith("bias")]
    if not names:
        kind = getattr(model.config, "model_type", "unknown")
        raise WorkbenchError(
            f"BitFit trains biases, and the model's architecture ({kind}) has none.",
            "Take tuning.method: ia3, which trains as little, or lora.",
        )
    return _unfrozen(spec, model, names)


def _unfrozen(spec: TuningSpec, model: Any, names: list[str]) -> TunedModel:
    from workbench.models.tuned.weights import ChangedWeights

    if getattr(model, "is_quantized", False):
        raise WorkbenchError(
            f"{wording.method_label(spec.method)} trains the model's own weights, and quantised "
            "ones cannot be trained.",
            "Take tuning.method: qlora, or leave model.quantization out.",
        )
    return ChangedWeights.fresh(model, names)
