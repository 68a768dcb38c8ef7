"""What every part of a record shares: frozen, complete by defaults, and losing nothing it read."""

from __future__ import annotations

from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict

#: A figure as JSON has it: a whole number stays one, so that a file is written as it was read.
Number: TypeAlias = int | float
#: A sentence as its template's key and its values (see :func:`workbench.wording.statement`).
Statement: TypeAlias = dict[str, Any]


class Record(BaseModel):
    """A part of a JSON file. A key that it does not know is kept; one that was absent stays so."""

    model_config = ConfigDict(frozen=True, extra="allow")

    def record(self) -> dict[str, Any]:
        """The JSON that this was read from, key for key."""
        return self.model_dump(mode="json", exclude_unset=True)
