"""``workbench cancel``: call off what a run has started at a provider."""

from __future__ import annotations

import json
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="Run id, its start, path, or latest.")]


def register(app: typer.Typer) -> None:
    """Add the command of this module to the workbench's own."""
    app.command("cancel")(cancel)


def cancel(name: RunName = "latest", as_json: AsJson = False) -> None:
    """Call off the jobs that a run has started at a provider (tuning.hosted).

    What was trained until then may still be billed. A job that has ended stays as it is.
    """
    from workbench.errors import WorkbenchError
    from workbench.io.files import read_json
    from workbench.records.run import find_run
    from workbench.tuning.hosted.terms import cancel_hosted

    run = find_run(name)
    known = sorted(run.files.jobs.glob("*.json"))
    if not known:
        raise WorkbenchError(
            f"Run {run.id} has started no job at a provider.",
            "A run that works on this machine is stopped by Ctrl-C.",
        )
    states = {}
    for path in known:
        address = read_json(path)
        states[str(address["job"])] = cancel_hosted(address)
    if as_json:
        print(json.dumps(states, indent=1))
        return
    for job, state in states.items():
        print(f"{job}: {state}")
