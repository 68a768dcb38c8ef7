"""A language model, wherever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from workbench.experiment.secrets import Address, VariableName
from workbench.experiment.spec import Named, Positive, Spec, without_later
from workbench.types import ModelReference


def first_and_replicas(values: Any, *keys: str) -> Any:
    """``endpoint: [a, b]`` as its first address, which names the model, and its replicas."""
    if not isinstance(values, Mapping):
        return values
    for key in keys:
        given = values.get(key)
        if isinstance(given, list | tuple):
            if not given:
                raise ValueError(f"{key} is an empty list: name an address, or leave it out")
            values = {**values, key: given[0], "replicas": tuple(given[1:])}
    return values


class ModelSpec(Spec):
    """A language model: the embedded ``reader``, a hub name, a local path, or an endpoint.

    ``quantization`` holds a local model's weights in 8 or 4 bits (Dettmers et al. 2022, 2023; needs
    bitsandbytes; ``int8_weights`` needs torchao, and computes in full width): all variants on that
    model are quantised alike, so that it is no part of what is compared; where it is to be, see a
    variant's ``compress``. ``endpoint`` and ``served_by`` may be lists of addresses that hold the
    same model: each gets what it keeps up with (``requests_per_minute`` is the pace of each), and
    what one that dies was asked goes to the others. The first one names the model in the run; the
    ``replicas`` are no part of its id. ``served_by`` is the base URL of a vLLM server that holds
    the same model: it answers for all variants on that model, also with the adapters that are
    trained here, which are put on it from their folders. All else (training, probes of forgetting)
    is done here. ``task: classify`` takes the model for an encoder, which is trained to name one
    of the labels of ``questions.labels``.
    """

    written_short: ClassVar[str | None] = "name"

    name: Named = "reader"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "float32"
    adapter: Named | None = None
    endpoint: Address | None = None
    key_env: VariableName | None = None
    context_window: Positive | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    quantization: Literal["none", "int8", "nf4", "int8_weights"] = "none"
    served_by: Address | None = None
    task: Literal["generate", "classify"] = "generate"
    replicas: tuple[Address, ...] = Field(default=(), exclude=True)

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"task": "generate"})

    @model_validator(mode="before")
    @classmethod
    def _several_addresses(cls, values: Any) -> Any:
        return first_and_replicas(values, "endpoint", "served_by")

    @model_validator(mode="after")
    def _replicas_of_a_server(self) -> ModelSpec:
        if self.replicas and self.endpoint is None and self.served_by is None:
            raise ValueError("replicas are further addresses of an endpoint: name that first")
        return self

    @model_validator(mode="after")
    def _classifies_here(self) -> ModelSpec:
        if self.task == "classify" and (self.endpoint or self.served_by or self.adapter):
            raise ValueError("a model with task: classify is trained and asked on this machine")
        if self.task == "classify" and self.name == "reader":
            raise ValueError(
                "the embedded reader writes answers; with task: classify name an encoder, such as "
                "all-MiniLM-L6-v2"
            )
        return self

    @model_validator(mode="after")
    def _can_be_served(self) -> ModelSpec:
        if self.served_by is not None and self.endpoint is not None:
            raise ValueError("served_by is for a model of this machine; an endpoint needs none")
        if self.served_by is not None and self.name == "reader":
            raise ValueError("vLLM cannot serve the embedded reader; name another model")
        return self

    def reference(self) -> ModelReference:
        """The value that the model loaders take: the model itself."""
        values = self.model_dump(exclude={"served_by"})
        return ModelReference(**values, replicas=self.replicas if self.endpoint else ())

    def answering(self) -> ModelReference:
        """The model as it answers: by the server that holds it, where one does."""
        return replace(self.reference(), served_by=self.served_by, replicas=self.replicas)
