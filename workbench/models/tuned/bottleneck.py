"""Bottleneck adapters: small feed-forward networks behind a block's attention and feed-forward.

Houlsby et al. 2019, "Parameter-Efficient Transfer Learning for NLP"; behind the feed-forward alone:
Pfeiffer et al. 2021, "AdapterFusion". peft has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from workbench.models.tuned.folder import read_weights, write_adapter

KIND = "BOTTLENECK"


class Bottleneck(nn.Module):
    """x + up(gelu(down(x))) on the last dimension; as it begins, it changes nothing."""

    def __init__(self, width: int, size: int) -> None:
        super().__init__()
        self.down, self.up = nn.Linear(width, size), nn.Linear(size, width)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        own = self.down.weight.dtype
        change: torch.Tensor = self.up(nn.functional.gelu(self.down(x.to(own))))
        return x + change.to(x.dtype)


class Bottlenecks:
    """One bottleneck behind each of some modules of the model, which are named in ``places``."""

    virtual = 0

    def __init__(self, model: Any, places: Sequence[str], width: int, size: int) -> None:
        self._places, self._width, self._size = tuple(places), width, size
        # Raises AttributeError for a place that the model has not.
        self._modules = [model.get_submodule(place) for place in places]
        self.added = nn.ModuleList(Bottleneck(width, size) for _ in places)
        for module, one in zip(self._modules, self.added, strict=True):
            weight = next(module.parameters())
            one.to(weight.device)
        self._hooks: list[Any] = []

    @classmethod
    def opened(cls, model: Any, folder: str, config: Mapping[str, Any]) -> Bottlenecks:
        if width_of(model) != config["width"]:
            raise ValueError(f"bottlenecks of width {config['width']} for {width_of(model)}")
        try:
            own = cls(model, config["places"], config["width"], config["size"])
        except AttributeError as error:
            raise ValueError(str(error)) from error
        own.added.load_state_dict(read_weights(folder))
        own.added.eval()
        return own

    def attach(self) -> None:
        self._hooks = [
            module.register_forward_hook(_through(one))
            for module, one in zip(self._modules, self.added, strict=True)
        ]

    def detach(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def trained(self) -> Mapping[str, Any]:
        return dict(self.added.named_parameters())

    def save(self, folder: Path) -> None:
        config = {
            "peft_type": KIND, "places": list(self._places), "width": self._width,
            "size": self._size,
        }  # fmt: skip
        write_adapter(folder, config, self.added.state_dict())


def width_of(model: Any) -> int:
    """The width of the stream that a block's parts add to."""
    return int(model.config.get_text_config().hidden_size)


def _through(one: nn.Module) -> Any:
    """A hook that sends a module's output through a bottleneck; of several outputs the first."""

    def hook(_: Any, __: Any, output: Any) -> Any:
        if isinstance(output, tuple):
            return (one(output[0]), *output[1:])
        return one(output)

    return hook
