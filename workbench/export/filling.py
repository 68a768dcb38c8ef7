"""The texts of an export's files, filled in from ``texts/``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.io.files import write_text

FOLDER = Path(__file__).parent / "texts"


def fill(name: str, /, **values: Any) -> str:
    """The template of that name with its values."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template(f"{name}.jinja").render(values)


def put(folder: Path, template: str, file: str | None = None, /, **values: Any) -> None:
    """Write the filled template into ``folder`` under its own name or another."""
    write_text(folder / (file or template), fill(template, **values))
