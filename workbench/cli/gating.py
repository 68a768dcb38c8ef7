"""``workbench gate``: may a change go on? By exit code, for a job that builds and deploys."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.decision.gate import Check

#: Exit codes; 2 is a fault in the call.
CODES = {"passed": 0, "failed": 1, "undecided": 3}


def register(app: typer.Typer) -> None:
    """Add the command to the workbench's own."""
    app.command("gate")(gate)


def gate(
    run: Annotated[str, typer.Argument(help="The run to be judged: a folder, an id, or latest.")],
    variant: Annotated[str, typer.Option(help="The variant that is in use, or is to be.")],
    baseline: Annotated[
        str | None, typer.Option(help="The last accepted run: the same variant there.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="The variant to hold it against, here or in the baseline.")
    ] = None,
    non_inferior: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="How much worse it may be (0 to 1); else the run's margin."
        ),
    ] = None,
    min_score: Annotated[
        float | None, typer.Option(min=0, max=1, help="The least score that will do (0 to 1).")
    ] = None,
    max_p90: Annotated[
        float | None, typer.Option(min=0, help="Seconds within which nine in ten answers come.")
    ] = None,
    max_invented: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Share of unanswerable questions that it may answer."),
    ] = None,
    drift: Annotated[
        Path | None,
        typer.Option(
            metavar="LOG",
            help="Questions that people asked (see workbench drift): undecided where the exam is "
            "not of their like.",
        ),
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the checks as JUnit XML.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write them as a Markdown table.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Pass or fail a variant by what it must reach: exit code 0 passed, 1 failed, 3 undecided.

    A demand fails only where its whole interval does, so that luck stops no deployment; where the
    exam cannot tell it is undecided, and says how many more questions would.
    """
    from workbench.between_runs import Demands, gate_checks
    from workbench.decision.gate import verdict_of
    from workbench.records.run import find_run

    here = find_run(run)
    demanded = Demands(baseline, against, non_inferior, min_score, max_p90, max_invented, drift)
    row, checks = gate_checks(here, variant, demanded)
    state = verdict_of(checks)
    title = f"{here.path.name}, {row.label or variant}: {state}"
    if junit is not None:
        _write(junit, _junit(title, checks))
    if markdown is not None:
        _write(markdown, _markdown(title, checks))
    if as_json:
        listed = [asdict(check) for check in checks]
        print(json.dumps({"state": state, "run": here.path.name, "variant": variant,
                          "checks": listed}, indent=1))  # fmt: skip
    else:
        print(title)
        for check in checks:
            print(f"  {check.state}: {check.name}. {check.sentence}")
    raise typer.Exit(CODES[state])


def _junit(title: str, checks: Sequence[Check]) -> str:
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    states = [check.state for check in checks]
    # What is undecided has not passed: it stands as an error, which no job takes for a pass.
    counts = {"tests": len(checks), "failures": states.count("failed"),
              "errors": states.count("undecided")}  # fmt: skip
    suite = Element("testsuite", {"name": title, **{key: str(n) for key, n in counts.items()}})
    for check in checks:
        case = SubElement(suite, "testcase", classname="workbench.gate", name=check.name)
        if check.state != "passed":
            tag = "failure" if check.state == "failed" else "error"
            SubElement(case, tag, type=check.state, message=check.sentence)
        else:
            SubElement(case, "system-out").text = check.sentence
    indent(suite)
    return tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _markdown(title: str, checks: Sequence[Check]) -> str:
    def cell(text: str) -> str:
        return text.replace("|", "\\|").replace("\n", " ")

    lines = [f"**{cell(title)}**", "", "| demand | | |", "|---|---|---|"]
    lines += [f"| {cell(c.name)} | {c.state} | {cell(c.sentence)} |" for c in checks]
    return "\n".join(lines) + "\n"


def _write(path: Path, content: str) -> None:
    from workbench.errors import WorkbenchError
    from workbench.io.files import write_text

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, content)
    except OSError as error:
        raise WorkbenchError(
            f"{path} cannot be written: {error.strerror}.", "Name another file."
        ) from error
