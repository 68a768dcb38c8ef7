"""From a variant that sat the exam to something that answers elsewhere, and its exam there.

:func:`export` writes one of :data:`workbench.export.formats.FORMATS` into a folder, with the
prompts and a model card; :func:`workbench.export.parity.sit_again` has the exported system sit the
exam once more.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.records.run import Run

__all__ = ["Exported", "export"]


@dataclass(frozen=True, slots=True)
class Exported:
    """Where an export lies, and what should be read before it is used."""

    folder: Path
    files: tuple[str, ...]
    notes: tuple[str, ...]


def export(
    run: Run, variant: str, format_: str, out: Path, quantize: str | None = None
) -> Exported:
    """Write the variant of a finished run into the new folder ``out``.

    ``quantize`` is llama.cpp's name of a type for GGUF files, such as Q4_K_M. Raises WorkbenchError
    before any work where the format could not answer as the variant did.
    """
    from workbench.export.bundle import write_bundle
    from workbench.export.chosen import Chosen
    from workbench.export.formats import FORMATS
    from workbench.export.refusals import check
    from workbench.io.files import new_folder, whole_folder

    if format_ not in FORMATS:
        raise WorkbenchError(
            f"There is no format {format_!r}.", f"The formats are {', '.join(FORMATS)}."
        )
    out = new_folder(out)
    chosen = Chosen(run, variant, quantize)
    check(format_, chosen)
    try:
        with whole_folder(out) as folder:
            notes = FORMATS[format_].write(chosen, folder)
            notes += write_bundle(format_, chosen, folder, notes)
    except WorkbenchError:
        # Half an export helps nobody, and may be as large as the model.
        shutil.rmtree(out.with_name(f"{out.name}.partial"), ignore_errors=True)
        raise
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    return Exported(out, tuple(files), tuple(notes))
