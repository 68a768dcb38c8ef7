"""Run an experiment and show how it goes: one bar per stage, then the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.cli import screen
from workbench.cli.ending import end_so_in_a_script
from workbench.cli.streams import write_anything
from workbench.cli.traced import traced
from workbench.errors import WorkbenchError
from workbench.experiment.fitting import told
from workbench.pipeline import Quiet
from workbench.pipeline import run as run_pipeline
from workbench.types import Progress

if TYPE_CHECKING:
    from workbench.experiment import Experiment
    from workbench.records.run import Run


class Bars:
    """A Reporter that draws one bar per stage; without a terminal, one line per finished stage.

    ``settings`` are told once the models are known to be there: an index needs their tokens.
    """

    def __init__(self, settings: str = "") -> None:
        self._settings = settings
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        self._progress = Progress(
            TextColumn(" {task.description:<12}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=screen.console(stderr=True),
            transient=True,
        )
        self._live = self._progress.console.is_terminal
        self._task: Any = None

    def stage(self, name: str) -> Progress:
        if self._live and self._task is None:
            self._progress.start()
        self._task = self._progress.add_task(name, total=None, note="") if self._live else name

        def progress(done: int, total: int, note: str = "") -> None:
            if self._live:
                self._progress.update(self._task, completed=done, total=total, note=note)

        return progress

    def done(self, name: str, facts: Mapping[str, Any]) -> None:
        if self._live and self._task is not None:
            self._progress.remove_task(self._task)
        self._progress.console.print(screen.stage_line(name, facts), highlight=False)
        if name == "index" and self._settings:
            self._progress.console.print(f" {self._settings}", highlight=False)

    def close(self) -> None:
        if self._live:
            self._progress.stop()


class OneBar:
    """The Progress of a single thing, drawn on standard error until it is closed."""

    def __init__(self, name: str) -> None:
        self._bars = Bars()
        self._tell = self._bars.stage(name)

    def __call__(self, done: int, total: int, note: str = "") -> None:
        self._tell(done, total, note)

    def close(self) -> None:
        self._bars.close()


def run(experiment: Experiment, *, show: bool = True) -> Run:
    """Run the experiment, or go on where it stopped, and return its run directory.

    ``show`` draws progress on standard error and prints the table of the variants at the end.
    Raises WorkbenchError for whatever the caller can fix.
    """
    try:
        return _run(experiment, show)
    except WorkbenchError:
        end_so_in_a_script()
        raise


def _run(experiment: Experiment, show: bool) -> Run:
    if not show:
        with traced(experiment, Quiet()) as quiet:
            return run_pipeline(experiment, quiet)
    # An experiment's script may be run as it is, without the command line.
    write_anything()
    bars = Bars(told(experiment))
    try:
        with traced(experiment, bars) as reporter:
            record = run_pipeline(experiment, reporter)
    finally:
        bars.close()
    screen.show_run(record)
    return record
