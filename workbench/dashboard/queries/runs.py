"""Which runs there are, and what their small JSON files say: the reading that never fails.

A corrupt, half-written or older run yields what can be read, and ``problems`` says what cannot.
Files are read again only when their size or time changes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.experiment.variant import Variant
from workbench.records import migrate
from workbench.records.layout import RunLayout
from workbench.records.load import load, load_manifest
from workbench.records.manifest import Manifest
from workbench.records.notes import Notes, read_notes
from workbench.records.results import Results
from workbench.records.variants import VariantRow
from workbench.records.verdict import Verdict


@dataclass(frozen=True)
class Snapshot:
    """A run as its files stand at one moment. ``results`` is empty while it is not done."""

    path: Path
    manifest: Manifest
    results: Results
    problems: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def files(self) -> RunLayout:
        """The paths of the run's files."""
        return RunLayout(self.path)

    @property
    def state(self) -> str:
        """running, stopped, done, failed, or unknown."""
        state = self.manifest.state or ("done" if self.variants else "unknown")
        # A killed process could not record its own end.
        return "stopped" if state == "running" and not is_alive(self.path) else state

    @property
    def title(self) -> str:
        """The corpus's title, or the run's id."""
        return self.manifest.corpus.title or self.results.run.corpus.title or self.id

    @property
    def notes(self) -> Notes:
        """The name, note and tags that people gave the run."""
        return _notes(self.path, stamp(self.files.notes))

    @property
    def name(self) -> str:
        """The name that somebody gave the run, or its title."""
        return self.notes.name or self.title

    @property
    def created(self) -> str:
        """The date and minute of its start (UTC), or an empty string."""
        return moment(self.manifest.created)

    @property
    def verdict(self) -> Verdict:
        """The verdict, or an empty one."""
        return self.results.verdict

    @property
    def variants(self) -> tuple[VariantRow, ...]:
        """The variants in the run's order."""
        return self.results.variants

    @property
    def factors(self) -> list[Variant]:
        """What is known of the variants: from the results' rows, or the specification's."""
        if self.variants:
            return [Variant.named(row.name, row.context) for row in self.variants]
        listed = self.specification.get("variants")
        rows = map(mapping, listed) if isinstance(listed, list) else ()
        return [Variant.named(str(r["name"]), r.get("context")) for r in rows if r.get("name")]

    @property
    def metric(self) -> str:
        """The metric that the decision rests on."""
        named = self.results.metric or mapping(self.specification.get("decision")).get("metric")
        return str(named or "f1")

    @property
    def specification(self) -> dict[str, Any]:
        """The resolved specification, or an empty mapping where it can't be read."""
        path = self.files.specification
        return _specification(path, stamp(path))


def mapping(value: Any) -> dict[str, Any]:
    """``value`` if it is a mapping, else an empty one: for what others wrote."""
    return value if isinstance(value, dict) else {}


def moment(value: Any) -> str:
    """A time as ``2026-11-21 06:00`` (UTC); it is recorded in seconds since 1970 or as text."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M")
    return str(value or "")[:16].replace("T", " ")


def find(root: Path) -> list[Snapshot]:
    """Every run under ``root``, newest first."""
    if not root.is_dir():
        return []
    folders = [p for p in root.iterdir() if p.is_dir() and stamp(*_small(p))]
    return sorted((open_run(p) for p in folders), key=lambda run: run.created, reverse=True)


def matching(runs: Iterable[Snapshot], search: str, tags: Collection[str]) -> list[Snapshot]:
    """The runs that hold every word of ``search`` somewhere, and every tag."""
    words = search.casefold().split()
    result = []
    for run in runs:
        notes = run.notes
        parts = (run.id, run.title, run.state, run.created, notes.name, notes.note, *notes.tags,
                 run.manifest.purpose, run.verdict.sentence)  # fmt: skip
        text = " ".join(parts).casefold()
        if all(word in text for word in words) and set(tags) <= set(notes.tags):
            result.append(run)
    return result


def _small(path: Path) -> tuple[Path, ...]:
    files = RunLayout(path)
    return files.manifest, files.results, files.specification


def open_run(path: Path) -> Snapshot:
    """The run at ``path``; files that can't be read become sentences in ``problems``."""
    return _open(path, stamp(*_small(path)[:2]))


# ``_stamp`` is part of the key only: a changed file is another key.
@lru_cache(maxsize=256)
def _open(path: Path, _stamp: tuple[Any, ...]) -> Snapshot:
    manifest, problems = load_manifest(path)
    results, more = load(path)
    if manifest.state not in ("", "done") and not RunLayout(path).results.exists():
        # Before its end a run has no results, which is no fault to report.
        more = ()
    return Snapshot(path, manifest, results, problems + more)


@lru_cache(maxsize=256)
def _notes(path: Path, _stamp: tuple[Any, ...]) -> Notes:
    return read_notes(path)


@lru_cache(maxsize=256)
def _specification(path: Path, _stamp: tuple[Any, ...]) -> dict[str, Any]:
    from workbench.io import yamls

    try:
        return migrate.specification(mapping(yamls.load(path.read_text(encoding="utf-8"))))
    except (OSError, UnicodeDecodeError, yamls.YAMLError):
        return {}


def stamp(*paths: Path) -> tuple[tuple[str, int, int], ...]:
    """Size and time of each existing file: equal as long as none changes."""
    matches = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        matches.append((path.name, status.st_size, status.st_mtime_ns))
    return tuple(matches)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a JSONL file; other lines are skipped."""
    try:
        source = path.open(encoding="utf-8", errors="replace")
    except OSError:
        return
    with source:
        for line in source:
            try:
                value = json.loads(line)
            except json.JSONDecodeError:
                continue
            if isinstance(value, dict):
                yield value


def events(path: Path, last: int = 4000) -> list[dict[str, Any]]:
    """The last events of a run, oldest first, read from the end of the file."""
    source = RunLayout(path).events
    try:
        size = source.stat().st_size
        with source.open("rb") as handle:
            # An event has some 160 bytes; a first line cut in two is skipped below.
            handle.seek(max(0, size - last * 160))
            tail = handle.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    matches = []
    for line in tail.splitlines():
        try:
            value = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(value, dict):
            matches.append(value)
    return matches[-last:]


def is_alive(path: Path) -> bool:
    """Whether a process holds this run at this moment."""
    from workbench.records.run import Run as Directory

    try:
        return Directory(path).in_progress()
    except OSError:
        return False
