"""Whole weights with the tuning worked into them, as transformers reads them."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.export.chosen import Chosen

#: Precisions that a checkpoint is kept in; 8 bits and less are no weights to merge into.
KEPT = ("float32", "bfloat16", "float16")


def merged(chosen: Chosen, folder: Path) -> list[str]:
    """Write weights, configuration and tokenizer; says what was rounded.

    The sum is done in float32, whatever the variant answered in: in 16 bits small changes to large
    weights would be lost one by one.
    """
    import torch

    from workbench.models.loading import load_weights

    plain = replace(
        chosen.reference, device="cpu", precision="float32", adapter=None, quantization="none",
        served_by=None,
    )  # fmt: skip
    model, tokenizer = load_weights(plain)
    if chosen.adapter is not None:
        model = merge(model, chosen.adapter)
    width = precision_of(chosen)
    model = model.to(getattr(torch, width))
    # What quantised file the weights were unpacked from is no longer so.
    if getattr(model.config, "quantization_config", None) is not None:
        del model.config.quantization_config
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return [f"The weights are merged in float32 and written in {width}."]


def merge(model: Any, adapter: Path) -> Any:
    """The model with what lies in the folder worked into its own weights."""
    from workbench.models.tuned import check_adapter, open_tuned
    from workbench.models.tuned.pruned import Blocks, read_facts

    if check_adapter(str(adapter)).get("peft_type") == "WEIGHTS":
        open_tuned(model, str(adapter)).attach()
        return model
    from peft import PeftModel

    pruned = read_facts(str(adapter))
    if pruned is not None:
        Blocks(model, pruned["removed"]).remove()
    with warnings.catch_warnings():
        # peft looks at every attribute of the model, those that transformers gives up included.
        warnings.simplefilter("ignore", FutureWarning)
        return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload(safe_merge=True)


def precision_of(chosen: Chosen) -> str:
    """The precision to write: the one that the experiment names, else the base checkpoint's own."""
    named = chosen.reference.precision
    if named in KEPT:
        return named
    declared = str(getattr(chosen.surface[0], "dtype", None)).removeprefix("torch.")
    return declared if declared in KEPT else "float32"
