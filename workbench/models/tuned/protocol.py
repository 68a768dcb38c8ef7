"""What every tuned model can do, whatever its method added to the base model or changed in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol


class TunedModel(Protocol):
    """A change to one base model: in effect between :meth:`attach` and :meth:`detach` alone.

    ``virtual`` tokens stand before each prompt: whoever builds rows puts as many ids in front,
    any ids, and what was learned takes their place. ``added`` is a torch module of new weights
    outside of the base model's own tree, or None.
    """

    virtual: int
    added: Any

    def attach(self) -> None: ...

    def detach(self) -> None: ...

    def trained(self) -> Mapping[str, Any]:
        """The parameters that training changes, by name; all others stay as they were."""
        ...

    def save(self, folder: Path) -> None:
        """Write what was trained, and that alone; called while it is attached."""
        ...
