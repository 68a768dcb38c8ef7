"""notes.json: the name, note and tags that people give a run, beside its results."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from workbench.io.files import write_json
from workbench.records.layout import RunLayout
from workbench.records.load import fitting, read_object
from workbench.records.record import Record

NAME, NOTE, TAG, TAGS = 80, 2000, 30, 10  # characters, and how many tags


class Notes(Record):
    """What people wrote about a run; empty where nobody did."""

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()


def read_notes(run: Path) -> Notes:
    """The notes of the run at ``run``; empty where there are none, or none that can be read."""
    path = RunLayout(run).notes
    return fitting(Notes, read_object(path)[0] or {}, path.name)[0]


def write_notes(run: Path, name: str, note: str, tags: Iterable[str]) -> Notes:
    """Put these notes in place of any earlier ones."""
    tidy = dict.fromkeys(" ".join(tag.split())[:TAG].rstrip() for tag in tags)
    notes = Notes(
        name=" ".join(name.split())[:NAME].rstrip(),
        note=note.strip()[:NOTE],
        tags=tuple(tag for tag in tidy if tag)[:TAGS],
    )
    write_json(RunLayout(run).notes, notes.record())
    return notes
