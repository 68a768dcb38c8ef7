"""What every part of an experiment is: frozen values under known keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]


def _nameable(value: str) -> str:
    """The path or name of something, if a file system could hold it: looking it up raises else."""
    try:
        sizes = [len(part.encode("utf-8")) for part in value.replace("\\", "/").split("/")]
    except UnicodeEncodeError as error:
        raise ValueError("a path has a character that no file system takes") from error
    if max(sizes) > 255 or sum(sizes) + len(sizes) > 2000:
        raise ValueError(f"no file has so long a name: {value[:60]!r}…")
    if "\x00" in value:
        raise ValueError("a path has no NUL character")
    return value


Named = Annotated[str, AfterValidator(_nameable)]


class Spec(BaseModel):
    """A frozen part of an experiment; unknown keys are refused.

    A part that needs one key only may be written as that key's value: ``corpus: handbook.md``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    #: The key that a bare text stands for.
    written_short: ClassVar[str | None] = None

    @model_validator(mode="before")
    @classmethod
    def _from_a_bare_text(cls, value: Any) -> Any:
        bare = cls.written_short is not None and isinstance(value, str | Path)
        return {cls.written_short: str(value)} if bare else value

    def digest(self) -> str:
        """A hash of every value, the same on every machine."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def without_later(values: dict[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Without the keys that stored runs have not, where they say what held before there were any.

    So the identity of a run and its artifacts stays what it was.
    """
    return {k: v for k, v in values.items() if k not in later or v != later[k]}


S = TypeVar("S", bound=Spec)


def filled(own: S | None, common: S) -> S | None:
    """A part of one's own with what it does not say taken from the common one; None if alike."""
    if own is None:
        return None
    whole = common.model_copy(update={key: getattr(own, key) for key in own.model_fields_set})
    return None if whole == common else whole
