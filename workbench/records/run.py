"""The run directory: one folder with all of a run, reopened, resumed, compared, reported."""

from __future__ import annotations

import shutil
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from workbench.engine.cache import runs_root
from workbench.errors import WorkbenchError
from workbench.io import jsonl, locks
from workbench.io.files import read_json, write_json


class Run:
    """One run directory. The manifest is rewritten whole; everything else only grows."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def manifest(self) -> dict[str, Any]:
        """What the run is and how far it came; empty before its first stage."""
        path = self.path / "manifest.json"
        return dict(read_json(path)) if path.exists() else {}

    def update(self, **values: Any) -> None:
        """Merge ``values`` into the manifest."""
        write_json(self.path / "manifest.json", {**self.manifest, **values})

    def note_stage(self, name: str, facts: dict[str, Any]) -> None:
        """Record a finished stage in the manifest."""
        stages = dict(self.manifest.get("stages", {}))
        stages[name] = facts
        self.update(stages=stages)

    def event(self, **values: Any) -> None:
        """Append one event with its time (seconds since 1970)."""
        jsonl.append(self.path / "events.jsonl", [{"time": time.time(), **values}])

    def results(self) -> dict[str, Any]:
        """results.json; a WorkbenchError with the way out where the run has not finished."""
        path = self.path / "results.json"
        if not path.exists():
            state = self.manifest.get("state", "not started")
            raise WorkbenchError(
                f"Run {self.id} has no results yet (state: {state}).",
                f"Finish it with: workbench run {self.path / 'specification.yaml'}",
            )
        return dict(read_json(path))

    def lock(self) -> AbstractContextManager[None]:
        """Hold the run; a second process is refused, a killed one's hold is gone with it."""
        return locks.refusing(self.path / "lock", f"Run {self.id}")

    def in_progress(self) -> bool:
        """Whether some process holds the run at this moment."""
        return locks.is_held(self.path / "lock")

    def delete(self) -> None:
        """Remove the run directory; shared artifacts in the cache stay."""
        with self.lock():
            shutil.rmtree(self.path)


def all_runs() -> list[Run]:
    """Every run below the runs folder, newest first."""
    root = runs_root()
    if not root.is_dir():
        return []
    matches = [Run(path) for path in root.iterdir() if (path / "manifest.json").exists()]
    return sorted(
        matches, key=lambda run: (run.path / "manifest.json").stat().st_mtime, reverse=True
    )


def find_run(name: str) -> Run:
    """The run of that id, unambiguous start of an id, or path; ``latest`` is the newest."""
    path = Path(name)
    if (path / "manifest.json").exists():
        return Run(path.absolute())
    runs = all_runs()
    if name == "latest" and runs:
        return runs[0]
    matches = [run for run in runs if run.id == name] or [
        run for run in runs if run.id.startswith(name)
    ]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise WorkbenchError(
            f"Several runs begin with {name!r}: {', '.join(run.id for run in matches[:5])}.",
            "Write the id out further.",
        )
    raise WorkbenchError(
        f"There is no run {name!r} in {runs_root()}.",
        "`workbench runs` lists what there is."
        if runs
        else "Make the first one with: workbench demo",
    )
