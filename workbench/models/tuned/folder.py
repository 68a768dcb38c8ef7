"""The two files of a tuned model, in the layout of peft: a configuration, and safetensors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def check_adapter(folder: str) -> dict[str, Any]:
    """The configuration in the folder; WorkbenchError unless a tuned model lies there."""
    config = Path(folder) / CONFIG
    if not config.is_file():
        raise WorkbenchError(
            f"There is no adapter in {folder!r}: adapter_config.json is missing.",
            "Name the folder that tuning wrote (…/adapter).",
        )
    if not (config.parent / WEIGHTS).is_file():
        raise WorkbenchError(
            f"The adapter in {folder!r} has no adapter_model.safetensors.",
            "Weights in pickle files (adapter_model.bin) are not read: save them as safetensors.",
        )
    try:
        facts = json.loads(config.read_text(encoding="utf-8"))
    except ValueError as error:
        raise WorkbenchError(
            f"The adapter's {config} is not valid JSON.", "Tune again, or restore the file."
        ) from error
    return facts if isinstance(facts, dict) else {}


def write_adapter(folder: Path, config: Mapping[str, Any], weights: Mapping[str, Any]) -> None:
    """Write both files; ``weights`` are torch tensors by name."""
    from safetensors.torch import save_file

    own = {name: value.detach().cpu().contiguous() for name, value in weights.items()}
    save_file(own, folder / WEIGHTS, metadata={"format": "pt"})
    text = json.dumps(dict(config), indent=2, sort_keys=True)
    (folder / CONFIG).write_text(text, encoding="utf-8")


def read_weights(folder: str) -> dict[str, Any]:
    """The tensors by name, on the CPU."""
    from safetensors.torch import load_file

    return dict(load_file(Path(folder) / WEIGHTS))
