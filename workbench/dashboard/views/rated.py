"""What raters say of the answers, with the labels that came since the report was written."""

from __future__ import annotations

from workbench import findings
from workbench.dashboard import components
from workbench.dashboard.queries import runs
from workbench.dashboard.views import findings as shown
from workbench.records.run import Run


def draw(run: runs.Snapshot) -> None:
    """People's preferences and grades so far, or how to have some given."""
    from workbench.stages.reports import people_figures

    if not run.variants:
        return
    told = people_figures(Run(run.path), run.results)
    if told is None:
        components.quiet(
            f"Several people can rate these answers blind, from one address: workbench rate "
            f"{run.id} --invite NAME for each, then workbench rate {run.id} --serve."
        )
        return
    results = run.results.with_parts(people=told)
    shown.draw(findings.View(results), findings.section(results, "people"), run.id)
