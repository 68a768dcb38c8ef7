"""``workbench serve``: a run that answers, over HTTP."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.serve import LogWanted

RunName = Annotated[str, typer.Argument(metavar="RUN", help="Run id, its start, path, or latest.")]


def register(app: typer.Typer) -> None:
    """Add the command to the workbench's own."""
    app.command("serve")(serve)


def serve(
    name: RunName = "latest",
    host: Annotated[str, typer.Option(help="Address to bind to.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free port.")] = 8321,
    key_env: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Environment variable with the keys that clients send, by commas; repeatable. "
            "Without it WORKBENCH_API_KEYS.",
        ),
    ] = None,
    rate: Annotated[
        str | None,
        typer.Option(
            metavar="60/MIN", help="Requests of a key (without keys: of an address) at most."
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="A web page's origin that may ask from a browser, such as https://page.example; "
            "repeatable. None by default.",
        ),
    ] = None,
    single_turn: Annotated[
        bool,
        typer.Option("--single-turn", help="Do not read the turns before a question, and say so."),
    ] = False,
    log: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Log what is asked, for `workbench drift`: vectors and counts, no text.",
        ),
    ] = None,
    log_text: Annotated[
        bool, typer.Option("--log-text", help="With --log: the questions' text too, redacted.")
    ] = False,
    keep_days: Annotated[
        int | None,
        typer.Option(metavar="N", help="With --log: days that a line is kept; 30 by default."),
    ] = None,
) -> None:
    """Answer as any variant of a run, over an OpenAI-compatible API."""
    from workbench.records.run import find_run
    from workbench.serve import serve as serve_run
    from workbench.serve.guard import Limits
    from workbench.serve.rate import Rate

    limits = Limits.from_environment(
        key_env or (), allow_origin or (), None if rate is None else Rate.read(rate.lower())
    )
    serve_run(
        find_run(name).path, host, port, limits, single_turn, _wanted(log, log_text, keep_days)
    )


def _wanted(folder: Path | None, text: bool, keep_days: int | None) -> LogWanted | None:
    """What is to be logged; a fault where it is said how and not where."""
    from workbench.serve import LogWanted

    if folder is None:
        if text or keep_days is not None:
            raise WorkbenchError(
                "--log-text and --keep-days say how questions are logged, and none are.",
                "Name a folder: --log DIR.",
            )
        return None
    wanted = LogWanted(folder, text) if keep_days is None else LogWanted(folder, text, keep_days)
    what = "their text, redacted, and their vectors" if text else "their vectors, not their text"
    days = "a day" if wanted.keep_days == 1 else f"{wanted.keep_days} days"
    print(f"Questions are logged to {folder} for {days}: {what}.", file=sys.stderr)
    return wanted
