"""A key-value cache with room to grow: a step writes one column instead of copying them all.

transformers' dynamic layer concatenates, which copies the whole cache for every token; with
short answers to long prompts that is the larger part of a step on a CPU.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer

ROOM = 32  # columns that are free after each growth


class RoomyLayer(DynamicLayer):  # type: ignore[misc]
    """Keys and values (rows, heads, tokens, width) as views of larger buffers."""

    keys: Any
    values: Any

    def __init__(self) -> None:
        super().__init__()
        self._buffers: tuple[torch.Tensor, torch.Tensor] | None = None

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append new tokens; all keys and values so far."""
        old = self.get_seq_length()
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        new = old + key_states.shape[2]
        if self._buffers is None or self._buffers[0].shape[2] < new:
            self._buffers = (
                _grown(self.keys, key_states, old, new + ROOM),
                _grown(self.values, value_states, old, new + ROOM),
            )
        for buffer, states in zip(self._buffers, (key_states, value_states), strict=True):
            buffer[:, :, old:new] = states
        self.keys, self.values = (buffer[:, :, :new] for buffer in self._buffers)
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep these rows only, with their room."""
        if self._buffers is None:
            return
        length = self.get_seq_length()
        self._buffers = (self._buffers[0][indices], self._buffers[1][indices])
        self.keys, self.values = (buffer[:, :, :length] for buffer in self._buffers)


def with_room(cache: Any) -> Any:
    """An unused dynamic cache with roomy layers; any other cache is given back as it is."""
    plain = (
        type(cache) is DynamicCache
        and cache.layers
        and all(type(layer) is DynamicLayer and not layer.is_initialized for layer in cache.layers)
    )
    if plain:
        cache.layers = [RoomyLayer() for _ in cache.layers]
    return cache


def _grown(old: torch.Tensor, states: torch.Tensor, used: int, columns: int) -> torch.Tensor:
    buffer = states.new_empty((*states.shape[:2], columns, states.shape[3]))
    if used:
        buffer[:, :, :used] = old
    return buffer
