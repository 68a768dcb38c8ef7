"""What a provider made of an endpoint's model: its name, in the place of an adapter's weights."""

from __future__ import annotations

from pathlib import Path

from workbench.io.files import read_json, write_json

HOSTED = "hosted.json"


def hosted_name(folder: Path) -> str | None:
    """The name of the tuned model whose adapter this folder stands for; None: it holds weights."""
    path = folder / HOSTED
    return str(read_json(path)["model"]) if path.is_file() else None


def write_hosted(folder: Path, model: str) -> None:
    """Let ``folder`` stand for the tuned model of that name."""
    write_json(folder / HOSTED, {"model": model})
