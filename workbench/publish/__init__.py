"""A run's parameters, figures and report, told to a program that tracks experiments.

:func:`publish` hands what :mod:`.told` gathers to one of :data:`TARGETS`, each a file of its own.
Parameters and metrics hold no text of the corpus. The report quotes it, and goes only where that
may go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.publish.folder import FOLDER
from workbench.publish.langfuse import LANGFUSE
from workbench.publish.mlflow import MLFLOW
from workbench.publish.target import Target
from workbench.publish.told import told_of
from workbench.publish.wandb import WANDB

if TYPE_CHECKING:
    from workbench.records.run import Run

__all__ = ["TARGETS", "publish"]

TARGETS: dict[str, Target] = {
    "folder": FOLDER,
    "mlflow": MLFLOW,
    "wandb": WANDB,
    "langfuse": LANGFUSE,
}


def publish(
    run: Run, to: str, at: str | None = None, report: bool = True, text_may_leave: bool = False
) -> str:
    """Tell the run to the target of that name, at an address or in a folder; where it is now.

    Raises WorkbenchError before anything is sent: for an unknown target, a package or an address
    that is missing, and for a report that may not leave this machine.
    """
    if to not in TARGETS:
        raise WorkbenchError(
            f"Nothing is published to {to!r}.", f"It can be: {', '.join(TARGETS)}."
        )
    target = TARGETS[to]
    place = target.place(at)
    experiment = run.experiment()
    allowed = text_may_leave or (experiment is not None and experiment.text_may_leave_this_machine)
    if report and target.leaves(place) and not allowed:
        raise WorkbenchError(
            f"The report quotes the corpus, and would leave this machine for {target.goes_to}.",
            "Leave it out (--without-report); or, if it may, say so: "
            "--text-may-leave-this-machine.",
        )
    return target.send(told_of(run, report), place)
