"""``workbench publish``: tell a run to a program that tracks experiments."""

from __future__ import annotations

import json
from typing import Annotated

import typer

RunName = Annotated[str, typer.Argument(metavar="RUN", help="Run id, its start, path, or latest.")]


def register(app: typer.Typer) -> None:
    """Add the command to the workbench's own."""
    app.command("publish")(publish)


def publish(
    name: RunName,
    to: Annotated[str, typer.Option("--to", help="folder, mlflow, wandb or langfuse.")],
    at: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE",
            help="A new folder (folder, wandb), or the server's address; else MLFLOW_TRACKING_URI "
            "or LANGFUSE_HOST.",
        ),
    ] = None,
    without_report: Annotated[
        bool, typer.Option("--without-report", help="Figures and settings alone.")
    ] = False,
    text_may_leave_this_machine: Annotated[
        bool, typer.Option(help="Allow sending the report, which quotes the corpus, elsewhere.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Tell a run's settings, figures with their intervals, and report to an experiment tracker.

    Each call of mlflow and wandb makes a new run there; nothing is sent by any other command.
    """
    from workbench.publish import publish as tell
    from workbench.records.run import find_run

    run = find_run(name)
    where = tell(run, to, at, not without_report, text_may_leave_this_machine)
    print(json.dumps({"run": run.id, "to": to, "at": where}) if as_json else f"Published: {where}")
