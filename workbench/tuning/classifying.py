"""How an encoder learns labels: its methods, and the loss that Trainer takes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from workbench.experiment.tuning import TuningSpec
from workbench.models.encoder import head_of
from workbench.models.tuned import TunedModel
from workbench.models.tuned.injected import Injected
from workbench.tuning.batches import Item
from workbench.tuning.methods.unfrozen import full
from workbench.tuning.planned import IGNORED, WEIGHTS, PlannedTrainer


def all_weights(spec: TuningSpec, model: Any) -> TunedModel:
    """Every weight of the encoder, and a fresh head."""
    _begin_head(model)
    return full(spec, model)


def lora(spec: TuningSpec, model: Any) -> Injected:
    """LoRA in the encoder's linear layers; the head is trained as it is, and saved beside it."""
    from peft import LoraConfig

    _begin_head(model)
    shape = spec.lora
    modules = shape.target_modules
    config = LoraConfig(
        task_type="SEQ_CLS", r=shape.r, lora_alpha=shape.alpha, lora_dropout=shape.dropout,
        target_modules=modules if isinstance(modules, str) else list(modules),
        use_dora=shape.use_dora, use_rslora=shape.use_rslora, modules_to_save=[head_of(model)],
    )  # fmt: skip
    return Injected.fresh(model, config)


#: What an encoder can be tuned by.
LABEL_METHODS: dict[str, Callable[[TuningSpec, Any], TunedModel]] = {
    "full": all_weights,
    "lora": lora,
}


def _begin_head(model: Any) -> None:
    """Weights of the head as the training's seed draws them: the luck of training is theirs too."""
    for module in getattr(model, head_of(model)).modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()


class LabelTrainer(PlannedTrainer):
    """The last id of an item is the place of its label, all before it what is read."""

    def laid_out(self, items: Sequence[Item], spare: Sequence[bool]) -> dict[str, torch.Tensor]:
        read = [Item(item.ids[:-1], len(item.ids) - 1, item.weight) for item in items]
        result = super().laid_out(read, [True] * len(items))
        wanted = [IGNORED if idle else item.ids[-1]
                  for item, idle in zip(items, spare, strict=True)]  # fmt: skip
        return {**result, "labels": torch.tensor(wanted)[:, None]}

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:  # fmt: skip
        """Cross-entropy over the labels, by the whole batch's rows."""
        labels, weights = inputs.pop("labels")[:, 0], inputs.pop(WEIGHTS, None)
        output = model(**inputs)
        how = "sum" if weights is None else "none"
        total = cross_entropy(output.logits.float(), labels, reduction=how, ignore_index=IGNORED)
        if weights is not None:
            total = (total * weights[:, 0]).sum()
        rows = (labels != IGNORED).sum() if num_items_in_batch is None else num_items_in_batch
        loss = total / rows
        return (loss, output) if return_outputs else loss
