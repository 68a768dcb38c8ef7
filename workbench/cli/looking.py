"""Commands that look at runs: ask their variants, list, show, report, delete."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from workbench.cli.streams import print_json

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
PaidByName = Literal["token", "busy_second", "month", "own_server"]
PaidOtherwise = Annotated[
    PaidByName | None,
    typer.Option(help="As if the assistant were paid for so; the run's own files stay."),
]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="Run id, its start, path, or latest.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the workbench's own."""
    for command in (ask, runs, show, report, delete):
        app.command()(command)


def ask(
    name: RunName,
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    as_json: AsJson = False,
) -> None:
    """Put one question to all variants of a run, side by side, with their passages."""
    from workbench.cli import screen
    from workbench.records.run import find_run
    from workbench.serve.asking import ask_all

    replies = ask_all(find_run(name), question)
    if as_json:
        print_json(replies)
    else:
        screen.show_replies(question, replies)


def runs(as_json: AsJson = False) -> None:
    """List all runs, newest first."""
    from workbench.cli import screen

    entries = screen.run_entries()
    if as_json:
        print_json(entries)
    else:
        screen.show_runs(entries)


def show(
    name: RunName = "latest",
    everything: Annotated[
        bool, typer.Option("--all", help="Every sentence, not only what fits one screen.")
    ] = False,
    paid_by: PaidOtherwise = None,
    as_json: AsJson = False,
) -> None:
    """Print a run's comparison again, on one screen."""
    from workbench.cli import screen
    from workbench.cli.paying import paid_otherwise
    from workbench.records.run import find_run
    from workbench.stages.reports import with_signatures

    matches = find_run(name)
    reckoned = paid_otherwise(matches, paid_by)
    if as_json:
        print_json(with_signatures(matches, reckoned or matches.results()).record())
    else:
        screen.show_run(matches, everything, reckoned)


def report(
    name: RunName = "latest",
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PATH",
                     help="A file, in the form of its ending, or a folder; by default the run's."),
    ] = None,
    formats: Annotated[
        str | None,
        typer.Option("--format", help="html, md, pdf or zip; several by commas. html,md if not "
                                      "given."),
    ] = None,
    paid_by: PaidOtherwise = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write the report of a run again and say where it is."""
    from workbench.cli.paying import paid_otherwise
    from workbench.records.run import find_run
    from workbench.stages.reports import copy_reports, forms_wanted, write_reports

    matches = find_run(name)
    wanted = forms_wanted(formats, out)
    paths = write_reports(matches, wanted, paid_otherwise(matches, paid_by))
    if out is not None:
        paths = copy_reports(matches, paths, out)
    if as_json:
        print_json({kind: str(path) for kind, path in paths.items()})
    else:
        for path in paths.values():
            print(path)


def delete(
    name: RunName,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a run's directory; artifacts that other runs share stay in the cache."""
    from workbench.records.run import find_run

    matches = find_run(name)
    if not yes and not typer.confirm(f"Delete {matches.path}?"):
        raise typer.Exit(1)
    matches.delete()
    if as_json:
        print_json({"deleted": str(matches.path)})
    else:
        print(f"Deleted {matches.path}.")
