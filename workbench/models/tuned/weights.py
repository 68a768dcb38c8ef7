"""Weights of the model's own that were trained further: all of them, some blocks, the biases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from workbench.models.tuned.folder import read_weights, write_adapter

KIND = "WEIGHTS"


class ChangedWeights:
    """Some parameters with other values; the base model's own wait while these are attached."""

    virtual = 0
    added = None

    def __init__(self, model: Any, values: Mapping[str, Any]) -> None:
        """``values`` by parameter name; ValueError where one is not the model's."""
        # Tied weights have one name here, and change together.
        named = dict(model.named_parameters())
        for name, value in values.items():
            if name not in named or named[name].shape != value.shape:
                raise ValueError(f"the model has no weight {name} of shape {tuple(value.shape)}")
        self._trained = {name: named[name] for name in values}
        self._own = {
            name: value.to(named[name].device, copy=True) for name, value in values.items()
        }
        self._base: dict[str, Any] = {}
        self._beside: list[tuple[Any, Any, Any]] = []

    @classmethod
    def fresh(cls, model: Any, names: Iterable[str]) -> ChangedWeights:
        """Copies to be trained: in float32, since small steps vanish in 16 bits."""
        named = dict(model.named_parameters())
        own = cls(model, {name: named[name].detach().float() for name in names})
        own._widen(model)
        return own

    def _widen(self, model: Any) -> None:
        """Float32 for what shares a module with these: no layer takes weights of two widths."""
        ours = {id(parameter) for parameter in self._trained.values()}
        for module in model.modules():
            direct = list(module.parameters(recurse=False))
            if ours.isdisjoint(map(id, direct)):
                continue
            self._beside += [
                (p, p.data, p.data.float())
                for p in direct
                if id(p) not in ours and p.dtype != torch.float32
            ]

    @classmethod
    def opened(cls, model: Any, folder: str, config: Mapping[str, Any]) -> ChangedWeights:
        return cls(model, read_weights(folder))

    def attach(self) -> None:
        for name, parameter in self._trained.items():
            self._base[name] = parameter.data
            parameter.data = self._own[name]
        for parameter, _, wide in self._beside:
            parameter.data = wide

    def detach(self) -> None:
        for name, value in self._base.items():
            parameter = self._trained[name]
            # Kept as they are now: what trains in several processes may have moved them.
            self._own[name] = parameter.data
            # A training's last gradients are as large as the weights.
            parameter.data, parameter.grad = value, None
        for parameter, narrow, _ in self._beside:
            parameter.data = narrow
        self._base = {}

    def trained(self) -> Mapping[str, Any]:
        return self._trained

    def save(self, folder: Path) -> None:
        # As wide as the base model's, which is what they will run among.
        narrow = {name: p.data.to(self._base[name].dtype) for name, p in self._trained.items()}
        write_adapter(folder, {"peft_type": KIND}, narrow)
