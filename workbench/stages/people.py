"""What people said of a finished run, put into its results."""

from __future__ import annotations

from workbench.evaluation import people
from workbench.records.results import Results
from workbench.records.run import Run
from workbench.stages.answers import asked_questions
from workbench.stages.reports import with_people, write_reports
from workbench.stages.scores import score_and_report
from workbench.types import silent


def count_labels(run: Run) -> Results:
    """The results with all labels counted, and reports of them.

    Where grades are the metric that decides, the verdict is drawn anew.
    """
    with run.lock():
        results, experiment = run.results(), run.experiment()
        if results.metric == people.METRIC and experiment is not None:
            score_and_report(run, experiment, asked_questions(run.path), silent)
        before = run.results()
        results = with_people(run, before)
        if results.people != before.people:
            write_reports(run, ["html", "md"])
        return results
