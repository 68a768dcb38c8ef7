"""One set of weights, many adapters: whoever answers sees exactly the adapter it asked for."""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError


class SharedWeights:
    """A transformers model, its tokenizer, and the LoRA adapters loaded beside its weights.

    There is one copy of the weights for any number of adapters. A lock keeps other threads from
    switching adapters while one answers.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self._tuned: Any = None
        self._names: dict[str, str] = {}
        self._lock = threading.RLock()

    def load(self, folder: str) -> None:
        """Load the adapter in ``folder`` unless it is loaded already."""
        with self._lock:
            if folder in self._names:
                return
            check_adapter(folder)
            name = f"adapter_{len(self._names)}"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)
                self._add(folder, name)
            self._names[folder] = name
            self._tuned.eval()

    def _add(self, folder: str, name: str) -> None:
        from peft import PeftModel

        try:
            if self._tuned is None:
                self._tuned = PeftModel.from_pretrained(self.model, folder, adapter_name=name)
            else:
                self._tuned.load_adapter(folder, adapter_name=name)
        except (RuntimeError, ValueError, KeyError) as error:
            raise WorkbenchError(
                f"The adapter {folder!r} does not fit this model: "
                f"{str(error).splitlines()[0][:200]}",
                "Use it with the model it was tuned on.",
            ) from error

    @contextmanager
    def using(self, folder: str | None) -> Iterator[Any]:
        """The model with the adapter of ``folder`` (None: the base model) while the block runs."""
        with self._lock:
            if self._tuned is None:
                yield self.model
            elif folder is None:
                # peft puts its layers into the base model itself, so self.model runs them too.
                self._tuned.base_model.disable_adapter_layers()
                try:
                    yield self.model
                finally:
                    self._tuned.base_model.enable_adapter_layers()
            else:
                self._tuned.set_adapter(self._names[folder])
                yield self.model

    @contextmanager
    def training(self, config: Any) -> Iterator[Any]:
        """A fresh adapter to train, as a peft model; removed when the block ends.

        The base weights do not change: only the adapter's parameters take gradients.
        """
        from peft import get_peft_model

        name = "default"
        with self._lock:
            # peft freezes the base weights for the first adapter, and unload() leaves them frozen.
            wanted = [p.requires_grad for p in self.model.parameters()]
            fresh = self._tuned is None
            try:
                if fresh:
                    tuned = get_peft_model(self.model, config, adapter_name=name)
                else:
                    tuned = self._tuned
                    tuned.add_adapter(name, config)
                    tuned.set_adapter(name)
            except (ValueError, RuntimeError, KeyError, TypeError) as error:
                kind = getattr(self.model.config, "model_type", "unknown")
                raise WorkbenchError(
                    f"The model's architecture ({kind}) cannot be tuned with these settings: "
                    f"{str(error).splitlines()[0][:200]}",
                    "Name other tuning.lora.target_modules, or leave the tuned variants out.",
                ) from error
            try:
                tuned.train()
                yield tuned
            finally:
                if fresh:
                    tuned.unload()
                    for parameter, grad in zip(self.model.parameters(), wanted, strict=True):
                        parameter.requires_grad_(grad)
                else:
                    tuned.delete_adapter(name)
                self.model.eval()


def check_adapter(folder: str) -> None:
    """Raise WorkbenchError unless an adapter lies in the folder."""
    config = Path(folder) / "adapter_config.json"
    if not config.is_file():
        raise WorkbenchError(
            f"There is no adapter in {folder!r}: adapter_config.json is missing.",
            "Name the folder that tuning wrote (…/adapter).",
        )
    if not (config.parent / "adapter_model.safetensors").is_file():
        raise WorkbenchError(
            f"The adapter in {folder!r} has no adapter_model.safetensors.",
            "Weights in pickle files (adapter_model.bin) are not read: save them as safetensors.",
        )
    try:
        json.loads(config.read_text(encoding="utf-8"))
    except ValueError as error:
        raise WorkbenchError(
            f"The adapter's {config} is not valid JSON.", "Tune again, or restore the file."
        ) from error
