"""From the folder of a tuned model to the change that it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.models.tuned.folder import check_adapter
from workbench.models.tuned.protocol import TunedModel
from workbench.models.tuned.pruned import Pruned, read_facts


def _virtual(model: Any, folder: str, config: dict[str, Any]) -> TunedModel:
    from workbench.models.tuned.virtual import VirtualTokens

    return VirtualTokens.opened(model, folder, config)


def _prefix(model: Any, folder: str, config: dict[str, Any]) -> TunedModel:
    from workbench.models.tuned.prefix import Prefix

    return Prefix.opened(model, folder, config)


def _weights(model: Any, folder: str, config: dict[str, Any]) -> TunedModel:
    from workbench.models.tuned.weights import ChangedWeights

    return ChangedWeights.opened(model, folder, config)


def _bottleneck(model: Any, folder: str, config: dict[str, Any]) -> TunedModel:
    from workbench.models.tuned.bottleneck import Bottlenecks

    return Bottlenecks.opened(model, folder, config)


def _injected(model: Any, folder: str, config: dict[str, Any]) -> TunedModel:
    from workbench.models.tuned.injected import Injected

    return Injected.opened(model, folder)


#: By the ``peft_type`` of the configuration; all others are layers that peft injects.
KINDS: dict[str, Callable[[Any, str, dict[str, Any]], TunedModel]] = {
    "PROMPT_TUNING": _virtual,
    "P_TUNING": _virtual,
    "PREFIX_TUNING": _prefix,
    "WEIGHTS": _weights,
    "BOTTLENECK": _bottleneck,
}


def open_tuned(model: Any, folder: str) -> TunedModel:
    """What lies in the folder, ready to be attached to the model it was tuned on.

    Raises WorkbenchError where nothing lies there; ValueError, RuntimeError or KeyError where it
    does not fit the model.
    """
    config = check_adapter(folder)

    def opened(base: Any) -> TunedModel:
        return KINDS.get(str(config.get("peft_type")), _injected)(base, folder, config)

    pruned = read_facts(folder)
    return opened(model) if pruned is None else Pruned.around(model, pruned, opened)
