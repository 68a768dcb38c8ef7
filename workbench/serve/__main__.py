"""``python -m workbench.serve RUN``: how the dashboard starts it."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.serve import serve


def main(arguments: list[str] | None = None) -> None:
    """Serve one run until interrupted."""
    parser = argparse.ArgumentParser(prog="workbench serve")
    parser.add_argument("run", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8321)
    chosen = parser.parse_args(arguments)
    try:
        serve(chosen.run, chosen.host, chosen.port)
    except WorkbenchError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
