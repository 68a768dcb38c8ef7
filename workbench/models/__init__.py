"""Language models behind one face: local transformers, OpenAI-compatible endpoints, the reader.

:func:`load` is the only door. The embedded reader, a hub model and a local folder all go through
:class:`workbench.models.local.LocalModel`; an endpoint goes through
:class:`workbench.models.endpoint.EndpointModel`, a vLLM server that holds a local model and its
adapters through :class:`workbench.models.served.ServedModel`, and several servers of one model
through :class:`workbench.models.pool.PooledModel`. Nothing heavy is imported before a
model is asked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.types import LanguageModel, ModelReference

if TYPE_CHECKING:
    from workbench.models.endpoint import EndpointModel
    from workbench.models.pool import PooledModel


def load(reference: ModelReference) -> LanguageModel:
    """The model that ``reference`` names, ready to answer.

    Raises WorkbenchError where there is no such model, or the hub or the endpoint cannot be
    reached.
    """
    if reference.endpoint is not None or reference.served_by is not None:
        elsewhere = remote(reference)
        elsewhere.check()
        return elsewhere
    if reference.task == "classify":
        from workbench.models.encoder import EncoderModel

        return EncoderModel(reference)
    from workbench.models.local import LocalModel

    return LocalModel(reference)


def remote(reference: ModelReference) -> EndpointModel | PooledModel:
    """The client of a model behind an endpoint or a server, or several, which is not met yet."""
    from workbench.models.endpoint import EndpointModel
    from workbench.models.pool import PooledModel
    from workbench.models.served import ServedModel

    served = reference.endpoint is None
    kind = ServedModel if served else EndpointModel
    if not reference.replicas:
        return kind(reference)
    places = (reference.served_by if served else reference.endpoint, *reference.replicas)
    alone = replace(reference, replicas=())
    members = [
        kind(replace(alone, served_by=place) if served else replace(alone, endpoint=place))
        for place in places
    ]
    return PooledModel(reference, members)


def leaves_machine(reference: ModelReference) -> bool:
    """Whether the text given to this model leaves the machine: its server is not on localhost."""
    from workbench.io.address import is_this_machine

    address = reference.endpoint or reference.served_by
    places = () if address is None else (address, *reference.replicas)
    return not all(map(is_this_machine, places))


def available() -> list[dict[str, Any]]:
    """Facts for ``workbench doctor``: one ``{name, ok, detail, fix}`` per thing a model needs."""
    from workbench.models.doctor import facts

    return facts()
