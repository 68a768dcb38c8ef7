"""Commands on evidence: import answers, compare two runs, ask for advice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from workbench.records.results import Results

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the workbench's own."""
    app.command("import-answers")(import_answers)
    app.command("compare")(compare)
    app.command("advise")(advise)


def import_answers(
    file: Annotated[
        Path, typer.Argument(help="Answers or labels: CSV, TSV, JSON, JSONL, Parquet, Excel.")
    ],
    out: Annotated[
        str | None, typer.Option("--output", "-o", "--out", help="Name of a new run.")
    ] = None,
    run: Annotated[str | None, typer.Option(help="Put them beside this run's variants.")] = None,
    metric: Annotated[str | None, typer.Option(help="The metric that decides.")] = None,
    margin: Annotated[float, typer.Option(help="Smallest gain that matters (0 to 1).")] = 0.03,
    score: Annotated[
        str | None,
        typer.Option(help="Score answers by their references: f1, exact or containment."),
    ] = None,
    ceiling: Annotated[
        list[str] | None,
        typer.Option(help="A system that bounds the others and is no candidate. Repeatable."),
    ] = None,
    purpose: Annotated[str, typer.Option(help="What the assistant is for.")] = (
        "Compare systems that ran elsewhere."
    ),
    as_json: AsJson = False,
) -> None:
    """Put answers of systems that ran elsewhere into a run's table, verdict and report."""
    from workbench.errors import WorkbenchError
    from workbench.stages.importing import import_beside, import_new

    if (out is None) == (run is None):
        raise WorkbenchError(
            "import-answers needs either --out or --run.",
            "--out NAME makes a new run of the file; --run RUN puts it beside our variants.",
        )
    if out is not None:
        result = import_new(
            file, out, metric=metric, margin=margin, purpose=purpose, score=score,
            ceilings=ceiling or (),
        )  # fmt: skip
    else:
        if score is not None:
            raise WorkbenchError(
                "Beside a run answers are scored by the run's exam, with all its metrics.",
                "Leave --score out, or make a run of the file alone with --out NAME.",
            )
        result = import_beside(file, str(run), ceilings=ceiling or ())
    results = result.results()
    if as_json:
        print(json.dumps(results.record(), ensure_ascii=False, indent=1))
        return
    _print_table(results)
    print(f"\nReport: {result.files.report('html')}")


def compare(
    before: Annotated[str, typer.Argument(metavar="RUN", help="The earlier run.")],
    after: Annotated[str, typer.Argument(metavar="RUN", help="The later run.")],
    as_json: AsJson = False,
) -> None:
    """Say what changed between two runs, and whether it is real."""
    from workbench.between_runs import changes
    from workbench.records.run import find_run

    result = changes(find_run(before), find_run(after))
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    print(result["sentence"])
    for row in result["variants"]:
        print(f"  {row['sentence']}")
    for fact in result["facts"]:
        print(f"  {fact['sentence']}")


def advise(
    answers: Annotated[
        list[str] | None, typer.Argument(help="key=value; without any, you are asked.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Before any experiment: a short questionnaire, answered with cited rules."""
    from workbench.decision import ITEMS
    from workbench.decision import advise as judge
    from workbench.errors import WorkbenchError

    given: dict[str, str] = {}
    for pair in answers or []:
        key, separator, value = pair.partition("=")
        if not separator:
            raise WorkbenchError(f"{pair!r} is not key=value.", "For example: lacks=facts")
        given[key] = value
    if not given:
        for item in ITEMS:
            print(f"{item.text} ({' / '.join(item.options)}; empty: do not know)")
            reply = input("> ").strip().lower()
            if reply:
                given[item.key] = reply
    result = judge(given)
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    print(result["sentence"])
    for entry in result["reasons"]:
        print(f"  - {entry['reason']} [{entry['source']}]")
    print(result["test"])


def _print_table(results: Results) -> None:
    from workbench.cli import result
    from workbench.cli.screen import console, variants_table

    out = console()
    out.print(variants_table(results))
    out.print()
    for line in result.verdict(results):
        console().print(line)
    for warning in results.warnings:
        out.print(f"Note: {warning}")
