"""Language models behind one face: local transformers, OpenAI-compatible endpoints, the reader.

:func:`load` is the only door. The embedded reader, a hub model and a local folder all go through
:class:`workbench.models.local.LocalModel`; an endpoint goes through
:class:`workbench.models.endpoint.EndpointModel`. Nothing heavy is imported before a model is
asked for.
"""

from __future__ import annotations

from typing import Any

from workbench.types import LanguageModel, ModelReference


def load(reference: ModelReference) -> LanguageModel:
    """The model that ``reference`` names, ready to answer.

    Raises WorkbenchError where there is no such model, or the hub or the endpoint cannot be
    reached.
    """
    if reference.endpoint is not None:
        from workbench.models.endpoint import EndpointModel

        endpoint = EndpointModel(reference)
        endpoint.check()
        return endpoint
    from workbench.models.local import LocalModel

    return LocalModel(reference)


def leaves_machine(reference: ModelReference) -> bool:
    """Whether the text given to this model leaves the machine: an endpoint not on localhost."""
    if reference.endpoint is None:
        return False
    from workbench.models.address import is_this_machine

    return not is_this_machine(reference.endpoint)


def available() -> list[dict[str, Any]]:
    """Facts for ``workbench doctor``: one ``{name, ok, detail, fix}`` per thing a model needs."""
    from workbench.models.doctor import facts

    return facts()
