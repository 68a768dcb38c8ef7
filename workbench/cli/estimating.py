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
        str | None,
        typer.Argument(
            metavar="EXPERIMENT", help=".py, .yaml, .json or .toml; may be left out with --cluster."
        ),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Another value for this time."),
    ] = None,
    call_endpoints: Annotated[
        bool, typer.Option(help="Clock endpoints by a few calls, which they may charge for.")
    ] = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="16xA100", help="A dry plan for so many GPUs, from named rates: nothing runs."
        ),
    ] = None,
    passages: Annotated[int | None, typer.Option(min=1, help="With --cluster: so many.")] = None,
    questions: Annotated[
        int | None, typer.Option(min=1, help="With --cluster: so many in the exam.")
    ] = None,
    variants: Annotated[int | None, typer.Option(min=1, help="With --cluster: so many.")] = None,
    billions: Annotated[
        float | None,
        typer.Option(min=0.001, help="With --cluster: the model's parameters, in billions."),
    ] = None,
    per_hour: Annotated[
        float | None, typer.Option(min=0, help="With --cluster: dollars for a GPU and hour.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how long a run will take here, with its memory, tokens and money, from a short trial.

    With --cluster: what it would take on such a cluster, stage by stage, without a trial.
    """
    from workbench.cli.loading import load_experiment
    from workbench.cli.screen import console
    from workbench.errors import WorkbenchError

    loaded = None if experiment is None else load_experiment(experiment, changes or ())
    sizes = (passages, questions, variants, billions, per_hour)
    if cluster is not None:
        from workbench.cli import cluster as planning
        from workbench.costing.cluster import plan

        work = planning.workload(loaded, *sizes[:4])
        planned = plan(work, cluster, per_hour)
        if as_json:
            print(json.dumps(planning.to_record(work, planned), indent=1))
        else:
            planning.show(work, planned, list_price=per_hour is None)
        return
    if any(size is not None for size in sizes):
        raise WorkbenchError(
            "--passages, --questions, --variants, --billions and --per-hour are sizes of a plan.",
            "Name the machines with --cluster 16xA100, or leave them out.",
        )
    if loaded is None:
        raise WorkbenchError(
            "Which experiment?", "workbench estimate experiments/salt_ledger.py, or --cluster."
        )
    from workbench.estimate import estimate_run
    from workbench.experiment import fitting

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
