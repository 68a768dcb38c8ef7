"""How a process ends whose fault its user can mend: two sentences, and exit code 2."""

from __future__ import annotations

import os
import sys
from types import TracebackType

from workbench.errors import WorkbenchError


def tell(error: WorkbenchError) -> None:
    """What failed and the way out, on standard error."""
    print(f"workbench: {error.message}", file=sys.stderr)
    for line in error.hint.splitlines():
        print(f"  {line}", file=sys.stderr)


def leave(code: int) -> None:
    """End with that exit code, past the crash that a lost Ray cluster leaves for the end."""
    if _has_lost_a_cluster():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def end_so_in_a_script() -> None:
    """Have this process end like the command line where a Ray cluster was lost and nobody catches
    the fault: Ray would first wait a minute to tell the head of it, and then crash."""
    if _has_lost_a_cluster():
        sys.excepthook = _uncaught


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, WorkbenchError):
        tell(error)
        leave(2)
    sys.__excepthook__(kind, error, trace)
    leave(1)


def _has_lost_a_cluster() -> bool:
    cluster = sys.modules.get("workbench.engine.executors.ray_cluster")
    return cluster is not None and bool(cluster.heads_lost)
