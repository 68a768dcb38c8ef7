"""Plain files in a new folder, for whatever reads JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.io.files import copy, whole_folder, write_json
from workbench.publish.target import Target, new_folder

if TYPE_CHECKING:
    from workbench.publish.told import Told


def _send(told: Told, place: str) -> str:
    with whole_folder(Path(place)) as folder:
        for name in ("parameters", "metrics", "tags"):
            write_json(folder / f"{name}.json", getattr(told, name))
        for report in told.reports:
            copy(report, folder / report.name)
    return place


FOLDER = Target("a folder", new_folder, lambda _: False, _send)
