"""Layers that peft puts in the place of a model's own (LoRA, IA3 and their kin)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.io.files import read_json, write_json
from workbench.models.tuned.folder import CONFIG

NAME = "default"


class Injected:
    """Tuned layers and the model's own, exchanged for one another; weights are shared.

    Each set of layers stands alone, so that kinds which peft cannot mix in one model live side by
    side, and the base model runs without a trace of any.
    """

    virtual = 0
    added = None

    def __init__(self, model: Any, inject: Callable[[], Any]) -> None:
        before = [(m, name, own) for m in model.modules() for name, own in m._modules.items()]
        frozen = [(p, p.requires_grad) for p in model.parameters()]
        # Marked by peft on its first visit; on a second it would take the model for tuned already.
        vars(model).pop("peft_config", None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            # Of how to merge into weights that torchao holds, which is refused here.
            warnings.filterwarnings("ignore", message="TorchaoLoraLinear was instantiated")
            self._wrapped = inject()
        vars(model).pop("peft_config", None)
        self._trained = {n: p for n, p in self._wrapped.named_parameters() if p.requires_grad}
        self._exchanged = [
            (parent, name, own, parent._modules[name])
            for parent, name, own in before
            if parent._modules.get(name) is not own
        ]
        for parameter, grad in frozen:
            parameter.requires_grad_(grad)
        self._wrapped.eval()
        self.detach()

    @classmethod
    def fresh(cls, model: Any, config: Any) -> Injected:
        """Untrained layers of a peft configuration."""
        from peft import get_peft_model

        return cls(model, lambda: get_peft_model(model, config, adapter_name=NAME))

    @classmethod
    def opened(cls, model: Any, folder: str) -> Injected:
        """The layers that lie in a folder."""
        from peft import PeftModel

        return cls(model, lambda: PeftModel.from_pretrained(model, folder, adapter_name=NAME))

    @classmethod
    def continued(cls, model: Any, folder: str) -> Injected:
        """The layers that lie in a folder, to be trained further."""
        from peft import PeftModel

        def inject() -> Any:
            return PeftModel.from_pretrained(model, folder, adapter_name=NAME, is_trainable=True)

        return cls(model, inject)

    @property
    def peft(self) -> Any:
        """Model and layers as peft's own model: whole while these are attached."""
        return self._wrapped

    def attach(self) -> None:
        for parent, name, _, layer in self._exchanged:
            parent._modules[name] = layer

    def detach(self) -> None:
        for parent, name, own, _ in self._exchanged:
            parent._modules[name] = own

    def trained(self) -> Mapping[str, Any]:
        return self._trained

    def save(self, folder: Path) -> None:
        # False, since by default peft may ask the hub for the vocabulary's size.
        self._wrapped.save_pretrained(folder, selected_adapters=[NAME], save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)
        write_json(folder / CONFIG, read_json(folder / CONFIG))
