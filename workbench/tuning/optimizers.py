"""The optimisers and schedules, by transformers' own names."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from workbench.errors import WorkbenchError

#: What TrainingArguments take; plain Adam, which transformers does not name, is handed in whole.
OPTIMIZERS: dict[str, dict[str, str]] = {
    "adamw": {"optim": "adamw_torch"},
    "adam": {"optim": "adamw_torch"},
    "sgd": {"optim": "sgd", "optim_args": "momentum=0.9"},
    "rmsprop": {"optim": "rmsprop"},
    "adafactor": {"optim": "adafactor"},
    "adamw_8bit": {"optim": "adamw_bnb_8bit"},
}
SCHEDULES = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}


def check_optimizer(name: str) -> None:
    """Raise WorkbenchError where an optimiser's package is missing."""
    if name == "adamw_8bit" and find_spec("bitsandbytes") is None:
        raise WorkbenchError(
            "tuning.optimizer: adamw_8bit needs the package bitsandbytes.",
            "pip install bitsandbytes, or take tuning.optimizer: adamw (or adafactor, which keeps "
            "less than Adam).",
        )


def handed_in(name: str, rate: float) -> tuple[type[Any], dict[str, Any]] | None:
    """Class and arguments of an optimiser that transformers does not name."""
    import torch

    return (torch.optim.Adam, {"lr": rate, "eps": 1e-8}) if name == "adam" else None
