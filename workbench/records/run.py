"""The run directory: one folder with all of a run, reopened, resumed, compared, reported."""

from __future__ import annotations

import shutil
import time
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.io import jsonl, locks
from workbench.io.files import read_json, read_text, write_json
from workbench.records.layout import RunLayout, runs_root
from workbench.records.load import fitting, results_of
from workbench.records.manifest import Manifest
from workbench.records.results import SCHEMA_VERSION, Results

if TYPE_CHECKING:
    from workbench.experiment import Experiment


class Run:
    """One run directory. The manifest is rewritten whole; everything else only grows."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def files(self) -> RunLayout:
        """The paths of the run's files."""
        return RunLayout(self.path)

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def manifest(self) -> Manifest:
        """What the run is and how far it came; empty before its first stage."""
        # Read anew each time: another process may be writing it.
        path = self.files.manifest
        return fitting(Manifest, read_json(path) if path.exists() else {}, path.name)[0]

    def update(self, **values: Any) -> None:
        """Merge ``values`` into the manifest."""
        path = self.files.manifest
        before = read_json(path) if path.exists() else {"schema_version": SCHEMA_VERSION}
        write_json(path, {**before, **values})

    def note_stage(self, name: str, facts: dict[str, Any]) -> None:
        """Record a finished stage in the manifest."""
        stages = {key: stage.record() for key, stage in self.manifest.stages.items()}
        self.update(stages={**stages, name: facts})

    def event(self, **values: Any) -> None:
        """Append one event with its time (seconds since 1970)."""
        jsonl.append(self.files.events, [{"time": time.time(), **values}])

    def results(self) -> Results:
        """results.json; a WorkbenchError with the remedy where the run has not finished."""
        path = self.files.results
        if not path.exists():
            state = self.manifest.state or "not started"
            raise WorkbenchError(
                f"Run {self.id} has no results yet (state: {state}).",
                f"Finish it with: workbench run {self.files.specification}",
            )
        return results_of(read_json(path))[0]

    def write(self, results: Results) -> None:
        """Write ``results`` over any earlier ones."""
        # A version that was read wins; a default is not part of the record, so it is put first.
        write_json(self.files.results, {"schema_version": SCHEMA_VERSION, **results.record()})

    def experiment(self) -> Experiment | None:
        """The run's experiment in today's words; None for a run of imported answers.

        Without the variants that were left out for want of training questions.
        """
        path = self.files.specification
        if not path.exists():
            return None
        from workbench.experiment import Experiment
        from workbench.records import migrate

        whole = Experiment.from_yaml(
            read_text(path, "specification"), path.name, migrate.specification
        )
        return self.compared(whole)

    def compared(self, experiment: Experiment) -> Experiment:
        """The experiment with the variants that this run compares."""
        return self.manifest.compared(experiment)

    def lock(self) -> AbstractContextManager[None]:
        """Lock the run; a second process is refused, a killed one's lock ends with it."""
        return locks.refusing(self.files.lock, f"Run {self.id}")

    def in_progress(self) -> bool:
        """Whether some process holds the run at this moment."""
        return locks.is_held(self.files.lock)

    def delete(self) -> None:
        """Remove the run directory; shared artifacts in the cache stay.

        Only a folder right below the runs folder whose manifest names it as this run: a folder
        elsewhere that happens to hold a manifest.json is somebody's work.
        """
        below = self.path.parent.resolve() == runs_root().resolve() and not self.path.is_symlink()
        if not below or self.manifest.run_id != self.id:
            raise WorkbenchError(
                f"{self.path} is no run of {runs_root()}, and nothing else is deleted here.",
                "Name a run by its id (`workbench runs` lists them), or remove the folder by hand.",
            )
        # Locked, so that a run in progress is refused rather than pulled from under its process.
        with self.lock():
            shutil.rmtree(self.path)


def all_runs() -> list[Run]:
    """Every run below the runs folder, newest first."""
    root = runs_root()
    if not root.is_dir():
        return []
    matches = [run for run in map(Run, root.iterdir()) if run.files.manifest.exists()]
    return sorted(matches, key=lambda run: run.files.manifest.stat().st_mtime, reverse=True)


def find_run(name: str) -> Run:
    """The run of that id, unambiguous start of an id, or path; ``latest`` is the newest."""
    if not name.strip():
        raise WorkbenchError("No run is named.", "`workbench runs` lists what there is.")
    path = Path(name)
    # A path first: the run may lie outside the runs folder.
    if RunLayout(path).manifest.exists():
        return Run(path.absolute())
    runs = all_runs()
    if name == "latest" and runs:
        return runs[0]
    # A whole id wins over longer ones that begin with it.
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
