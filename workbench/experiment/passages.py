"""How the text is cut into passages: what is searched, what is shown, what is indexed with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from workbench.experiment.secrets import Address, VariableName
from workbench.experiment.spec import Count, Named, Positive, Spec, without_later
from workbench.types import ModelReference


class ReadSpec(Spec):
    """What is shown of the text around a found passage; one of the two.

    ``chunk_size``: the larger passage, of so many tokens, that it was cut out of. ``sentences``: so
    many on both sides of it. Neither leaves the section.
    """

    chunk_size: Positive | None = None
    sentences: Positive | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> ReadSpec:
        if (self.chunk_size is None) == (self.sentences is None):
            raise ValueError(
                "passages.read says how much is shown around what is found: give chunk_size (the "
                "tokens of the larger passage) or sentences (neighbours on both sides), one of them"
            )
        return self


class SituatingSpec(Spec):
    """A line of context that a chat model writes for each passage, before it in the index alone.

    ``model`` is the model's name, with its ``endpoint`` where it has one; None is the experiment's
    own. A line has ``tokens`` at the most. What is not kept from before is refused where it may
    take more than ``max_tokens_spent`` (None: no limit).
    """

    model: Named | None = None
    endpoint: Address | None = None
    key_env: VariableName | None = None
    tokens: Positive = 60
    max_tokens_spent: Positive | None = 2_000_000
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _an_endpoint_has_a_model(self) -> SituatingSpec:
        if self.endpoint is not None and self.model is None:
            raise ValueError(
                "passages.context has an endpoint and no model: name the model that it serves"
            )
        return self

    def reference(self, own: ModelReference) -> ModelReference:
        """The model that writes; ``own`` is the experiment's."""
        if self.model is None:
            return own
        return ModelReference(
            self.model, precision="auto", endpoint=self.endpoint, key_env=self.key_env,
            timeout_s=self.timeout_s, requests_per_minute=self.requests_per_minute,
        )  # fmt: skip


#: Keys that stored specifications and artifacts do not know, with what held before there were any.
LATER: dict[str, Any] = {
    "split": "sentences", "read": None, "headings": False, "context": None, "only": None,
}  # fmt: skip

_CUT = {
    "sentences": "passages",
    "structure": "passages by the text's structure",
    "semantic": "passages by meaning",
    "section": "whole sections",
}


class PassageSpec(Spec):
    """How the text is cut into what retrieval indexes; sizes are in tokens of the answering model.

    ``split``: ``sentences`` packs whole sentences up to ``chunk_size``; ``structure`` cuts at
    headings and between paragraphs, lists and tables, none of which is parted where it fits;
    ``semantic`` cuts where ``retrieval.embedding`` finds that the meaning turns; ``section`` takes
    whole sections, halved only above half the model's window. ``chunk_overlap`` is for
    ``sentences`` alone. With ``read`` these are what is searched, and what is shown is larger.
    ``headings`` indexes each passage with the title of its document and the headings above it; what
    is shown stays the text alone. ``context`` has a model write a line for each passage, which is
    indexed with it too (contextual retrieval). ``only`` searches some of the documents: by key and
    value of their front matter, or by ``document``, the path without its suffix, such as
    ``{document: "policies/*"}``.
    """

    chunk_size: Positive = 110
    chunk_overlap: Count = 20
    split: Literal["sentences", "section", "structure", "semantic"] = "sentences"
    read: ReadSpec | None = None
    headings: bool = False
    context: SituatingSpec | None = None
    only: tuple[str, ...] | None = None

    @field_validator("only", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> Any:
        """``{department: [hr, it]}`` as ``department=hr``, ``department=it``."""
        if not isinstance(value, Mapping):
            return value
        return tuple(
            f"{key}={item}" for key, items in value.items()
            for item in (items if isinstance(items, list | tuple) else [items])
        )  # fmt: skip

    @field_validator("only")
    @classmethod
    def _keys_with_values(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for pair in value or ():
            key, equals, pattern = pair.partition("=")
            if not (key.strip() and equals and pattern.strip()):
                raise ValueError(
                    f"passages.only says which documents are searched, such as "
                    f'{{department: hr}} or ["document=policies/*"]; {pair!r} says none'
                )
        return tuple(dict.fromkeys(value)) if value else None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), LATER)

    @property
    def plain(self) -> bool:
        """Whether only its sizes are said: whole sentences, shown as they are found."""
        return self.split == "sentences" and not (
            self.read or self.headings or self.context or self.only
        )

    @property
    def told(self) -> str:
        """What is searched and shown, in words."""
        words = [f"{_CUT[self.split]} of {self.chunk_size} tokens"]
        if self.split == "section":
            words = [_CUT["section"]]
        if self.headings:
            words.append("found under their headings")
        if self.context is not None:
            words.append(f"with a line of context by {self.context.model or 'the model'}")
        if self.read is not None and self.read.sentences is not None:
            many = "" if self.read.sentences == 1 else "s"
            words.append(f"shown with {self.read.sentences} sentence{many} on both sides")
        elif self.read is not None:
            words.append(f"shown as the passages of {self.read.chunk_size} tokens around them")
        if self.only:
            words.append(f"of the documents with {', '.join(self.only)}")
        return ", ".join(words)

    def sizes(self, times: Sequence[float], least: int) -> list[int]:
        """So many times its size, as far as they can be searched; none of whole sections."""
        if self.split == "section":
            return []
        larger = None if self.read is None else self.read.chunk_size
        sizes = [max(least, round(self.chunk_size * factor)) for factor in times]
        return [size for size in sizes if larger is None or size < larger]

    def resized(self, size: int) -> PassageSpec:
        """Passages of another size that overlap, and are read in larger ones, in proportion."""
        times = size / self.chunk_size
        changes: dict[str, Any] = {
            "chunk_size": size,
            "chunk_overlap": min(round(self.chunk_overlap * times), size - 1),
        }
        if self.read is not None and self.read.chunk_size is not None:
            changes["read"] = ReadSpec(
                chunk_size=max(size + 1, round(self.read.chunk_size * times))
            )
        return self.model_copy(update=changes)

    def check(self, own: ModelReference) -> None:
        """ValueError where its keys, those that a variant takes from the experiment among them,
        contradict one another; ``own`` is the experiment's model."""
        writer = None if self.context is None else self.context.reference(own)
        if writer is not None and writer.name == "reader" and writer.endpoint is None:
            raise ValueError(
                "passages.context is written by a chat model, and the embedded reader is none: "
                "name one in passages.context.model"
            )
        larger = None if self.read is None else self.read.chunk_size
        if larger is None:
            return
        if self.split == "section":
            raise ValueError(
                "passages.read.chunk_size asks for more than is found, and passages.split: section "
                "finds whole sections already: leave one of them out"
            )
        if larger <= self.chunk_size:
            raise ValueError(
                f"passages.read.chunk_size is {larger}, and what is searched has "
                f"{self.chunk_size} tokens (passages.chunk_size): it has to be larger"
            )
