"""``workbench curve``: how much data a tuning needs, by dev questions alone."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="Run id, its start, path, or latest.")]


def register(app: typer.Typer) -> None:
    """Add the command of this module to the workbench's own."""
    app.command("curve")(curve)


def curve(
    name: RunName,
    points: Annotated[
        str, typer.Option(metavar="1/8,1/4,1/2,1", help="Shares of the facts to train on.")
    ] = "1/8,1/4,1/2,1",
    variant: Annotated[
        str | None, typer.Option("--variant", help="The tuned variant; the first if not given.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="The untuned variant to be met; RAG if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a tuned variant on parts of its facts, and say where more data would lead.

    Each part is judged on dev questions; the exam stays shut. What was trained is kept, so that a
    call that was interrupted goes on.
    """
    from workbench.cli.running import OneBar
    from workbench.curve import draw_curve, parse_points
    from workbench.records.run import find_run

    shares, run = parse_points(points), find_run(name)
    bar = OneBar("curve")
    try:
        record = draw_curve(run, shares, variant, against, bar)
    finally:
        bar.close()
    if as_json:
        print(json.dumps(record, ensure_ascii=False, indent=1))
    else:
        _show(record)


def _show(record: dict[str, Any]) -> None:
    from rich.table import Table

    from workbench import wording
    from workbench.cli.screen import console

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("facts", f"{wording.metric_label(record['metric'])} on dev"):
        table.add_column(title, justify="right")
    for point in record["points"]:
        span = wording.interval(point["low"], point["high"])
        table.add_row(wording.count(point["facts"]), f"{wording.points(point['value'])} {span}")
    span = wording.interval(record["rival_low"], record["rival_high"])
    rival = wording.label(record["rival"], short=True)
    table.add_row(rival, f"{wording.points(record['rival_value'])} {span}")
    screen = console()
    screen.print(table)
    screen.print(
        f"{record['questions']} dev questions; the exam stays shut. Points out of 100 with "
        "95% intervals."
    )
    for item in record["statements"]:
        screen.print(wording.text(item))
