"""``workbench sign``: somebody answers for a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.records.results import Results

RunName = Annotated[str, typer.Argument(metavar="RUN", help="Run id, its start, path, or latest.")]


def register(app: typer.Typer) -> None:
    """Add the command to the workbench's own."""
    app.command("sign")(sign)


def sign(
    name: RunName,
    as_: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="Who signs: a person, with their office."),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT|NUMBER",
            help="A limit that is accepted, in words or by its number in the list that is printed "
            "without --as; repeatable.",
        ),
    ] = None,
    review: Annotated[
        str | None, typer.Option(metavar="DATE", help="When to look again, as 2027-06-30.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Sign a run: who answers for it, which limits they accept, and when it is looked at again.

    The hashes of its records are kept with the signature, and `show` and the report say what has
    changed since. Without --as the limits are listed that the run itself names.
    """
    from workbench.records import signatures
    from workbench.records.run import find_run
    from workbench.stages.reports import write_reports

    run = find_run(name)
    limits = named_limits(run.results())
    if as_ is None:
        _listed(run.id, limits, as_json)
        return
    # First, so that what is signed is what the report was written from.
    write_reports(run, ["html", "md"])
    digest = signatures.sign(run, as_, tuple(_limit(t, limits) for t in accept or ()), review)
    write_reports(run, ["html", "md"])
    if as_json:
        print(json.dumps({"run": run.id, "digest": digest}))
    else:
        print(f"Signed {run.id}. Keep this elsewhere: {digest}")


def named_limits(results: Results) -> list[str]:
    """What the run itself says to be careful about, each once."""
    from workbench.findings import sections

    told = [s.text() for section in sections(results) for s in section.every_statement()
            if s.level == "caution"]  # fmt: skip
    return list(dict.fromkeys(told))


def _limit(given: str, limits: list[str]) -> str:
    """A limit in words; a number stands for one that the run names."""
    if not given.strip().isdigit():
        return given
    number = int(given)
    if not 1 <= number <= len(limits):
        raise WorkbenchError(
            f"The run names {len(limits)} limits, and there is no number {number}.",
            "`workbench sign RUN` lists them.",
        )
    return limits[number - 1]


def _listed(run: str, limits: list[str], as_json: bool) -> None:
    if as_json:
        print(json.dumps(limits))
        return
    from workbench.cli import screen

    out = screen.console()
    out.print("What this run says to be careful about:" if limits else "This run names no limits.")
    for number, text in enumerate(limits, 1):
        out.print(f"  {number}. {text}")
    accept = " --accept 1" if limits else ""
    out.print(f'Sign it: workbench sign {run} --as "NAME, OFFICE"{accept} --review 2027-06-30')
