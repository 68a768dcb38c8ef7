"""``workbench drift``: do the questions that people ask look like the exam?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from workbench.records.drift import Drift
    from workbench.records.run import Run


def register(app: typer.Typer) -> None:
    """Add the command to the workbench's own."""
    app.command("drift")(drift)


def drift(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Run id, its start, path, or latest.")],
    log: Annotated[
        Path,
        typer.Argument(
            metavar="LOG",
            help="The folder of `workbench serve --log`, or a file of questions: one a line, or "
            "JSON lines.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Hold the questions that people asked against a run's exam: what moved, what to ask besides.

    What was found is kept in the run's folder, for the dashboard. `workbench gate --drift LOG` is
    undecided where something moved.
    """
    from workbench.asked.sides import held_against
    from workbench.cli import screen
    from workbench.io.files import write_json
    from workbench.records.run import find_run

    here = find_run(run)
    with screen.console(stderr=True).status(f"Reading {log} …"):
        found = held_against(here, log)
    write_json(here.files.drift, found.record())
    if as_json:
        import json

        print(json.dumps(found.record(), ensure_ascii=False, indent=1))
    else:
        _show(here, found)


def _show(run: Run, found: Drift) -> None:
    from workbench.cli import screen
    from workbench.findings import View
    from workbench.findings.asked import asked

    out = screen.console()
    section = asked(View(run.results()), found)
    for statement in section.statements:
        out.print(statement.text())
    for table in section.tables:
        out.print()
        out.print(screen.rich_table(table))
    for statement in section.notes:
        out.print()
        out.print(statement.text())
