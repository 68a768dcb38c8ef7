"""The adapter as peft reads it, with the name of the model that it belongs to."""

from __future__ import annotations

import shutil
from pathlib import Path

from workbench.export.chosen import Chosen
from workbench.io.files import read_json, write_json
from workbench.models.tuned import CONFIG, WEIGHTS


def peft(chosen: Chosen, folder: Path) -> list[str]:
    """Write the two files of the adapter; weights stay as they were trained."""
    source = chosen.adapter
    assert source is not None, "the refusals let only tuned variants through"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / WEIGHTS, folder / WEIGHTS)
    # While it was trained, peft noted where the weights lay on that machine.
    config = read_json(source / CONFIG) | {"base_model_name_or_path": chosen.reference.name}
    write_json(folder / CONFIG, config)
    if chosen.reference.quantization == "none":
        return []
    return [
        f"It was trained on weights held in {chosen.reference.quantization}: load the base in the "
        "same way, or it answers otherwise than in the exam."
    ]
