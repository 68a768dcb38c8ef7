"""A run's results for another way of paying than its own: the money and the verdict anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.experiment.deployment import PaidBy
    from workbench.records.results import Results
    from workbench.records.run import Run


def paid_otherwise(run: Run, paid_by: PaidBy | None) -> Results | None:
    """What the What-if page would say; None where nothing else than the run's own is asked for.

    Raises WorkbenchError where nothing can be decided anew.
    """
    if paid_by is None:
        return None
    from workbench.dashboard.queries import measured, runs, what_if
    from workbench.stages.reports import with_judge
    from workbench.stages.score_table import read_scores

    with_judge(run, run.results())
    if run.experiment() is None:
        raise WorkbenchError(
            f"{run.id} holds answers from a file, with what they cost: there is no machine in it "
            "that could be paid for otherwise.",
            "Leave out --paid-by, or import the answers beside a run (import --beside).",
        )
    opened = runs.open_run(run.path)
    known = measured.evidence(opened, read_scores(run.path))
    return what_if.paid_otherwise(opened, known, paid_by)
