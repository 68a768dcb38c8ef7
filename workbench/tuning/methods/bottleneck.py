"""Bottleneck adapters behind the modules of each block."""

from __future__ import annotations

from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.tuning import TuningSpec
from workbench.models.tuned import TunedModel
from workbench.models.tuned.pruned import blocks_of

#: What transformers calls the modules whose output is added to a block's stream, and the embedded
#: reader the last layer of each.
MLPS = ("mlp", "feed_forward", "ffn", "block_sparse_moe", "fc2", "down")
ATTENTIONS = ("self_attn", "attn", "attention", "self_attention", "out")


def bottleneck(spec: TuningSpec, model: Any) -> TunedModel:
    """Small networks behind the feed-forward of each block, or it and the attention."""
    from workbench.models.tuned.bottleneck import Bottlenecks, width_of

    path, blocks = blocks_of(model)
    wanted = [MLPS] if spec.bottleneck.after == "mlp" else [ATTENTIONS, MLPS]
    places = [
        f"{path}.{number}.{_named(block, names, model)}"
        for number, block in enumerate(blocks)
        for names in wanted
    ]
    return Bottlenecks(model, places, width_of(model), spec.bottleneck.size)


def _named(block: Any, names: tuple[str, ...], model: Any) -> str:
    children = dict(block.named_children())
    found = next((name for name in names if name in children), None)
    if found is None:
        kind = getattr(model.config, "model_type", "unknown")
        raise WorkbenchError(
            f"A block of this architecture ({kind}) has no part named {', '.join(names)} for a "
            "bottleneck to stand behind.",
            "Take tuning.method: lora, which finds linear layers of any name.",
        )
    return found
