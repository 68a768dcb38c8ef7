"""``workbench estimate``: what a run will take, before it is started."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from workbench.estimate import RunEstimate

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def register(app: typer.Typer) -> None:
    """Add the command of this module to the workbench's own."""
    app.command("estimate")(estimate)


def estimate(
    experiment: Annotated[
        str, typer.Argument(metavar="EXPERIMENT", help=".py, .yaml, .json or .toml.")
    ],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Another value for this time."),
    ] = None,
    call_endpoints: Annotated[
        bool, typer.Option(help="Clock endpoints by a few calls, which they may charge for.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say how long a run will take here, with its memory, tokens and money, from a short trial."""
    from workbench.cli.loading import load_experiment
    from workbench.cli.screen import console
    from workbench.estimate import estimate_run
    from workbench.experiment import fitting

    loaded = load_experiment(experiment, changes or ())
    result = estimate_run(loaded, call_endpoints=call_endpoints)
    if as_json:
        print(json.dumps(result.to_record(), ensure_ascii=False, indent=1))
    else:
        show(result)
        if settings := fitting.told(loaded):
            console().print(settings)


def show(result: RunEstimate) -> None:
    """The stages as a table, the totals below it."""
    from rich.table import Table

    from workbench import wording
    from workbench.cli.screen import console
    from workbench.models.memory import told
    from workbench.questions.dataset.exam import listed

    out = console()
    if result.finished:
        out.print(f"{result.run_id} is finished: nothing is left to run.")
        return
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, title in enumerate(("", "time", "tokens read", "written", "money", "")):
        shown.add_column(title, justify="right" if 0 < place < 5 else "left")
    total = result.to_record()
    for part in result.stages:
        shown.add_row(
            part.stage,
            "unknown" if part.seconds is None else wording.seconds(part.seconds),
            wording.about(part.input_tokens) if part.tokens else "",
            wording.about(part.output_tokens) if part.tokens else "",
            wording.money(part.money, result.currency),
            part.note,
        )
    shown.add_row(
        "in total",
        wording.seconds(result.seconds),
        wording.about(total["input_tokens"]),
        wording.about(total["output_tokens"]),
        wording.money(result.money, result.currency),
        "" if not total["unknown_seconds"] else f"without {', '.join(total['unknown_seconds'])}",
        style="bold",
    )
    out.print(shown)
    if result.memory_bytes:
        out.print(f"Peak memory: at least {result.memory_bytes / 2**30:.1f} GiB")
    for model in result.models:
        out.print(told(model))
    for name in result.missing:
        out.print(f"No price for {name}: {_where(name)}.")
    out.print(
        f"From {wording.seconds(result.trial_s)} of trial on this machine; expect the time "
        "within a factor of 1.5.",
    )
    if result.outlook is not None:
        out.print(result.outlook.sentence)
        if result.outlook.ways:
            out.print(listed(result.outlook.ways))


def _where(missing: str) -> str:
    """Where a price that is missing is to be written."""
    if missing.startswith("an answer of "):
        return "give usd_per_question in the variant's system"
    return "add it to the price book"
