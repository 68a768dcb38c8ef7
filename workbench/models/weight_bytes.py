"""How many bytes a model's weights take, in whatever form they are held."""

from __future__ import annotations

from itertools import chain
from typing import Any


def weight_bytes(model: Any) -> int:
    """Of all parameters and buffers, each counted once."""
    held = {id(value): value for value in chain(model.parameters(), model.buffers())}
    return sum(map(_bytes, held.values()))


def _bytes(tensor: Any) -> int:
    """Of one tensor: torchao makes a narrow one of several, and bitsandbytes keeps scales."""
    if hasattr(tensor, "__tensor_flatten__"):
        names, _ = tensor.__tensor_flatten__()
        return sum(_bytes(getattr(tensor, name)) for name in names)
    state = getattr(tensor, "quant_state", None)
    scales = 0 if state is None else int(getattr(state.absmax, "nbytes", 0))
    return int(tensor.nbytes) + scales
