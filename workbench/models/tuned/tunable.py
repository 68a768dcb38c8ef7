"""A model with what tuning adds to it as one torch module, which is what a training loop wants."""

from __future__ import annotations

from typing import Any

from torch import nn


class Tunable(nn.Module):
    """Runs the model; its parameters are the model's and the added ones, all else the model's."""

    # Trainer refuses a quantised model unless it is told that something beside it is trained.
    _hf_peft_config_loaded = True

    def __init__(self, model: Any, added: nn.Module | None) -> None:
        super().__init__()
        self.network, self.added = model, added

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.network(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("network"), name)
