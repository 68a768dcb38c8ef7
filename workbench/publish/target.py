"""What every target says of itself, and what several of them need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.io import files
from workbench.io.address import is_this_machine

if TYPE_CHECKING:
    from workbench.publish.told import Told


@dataclass(frozen=True, slots=True)
class Target:
    """Where a run can be told.

    ``place`` makes what was named (None: nothing) into an address or a folder, or says what is
    missing; ``leaves`` says whether what is put there leaves this machine, ``goes_to`` in words
    where to; ``send`` puts it there and says where it is now.
    """

    goes_to: str
    place: Callable[[str | None], str]
    leaves: Callable[[str], bool]
    send: Callable[[Told, str], str]


def require(package: str, extra: str) -> None:
    """Raise WorkbenchError where a package is not installed."""
    if find_spec(package) is None:
        raise WorkbenchError(
            f"Publishing to {extra} needs the package {package}, which is not installed.",
            f"pip install 'rag-finetune-workbench[{extra}]', or publish to a folder.",
        )


def web_address(named: str | None, variable: str, what: str) -> str:
    """The address that was named, or that the environment holds: it is never made up."""
    import os

    address = (named or os.environ.get(variable, "")).strip().rstrip("/")
    if not address.startswith(("http://", "https://")):
        raise WorkbenchError(
            f"{address!r} is no address of {what}."
            if address
            else f"No address of {what} is "
            "named, and nothing is sent to one that was not asked for.",
            f"Name it (--at http://HOST:PORT), or set {variable}.",
        )
    return address


def elsewhere(address: str) -> bool:
    """Whether an address is another machine's."""
    return not is_this_machine(address)


def new_folder(named: str | None) -> str:
    """A folder that is not there yet, or is empty: nothing is written over."""
    if not named:
        raise WorkbenchError("No folder is named.", "Name a new one: --at FOLDER.")
    return str(files.new_folder(Path(named)))
