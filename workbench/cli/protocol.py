"""``workbench mcp``: runs as tools of an assistant."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the workbench's own."""
    app.command("mcp")(mcp)


def mcp(
    without_ask: Annotated[
        bool,
        typer.Option("--without-ask", help="No questions to a run's models, and no passages."),
    ] = False,
) -> None:
    """Be a server of the Model Context Protocol, over standard input and output.

    An assistant (Claude Desktop, an editor) starts it and gets the tools runs, show, compare, gate,
    advise and ask. None of them changes a run.
    """
    from workbench.mcp import serve_tools

    serve_tools(questions=not without_ask)
