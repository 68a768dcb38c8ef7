"""A run's stages as spans of a trace, beside whoever else is told how it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from workbench.engine.tracing import Mark, Traces, traces
from workbench.pipeline import Reporter
from workbench.types import Progress

if TYPE_CHECKING:
    from workbench.experiment import Experiment


class Traced:
    """A Reporter that opens a span where a stage begins and closes it where it ends."""

    def __init__(self, told: Reporter, spans: Traces) -> None:
        self._told, self._spans = told, spans
        self._open: AbstractContextManager[Mark] | None = None
        self._mark = Mark()

    def stage(self, name: str) -> Progress:
        self.close()
        self._open = self._spans.span(name)
        self._mark = self._open.__enter__()
        return self._told.stage(name)

    def done(self, name: str, facts: Mapping[str, Any]) -> None:
        # A stage that had ended before is told of without having begun.
        if self._open is not None:
            self._mark.say(workbench__reused=facts.get("reused"), **_counts(facts.get("summary")))
            self.close()
        self._told.done(name, facts)

    def close(self, error: BaseException | None = None) -> None:
        """End the stage at hand, if one is."""
        opened, self._open = self._open, None
        if opened is None:
            return
        if error is None:
            opened.__exit__(None, None, None)
            return
        try:
            opened.__exit__(type(error), error, error.__traceback__)
        except BaseException as raised:
            if raised is not error:
                raise


def _counts(summary: Any) -> dict[str, Any]:
    """The numbers of a stage's summary: its words may be the corpus's."""
    known = summary if isinstance(summary, Mapping) else {}
    return {
        f"workbench__{name}": value
        for name, value in known.items()
        if isinstance(value, int | float)
    }


@contextmanager
def traced(experiment: Experiment, told: Reporter) -> Iterator[Traced]:
    """The whole run as one span, a stage each below it, while the block runs."""
    spans = traces("workbench run", experiment.text_may_leave_this_machine)
    reporter = Traced(told, spans)
    try:
        with spans.span(
            "run",
            workbench__experiment=experiment.name,
            workbench__variants=[variant.name for variant in experiment.variants],
            workbench__seed=experiment.seed,
        ):
            try:
                yield reporter
            except BaseException as error:
                reporter.close(error)
                raise
            reporter.close()
    finally:
        spans.close()
