"""Virtual tokens: learned embeddings in front of every prompt (prompt tuning, P-tuning).

Lester et al. 2021, "The Power of Scale for Parameter-Efficient Prompt Tuning"; Liu et al. 2021,
"GPT Understands, Too". The files are peft's, and what they compute is what peft computes. peft's
own model is not used: it answers through ``generate`` alone, where ours reads batches in pieces and
drops the rows that ended. Here the virtual tokens are ordinary columns of a row, behind its
padding, so that masks, positions and caches need to know nothing of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch
from torch import nn

from workbench.models.tuned.folder import read_weights, write_adapter

SAVED = "prompt_embeddings"  # peft's name for what is left of an encoder once it is trained


class VirtualTokens:
    """Embeddings (tokens, width) that take the place of the first ids of each row.

    ``added`` maps the tokens' numbers to their values: peft's encoder while it is trained,
    afterwards a table.
    """

    def __init__(self, model: Any, added: nn.Module, config: Mapping[str, Any]) -> None:
        self._model, self._config = model, dict(config)
        self.virtual = int(config["num_virtual_tokens"])
        self.added = added.to(self._embedding.weight.device)
        self._starts: torch.Tensor | None = None
        self._hooks: list[Any] = []

    @classmethod
    def opened(cls, model: Any, folder: str, config: Mapping[str, Any]) -> Self:
        values = read_weights(folder)[SAVED]
        own = cls(model, _table(values), config)
        own.check(values)
        return own

    def check(self, values: torch.Tensor) -> None:
        """Raise ValueError where values (tokens, width) do not fit the model's embedding."""
        wide = self._embedding.weight.shape[1]
        if values.shape != (self.virtual, wide):
            raise ValueError(
                f"virtual tokens of shape {tuple(values.shape)} in a model of width {wide}"
            )

    @property
    def _embedding(self) -> Any:
        return self._model.get_input_embeddings()

    @property
    def values(self) -> torch.Tensor:
        """What was learned, a row for each virtual token."""
        table = next(self.added.parameters())
        # A batch of one: peft's recurrent encoder reads nothing else.
        result: torch.Tensor = self.added(torch.arange(self.virtual, device=table.device)[None])[0]
        return result

    def attach(self) -> None:
        self._hooks = [
            self._model.register_forward_pre_hook(self._before, with_kwargs=True),
            self._embedding.register_forward_hook(self._embedded),
        ]

    def detach(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def trained(self) -> Mapping[str, Any]:
        return dict(self.added.named_parameters())

    def save(self, folder: Path) -> None:
        with torch.no_grad():
            write_adapter(folder, self._config | {"inference_mode": True}, {SAVED: self.values})

    def _before(self, _: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        self._starts = starts_of(args, kwargs)
        return None

    def _embedded(self, _: Any, __: Any, output: torch.Tensor) -> torch.Tensor:
        if self._starts is None:
            return output
        starts, self._starts = self._starts, None
        return laid(output[:, None], self.values[None], starts)[:, 0]


def _table(values: torch.Tensor) -> nn.Embedding:
    table = nn.Embedding(len(values), values.shape[1])
    table.weight = nn.Parameter(values, requires_grad=False)
    return table


def starts_of(args: Any, kwargs: Mapping[str, Any]) -> torch.Tensor | None:
    """The column in which each row begins; None where the row's beginning was read before."""
    ids = args[0] if args else kwargs["input_ids"]
    mask = kwargs.get("attention_mask")
    if mask is None:
        return ids.new_zeros(len(ids)) if kwargs.get("past_key_values") is None else None
    # The mask is of all that was read, the ids are what is new.
    return mask.int().argmax(dim=1) if mask.shape[1] == ids.shape[1] else None


def laid(states: torch.Tensor, values: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
    """States (rows, heads, columns, width) with values (heads, tokens, width) from each start."""
    rows, heads, _, width = states.shape
    tokens = values.shape[1]
    columns = starts[:, None] + torch.arange(tokens, device=starts.device)
    places = columns.to(states.device)[:, None, :, None].expand(rows, heads, tokens, width)
    own = values.to(states.device, states.dtype)[None].expand(rows, heads, tokens, width)
    return states.scatter(2, places, own)
