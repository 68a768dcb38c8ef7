"""How a text becomes a knowledge graph, and how far a search goes along it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from workbench.experiment.secrets import Address, VariableName
from workbench.experiment.spec import Count, Named, Positive, Spec, without_later
from workbench.experiment.stores import GraphStoreSpec
from workbench.types import ModelReference


class GraphSpec(Spec):
    """Who does what to whom, as triples of subject, relation and object with their sentences.

    ``extractor`` is who reads them: ``parse`` takes them from spaCy's parse of English text, on
    this machine; ``model`` asks the chat model that ``model`` names (a hub name, or a name with its
    ``endpoint``), in any language. ``relations`` are the only ones that it may use (empty: any).
    ``hops`` is how far a search goes: 1 stays with what the text says of the things that a question
    names, 2 goes on to what it says of their neighbours. ``shown`` is how many triples stand before
    the passages that a variant is shown, each with the sentence that says it. ``store`` keeps
    things and relations in a graph database, which a search then asks; None keeps them with the
    index.
    """

    extractor: Literal["parse", "model"] = "parse"
    model: Named | None = None
    endpoint: Address | None = None
    key_env: VariableName | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    context_window: Positive | None = None
    relations: tuple[str, ...] = ()
    hops: Literal[1, 2] = 2
    shown: Count = 0
    store: GraphStoreSpec | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"shown": 0, "store": None})

    @model_validator(mode="after")
    def _read_by_one(self) -> GraphSpec:
        if self.extractor == "model" and self.model is None:
            raise ValueError("a graph that a model reads needs the model's name: add graph.model")
        if self.extractor == "model" and self.model == "reader" and self.endpoint is None:
            raise ValueError(
                "the embedded reader answers questions and writes no triples: name a chat model, "
                "or take extractor: parse"
            )
        if self.extractor == "parse" and (self.model or self.endpoint or self.relations):
            raise ValueError(
                "a graph that is read from the parse asks no model: leave model, endpoint and "
                "relations out, or take extractor: model"
            )
        return self

    def reference(self) -> ModelReference | None:
        """The model that reads the text; None where the parse is read."""
        if self.model is None:
            return None
        return ModelReference(
            self.model, endpoint=self.endpoint, key_env=self.key_env, timeout_s=self.timeout_s,
            requests_per_minute=self.requests_per_minute, context_window=self.context_window,
        )  # fmt: skip
