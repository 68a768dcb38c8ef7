"""A key-value cache with room to grow: a step writes one column instead of copying them all.

transformers' dynamic layer concatenates, which copies the whole cache for every token; with
short answers to long prompts that is the larger part of a step on a CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer

ROOM = 32  # columns that are free after each growth


class PreallocatedLayer(DynamicLayer):  # type: ignore[misc]
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

    @classmethod
    def joined(cls, parts: Sequence[DynamicLayer], width: int) -> PreallocatedLayer:
        """The rows of ``parts`` stacked, padded on the left to ``width`` with zeros."""
        rows = sum(part.keys.shape[0] for part in parts)
        layer = cls()
        layer.lazy_initialization(parts[0].keys, parts[0].values)
        keys = _stacked([part.keys for part in parts], rows, width)
        values = _stacked([part.values for part in parts], rows, width)
        layer._buffers = (keys, values)
        layer.keys, layer.values = keys[:, :, :width], values[:, :, :width]
        return layer

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep these rows only, with their room."""
        if self._buffers is None:
            return
        length = self.get_seq_length()
        self._buffers = (self._buffers[0][indices], self._buffers[1][indices])
        self.keys, self.values = (buffer[:, :, :length] for buffer in self._buffers)


def with_room(cache: Any) -> Any:
    """An unused dynamic cache with preallocated layers; any other cache is returned as it is."""
    plain = (
        # Exact types: sliding-window layers are subclasses, and those drop old tokens.
        type(cache) is DynamicCache
        and cache.layers
        and all(type(layer) is DynamicLayer and not layer.is_initialized for layer in cache.layers)
    )
    if plain:
        cache.layers = [PreallocatedLayer() for _ in cache.layers]
    return cache


def is_roomy(cache: Any) -> bool:
    """Whether every layer of this cache can be joined with those of another."""
    layers = getattr(cache, "layers", None) or []
    return bool(layers) and all(type(layer) is PreallocatedLayer for layer in layers)


def join(caches: Sequence[Any], width: int) -> Any:
    """One cache with the rows of all ``caches``, each padded on the left to ``width`` tokens.

    The caches are emptied layer by layer, so at most one layer is in memory twice.
    """
    joined = DynamicCache()
    joined.layers = []
    while caches[0].layers:
        parts = [cache.layers.pop(0) for cache in caches]
        joined.layers.append(PreallocatedLayer.joined(parts, width))
    return joined


def _grown(old: torch.Tensor, states: torch.Tensor, used: int, columns: int) -> torch.Tensor:
    buffer = states.new_empty((*states.shape[:2], columns, states.shape[3]))
    if used:
        buffer[:, :, :used] = old
    return buffer


def _stacked(parts: Sequence[torch.Tensor], rows: int, width: int) -> torch.Tensor:
    """One buffer of ``width`` columns and room; masked padding must be finite, so it is zero."""
    _, heads, _, depth = parts[0].shape
    buffer = parts[0].new_zeros((rows, heads, width + ROOM, depth))
    start = 0
    for part in parts:
        buffer[start : start + len(part), :, width - part.shape[2] : width] = part
        start += len(part)
    return buffer
