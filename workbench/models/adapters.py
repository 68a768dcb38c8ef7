"""One set of weights, many tuned models: whoever answers sees exactly the one it asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from workbench.errors import WorkbenchError
from workbench.models.tuned import TunedModel, open_tuned

#: The name by which what is being trained answers meanwhile.
IN_TRAINING = "in training"


class SharedWeights:
    """A transformers model, its tokenizer, and what was tuned of it, of whatever methods.

    There is one copy of the base weights for any number of tuned models. A lock keeps other
    threads from exchanging them while one answers.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self._tuned: dict[str, TunedModel] = {}
        self._active: TunedModel | None = None
        self._lock = threading.RLock()

    def load(self, folder: str) -> TunedModel:
        """The tuned model in ``folder``, read once."""
        with self._lock:
            if folder not in self._tuned:
                with self._holding(None):
                    self._tuned[folder] = self._open(folder)
            return self._tuned[folder]

    def forget(self, folder: str) -> None:
        """Let go of a tuned model that nobody will ask for again."""
        with self._lock:
            self._tuned.pop(folder, None)

    def _open(self, folder: str) -> TunedModel:
        try:
            return open_tuned(self.model, folder)
        except (RuntimeError, ValueError, KeyError) as error:
            raise WorkbenchError(
                f"The adapter {folder!r} does not fit this model: {_first_line(error)}",
                "Use it with the model it was tuned on.",
            ) from error

    @contextmanager
    def using(self, folder: str | None) -> Iterator[Any]:
        """The model as tuned in ``folder`` (None: the base model) while the block runs."""
        with self._lock, self._holding(None if folder is None else self.load(folder)):
            yield self.model

    @contextmanager
    def training(self, begin: Callable[[Any], TunedModel]) -> Iterator[tuple[Any, TunedModel]]:
        """What ``begin`` makes of the base model, as a module to train; gone when the block ends.

        No other weight takes gradients meanwhile, and the base model is left as it was. Under the
        name :data:`IN_TRAINING` it answers as far as it has come.
        """
        from workbench.models.tuned.tunable import Tunable

        with self._lock, self._holding(None):
            wanted = [(p, p.requires_grad) for p in self.model.parameters()]
            try:
                tuned = begin(self.model)
            except (ValueError, RuntimeError, KeyError, TypeError) as error:
                kind = getattr(self.model.config, "model_type", "unknown")
                raise WorkbenchError(
                    f"The model's architecture ({kind}) cannot be tuned with these settings: "
                    f"{_first_line(error)}",
                    "Name other target_modules, take another tuning.method, or leave the tuned "
                    "variants out.",
                ) from error
            try:
                self.model.requires_grad_(False)
                self._tuned[IN_TRAINING] = tuned
                with self._holding(tuned):
                    for parameter in tuned.trained().values():
                        parameter.requires_grad_(True)
                    network = Tunable(self.model, tuned.added)
                    network.train()
                    yield network, tuned
            finally:
                self._tuned.pop(IN_TRAINING, None)
                for parameter, grad in wanted:
                    parameter.requires_grad_(grad)
                self.model.eval()

    @contextmanager
    def _holding(self, tuned: TunedModel | None) -> Iterator[None]:
        """``tuned`` in effect while the block runs, and afterwards what was in effect before."""
        before = self._active
        self._exchange(tuned)
        try:
            yield
        finally:
            self._exchange(before)

    def _exchange(self, tuned: TunedModel | None) -> None:
        if tuned is self._active:
            return
        if self._active is not None:
            self._active.detach()
        self._active = tuned
        if tuned is not None:
            tuned.attach()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
