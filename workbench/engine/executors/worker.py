"""What stands in a process of another machine: its services, and the work that was opened there.

Knows nothing of Ray: :mod:`.ray_cluster` makes an actor of it.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError

#: What answers depend on: a worker with others would silently give other results.
WATCHED = ("torch", "transformers", "peft", "sentence-transformers", "rag-finetune-workbench")


@dataclass(frozen=True, slots=True)
class Fault:
    """A WorkbenchError on its way: its two sentences alone, so that none depends on how an
    exception pickles."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Home:
    """What a worker has to share with the process that sends it work.

    ``cache`` is the folder of artifacts; ``token`` the name of a file that was just put there.
    """

    cache: Path
    token: str
    versions: tuple[tuple[str, str], ...]

    def check(self) -> None:
        """Raise WorkbenchError unless this machine sees the same folder and has the same code."""
        here = platform.node()
        if not (self.cache / self.token).exists():
            raise WorkbenchError(
                f"The worker on {here} does not see the cache folder {self.cache}.",
                "Put it on a folder that all machines of the cluster share, by the same path: "
                "WORKBENCH_CACHE=/shared/cache.",
            )
        own = dict(versions())
        for name, wanted in self.versions:
            if own.get(name) != wanted:
                raise WorkbenchError(
                    f"The worker on {here} has {name} {own.get(name, '(none)')}, and this machine "
                    f"has {wanted}: its results might differ.",
                    "Install the same versions on all machines of the cluster.",
                )


def versions() -> tuple[tuple[str, str], ...]:
    """The versions of :data:`WATCHED` that are installed here."""
    found = []
    for name in WATCHED:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return tuple(found)


class Worker:
    """One worker; it opens its work at the first unit and keeps it open for those that follow."""

    def __init__(
        self, opening: Callable[[Any], Callable[[Any], Any]], services: Any, home: Home
    ) -> None:
        # Before anything reads it: a worker's working folder is Ray's own.
        os.environ["WORKBENCH_CACHE"] = str(home.cache)
        self._opening, self._services, self._home = opening, services, home
        self._work: Callable[[Any], Any] | None = None

    def ready(self) -> str:
        """The machine's name, once the worker stands."""
        return platform.node()

    def do(self, place: int, unit: Any) -> tuple[int, Any]:
        """(place, result), or a :class:`Fault` for a result."""
        try:
            if self._work is None:
                self._home.check()
                self._work = self._opening(self._services)
            return place, self._work(unit)
        except WorkbenchError as error:
            return place, Fault(error.message, error.hint)
