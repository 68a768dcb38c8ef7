"""What reaches a stage: typed, frozen values, of which some cannot change its result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def aside(**options: Any) -> Any:
    """A field that a stage may read and that cannot change its result: a place, a pace, a device.

    It is left out of the id.
    """
    # pydantic leaves such a field out of model_dump, which the id is a hash of.
    return Field(exclude=True, **options)


class Inputs(BaseModel):
    """All that a stage reads. Frozen; what :func:`aside` marks does not count for the id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def record(self) -> dict[str, Any]:
        """What the id is a hash of, as JSON values."""
        return self.model_dump(mode="json")


class ArtifactReference(Inputs):
    """Something that an earlier stage made: its id, and its place on this machine."""

    id: str
    path: Path = aside()
