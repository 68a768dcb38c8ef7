"""Prefix tuning: learned keys and values that every layer's attention finds before the prompt.

Li and Liang 2021, "Prefix-Tuning: Optimizing Continuous Prompts for Generation". In peft's layout:
for each virtual token the keys and values of all layers, as they lie in the cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from transformers.cache_utils import DynamicCache

from workbench.models.tuned.virtual import VirtualTokens, laid, starts_of


class Prefix(VirtualTokens):
    """Keys and values that take the place of those of the first ids of each row.

    They are written into the cache as a layer hands it its own, after positions were turned in.
    """

    def __init__(self, model: Any, added: nn.Module, config: Mapping[str, Any]) -> None:
        super().__init__(model, added, config)
        self._layers, self._heads = int(config["num_layers"]), int(config["num_attention_heads"])
        self._cache: Any = None

    def check(self, values: torch.Tensor) -> None:
        layers, _, heads, _, width = read_states(self._model, torch.zeros(1, 1).long()).shape
        if values.shape != (self.virtual, layers * 2 * heads * width):
            raise ValueError(f"a prefix of shape {tuple(values.shape)} for {layers} layers")

    def attach(self) -> None:
        self._hooks = [
            self._model.register_forward_pre_hook(self._before, with_kwargs=True),
            self._model.register_forward_hook(self._after),
        ]

    def _before(self, _: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        starts = starts_of(args, kwargs)
        if starts is None:
            return None
        cache = kwargs.get("past_key_values")
        cache = DynamicCache(config=self._model.config) if cache is None else cache
        own, update = self._by_layer(), cache.update

        def prefixed(keys: Any, values: Any, layer: int, *rest: Any, **more: Any) -> Any:
            if layer < len(own):
                keys, values = (
                    laid(keys, own[layer][0], starts),
                    laid(values, own[layer][1], starts),
                )
            return update(keys, values, layer, *rest, **more)

        self._cache, cache.update = cache, prefixed
        return args, {**kwargs, "past_key_values": cache}

    def _after(self, _: Any, __: Any, ___: Any) -> None:
        if self._cache is not None:
            del self._cache.update
            self._cache = None

    def _by_layer(self) -> torch.Tensor:
        """(layers, 2, heads, tokens, width)."""
        flat = self.values.view(self.virtual, self._layers, 2, self._heads, -1)
        return flat.permute(1, 2, 3, 0, 4)


@torch.no_grad()
def read_states(model: Any, ids: torch.Tensor) -> torch.Tensor:
    """What the layers keep of ids (1, tokens): (layers, 2, heads, tokens, width).

    Raises ValueError for a model that keeps something else than keys and values.
    """
    device = model.get_input_embeddings().weight.device
    ids = ids.to(device)
    output = model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=True)
    cache = getattr(output, "past_key_values", None)
    depth = getattr(model.config.get_text_config(), "num_hidden_layers", 0)
    # The embedded reader keeps one more layer, of what may be copied.
    layers = list(getattr(cache, "layers", None) or [])[:depth]
    states = [[getattr(at, "keys", None), getattr(at, "values", None)] for at in layers]
    tensors = [state for pair in states for state in pair if torch.is_tensor(state)]
    shapes = {tuple(tensor.shape) for tensor in tensors}
    if len(tensors) != 2 * depth or len(shapes) != 1 or len(next(iter(shapes))) != 4:
        raise ValueError("its layers do not all keep keys and values of one shape")
    flat = torch.stack([tensor[0].float().to(device) for tensor in tensors])
    return flat.view(depth, 2, *flat.shape[1:])
