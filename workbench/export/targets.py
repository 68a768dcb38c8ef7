"""What is to sit the exam again: a model behind an endpoint, or one in files on this machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.export.chosen import Chosen
from workbench.models.tuned import CONFIG
from workbench.records.run import Run
from workbench.types import ModelReference


def target_of(
    run: Run,
    variant: str,
    endpoint: str | None,
    model: str | None,
    key_env: str | None,
    path: str | None,
    precision: str = "auto",
) -> ModelReference:
    """The model that answers; WorkbenchError unless there is either an endpoint or a path."""
    if (endpoint is None) == (path is None):
        raise WorkbenchError(
            "parity needs either --endpoint with --model, or --path.",
            "--endpoint URL --model NAME asks a server; --path FOLDER loads what was exported.",
        )
    if path is not None:
        return _in_files(Chosen(run, variant).reference, Path(path).expanduser(), precision)
    if model is None:
        raise WorkbenchError(
            f"Which model of {endpoint} is it?", "Give its name there: --model NAME."
        )
    own = Chosen(run, variant).reference
    return ModelReference(
        model, endpoint=endpoint, key_env=key_env, context_window=own.context_window,
        timeout_s=own.timeout_s,
    )  # fmt: skip


def _in_files(base: ModelReference, path: Path, precision: str) -> ModelReference:
    """Whole weights by their folder or GGUF file; an adapter on the variant's own base."""
    if not path.exists():
        raise WorkbenchError(f"There is no {path}.", "Name the folder that was exported.")
    plain = replace(base, precision=precision, served_by=None, adapter=None)
    if (path / CONFIG).is_file():
        return replace(plain, adapter=str(path.absolute()))
    return replace(plain, name=str(path.absolute()), quantization="none")
