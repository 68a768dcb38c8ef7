"""Which runs there are, and what their small JSON files say: the reading that never fails.

A corrupt, half-written or older run yields what can be read, and ``problems`` says what cannot.
Files are read again only when their size or time changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.experiment.variant import Variant


@dataclass(frozen=True)
class Run:
    """One run directory. ``results`` is empty while the run is not done."""

    id: str
    path: Path
    manifest: dict[str, Any] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """running, stopped, done, failed, or unknown."""
        state = str(self.manifest.get("state") or ("done" if self.results else "unknown"))
        if state == "running" and not is_alive(self.path):
            return "stopped"
        return state

    @property
    def title(self) -> str:
        """The corpus's title, or the run's id."""
        corpus = mapping(self.manifest.get("corpus")) or mapping(
            mapping(self.results.get("run")).get("corpus")
        )
        return str(corpus.get("title") or self.id)

    @property
    def created(self) -> str:
        """The date and minute of its start (UTC), or an empty string."""
        return moment(self.manifest.get("created"))

    @property
    def verdict(self) -> dict[str, Any]:
        """The verdict's record, or an empty one."""
        return mapping(self.results.get("verdict"))

    @property
    def variants(self) -> list[dict[str, Any]]:
        """The rows of the variants that carry a name, in the run's order."""
        rows = self.results.get("variants")
        return [r for r in rows if mapping(r).get("name")] if isinstance(rows, list) else []

    @property
    def factors(self) -> list[Variant]:
        """What is known of the variants: from the results' rows, or the specification's."""
        rows = self.variants or self.specification.get("variants")
        named = [r for r in rows if mapping(r).get("name")] if isinstance(rows, list) else []
        return [Variant.named(str(row["name"]), row.get("context")) for row in named]

    @property
    def metric(self) -> str:
        """The metric that the decision rests on."""
        decision = mapping(self.specification.get("decision"))
        named = self.results.get("metric") or decision.get("metric")
        return str(named or "f1")

    @property
    def specification(self) -> dict[str, Any]:
        """The resolved specification, or an empty mapping where it can't be read."""
        return _specification(self.path / "specification.yaml", stamp(self.path, SPECIFICATION))

    def folder(self, name: str) -> Path:
        """A folder of the run."""
        return self.path / name


def size(value: Any) -> int | None:
    """A count, whether it is recorded as a number or as a list of the things."""
    if isinstance(value, list | dict):
        return len(value)
    return int(value) if isinstance(value, int | float) else None


SPECIFICATION = ("specification.yaml",)


def mapping(value: Any) -> dict[str, Any]:
    """``value`` if it is a mapping, else an empty one: for records of unknown age."""
    return value if isinstance(value, dict) else {}


def moment(value: Any) -> str:
    """A time as ``2026-11-21 06:00`` (UTC); it is recorded in seconds since 1970 or as text."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M")
    return str(value or "")[:16].replace("T", " ")


def find(root: Path) -> list[Run]:
    """Every run under ``root``, newest first."""
    if not root.is_dir():
        return []
    folders = [p for p in root.iterdir() if p.is_dir() and _looks_like_run(p)]
    return sorted((open_run(p) for p in folders), key=lambda run: run.created, reverse=True)


def _looks_like_run(path: Path) -> bool:
    return any((path / name).exists() for name in ("manifest.json", "results.json", *SPECIFICATION))


def open_run(path: Path) -> Run:
    """The run at ``path``; files that can't be read become sentences in ``problems``."""
    return _open(path, stamp(path, ("manifest.json", "results.json")))


@lru_cache(maxsize=256)
def _open(path: Path, _stamp: tuple[Any, ...]) -> Run:
    problems: list[str] = []
    manifest = _json(path / "manifest.json", problems, expected=True)
    done = manifest.get("state", "done") == "done"
    results = _json(path / "results.json", problems, expected=done)
    return Run(path.name, path, manifest, results, tuple(problems))


def _json(path: Path, problems: list[str], expected: bool) -> dict[str, Any]:
    """A JSON object, or an empty one with the reason added to ``problems``."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if expected:
            problems.append(f"{path.name} is missing; what it holds can't be shown.")
        return {}
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        problems.append(f"{path.name} can't be read ({type(error).__name__}); the rest is shown.")
        return {}
    if not isinstance(value, dict):
        problems.append(f"{path.name} holds no object; the rest is shown.")
        return {}
    return value


@lru_cache(maxsize=64)
def _specification(path: Path, _stamp: tuple[Any, ...]) -> dict[str, Any]:
    import yaml

    try:
        return mapping(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}


def stamp(path: Path, names: tuple[str, ...]) -> tuple[tuple[str, int, int], ...]:
    """Size and time of each file: equal as long as none of them changed."""
    matches = []
    for name in names:
        try:
            status = (path / name).stat()
        except OSError:
            continue
        matches.append((name, status.st_size, status.st_mtime_ns))
    return tuple(matches)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a JSONL file; lines that are none are passed over."""
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
    source = path / "events.jsonl"
    try:
        size = source.stat().st_size
        with source.open("rb") as handle:
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


def progress(path: Path) -> dict[str, tuple[int, int, str]]:
    """Per stage, in the order they began: how far it is, of how many, and its last note."""
    result: dict[str, tuple[int, int, str]] = {}
    for event in events(path):
        stage = event.get("stage")
        if isinstance(stage, str) and isinstance(event.get("total"), int | float):
            done = int(event.get("done") or 0)
            result[stage] = (done, int(event["total"]), str(event.get("note") or ""))
    return result


def is_alive(path: Path) -> bool:
    """Whether a process holds this run at this moment."""
    from workbench.records.run import Run as Directory

    try:
        return Directory(path).in_progress()
    except OSError:
        return False
