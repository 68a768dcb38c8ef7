"""The command line: parse, call, print. Nothing here computes."""

from __future__ import annotations


def main() -> None:
    """Entry point of the ``workbench`` command."""
    from workbench.cli.app import run_app

    run_app()
