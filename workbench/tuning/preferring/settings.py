"""What every training by TRL is told, and what is undone once it is over."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from datasets.utils import (
    are_progress_bars_disabled,
    disable_progress_bars,
    enable_progress_bars,
)

from workbench.experiment.preferences import PreferenceSpec
from workbench.experiment.tuning import TuningSpec
from workbench.models.batching import tokens_scored_at_once
from workbench.models.loading import bf16_is_native
from workbench.models.local import LocalModel
from workbench.tuning.arguments import common_arguments

CHATTY = ("PrinterCallback", "ProgressCallback", "RichProgressCallback")


def per_step(own: PreferenceSpec) -> int:
    """Pairs or answers to a step: of answers as many as make whole groups."""
    return own.samples * max(1, round(own.batch / own.samples)) if own.rewarded else own.batch


def common_settings(
    spec: TuningSpec, model: LocalModel, folder: Path, steps: int, seed: int, rate: float,
    batch: int, longest: int,
) -> dict[str, Any]:  # fmt: skip
    """What TrainingArguments take of every training by TRL."""
    device = model.model.device
    wanted = spec.precision
    narrow = wanted == "bfloat16" or (wanted == "auto" and bf16_is_native(device))
    at_once = rows_at_once(spec, model, batch, longest)
    return {
        **common_arguments(spec, device.type, folder, steps, seed, rate),
        "weight_decay": 0.0, "bf16": narrow,
        "per_device_train_batch_size": at_once, "gradient_accumulation_steps": batch // at_once,
        "gradient_checkpointing": bool(spec.gradient_checkpointing),
    }  # fmt: skip


def rows_at_once(spec: TuningSpec, model: LocalModel, batch: int, longest: int) -> int:
    """The most rows of a batch that one pass takes: a divisor of it, two at least where it can."""
    vocabulary = model.model.config.get_text_config().vocab_size
    room = spec.device_batch_tokens or tokens_scored_at_once(vocabulary)
    fitting = [n for n in range(1, batch + 1) if batch % n == 0 and 2 * n * longest <= room]
    least = min(n for n in range(1, batch + 1) if batch % n == 0 and (n > 1 or batch == 1))
    return max([*fitting, least])


def plain_tokenizer(model: LocalModel) -> Any:
    """A tokenizer for TRL, padding with what the model pads with; ours is left as it is."""
    tokenizer = copy.deepcopy(model.tokenizer)
    tokenizer.pad_token = tokenizer.convert_ids_to_tokens(model.pad_id)
    tokenizer.padding_side = "left"
    return tokenizer


@contextmanager
def as_it_was(model: LocalModel) -> Iterator[None]:
    """Undo at the end what TRL's trainers change of a model: its forward, its dropout, its pad.

    Nor does it show bars of its own meanwhile.
    """
    own = model.model
    # Text configurations may be parts of the whole: each is put back by itself.
    kept = [own, own.config, own.config.get_text_config(), own.generation_config]
    before = [dict(vars(each)) for each in kept]
    dropouts = [(m, m.p) for m in own.modules() if isinstance(m, torch.nn.Dropout)]
    bars = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        for each, values in zip(kept, before, strict=True):
            vars(each).clear()
            vars(each).update(values)
        for module, share in dropouts:
            module.p = share
        if not bars:
            enable_progress_bars()
