"""A model without some of its blocks, and what was tuned of the rest to heal that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.io.files import read_json, write_json
from workbench.models.tuned.protocol import TunedModel

FILE = "pruned.json"


class Pruned:
    """The tuned model ``inner`` of a base model whose blocks ``removed`` are passed over."""

    def __init__(self, blocks: Blocks, inner: TunedModel, facts: Mapping[str, Any]) -> None:
        self._blocks, self._inner, self._facts = blocks, inner, facts
        self.virtual, self.added = inner.virtual, inner.added

    @classmethod
    def around(
        cls, model: Any, facts: Mapping[str, Any], begin: Callable[[Any], TunedModel]
    ) -> Pruned:
        """What ``begin`` makes of the model without the blocks that ``facts`` name."""
        blocks = Blocks(model, facts["removed"])
        with blocks.out():
            return cls(blocks, begin(model), facts)

    def attach(self) -> None:
        self._blocks.remove()
        self._inner.attach()

    def detach(self) -> None:
        self._inner.detach()
        self._blocks.restore()

    def trained(self) -> Mapping[str, Any]:
        return self._inner.trained()

    def save(self, folder: Path) -> None:
        self._inner.save(folder)
        write_json(folder / FILE, dict(self._facts))


class Blocks:
    """Some blocks of a model, to be taken out of it and put back."""

    def __init__(self, model: Any, removed: Sequence[int]) -> None:
        self._config = model.config.get_text_config()
        _, self._list = blocks_of(model)
        self._whole = list(self._list)
        self._kinds = getattr(self._config, "layer_types", None)
        gone = set(removed)
        if not gone <= set(range(len(self._whole))):
            raise ValueError(f"the model has {len(self._whole)} blocks, and not those removed")
        self._left = [place for place in range(len(self._whole)) if place not in gone]

    @contextmanager
    def out(self) -> Iterator[None]:
        """The model without them while the block runs."""
        self.remove()
        try:
            yield
        finally:
            self.restore()

    def remove(self) -> None:
        self._set(self._left)

    def restore(self) -> None:
        self._set(range(len(self._whole)))

    def _set(self, places: Sequence[int]) -> None:
        """The model with the blocks of these places, numbered as if there had been no others.

        By its number a block finds its keys and values in the cache.
        """
        self._list._modules = {str(n): self._whole[place] for n, place in enumerate(places)}
        for number, place in enumerate(places):
            for module in self._whole[place].modules():
                if hasattr(module, "layer_idx"):
                    module.layer_idx = number
        if self._kinds:
            self._config.layer_types = [self._kinds[place] for place in places]
        self._config.num_hidden_layers = len(places)


def blocks_of(model: Any) -> tuple[str, Any]:
    """The list of the model's blocks and its name, by the number that the configuration tells."""
    from torch import nn

    depth = getattr(model.config.get_text_config(), "num_hidden_layers", None)
    for name, module in model.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == depth:
            return name, module
    kind = getattr(model.config, "model_type", "unknown")
    raise WorkbenchError(
        f"The blocks of this architecture ({kind}) are not to be found.",
        "Take a method that needs none of them, such as tuning.method: lora.",
    )


def read_facts(folder: str) -> dict[str, Any] | None:
    """Which blocks were removed, and what was measured; None where all are there."""
    path = Path(folder) / FILE
    return dict(read_json(path)) if path.is_file() else None
