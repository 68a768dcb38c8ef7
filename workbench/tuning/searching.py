"""A search of tuning settings: the space of what a method reads, and Optuna's budget for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from workbench.engine.proposals import Budget, Setting, Space
from workbench.engine.study import Attempt, Search, Together
from workbench.engine.study import search as search_space
from workbench.experiment.candidates import as_it_is, combinations, keys_read, tuned_as
from workbench.experiment.tuning import TuningSpec
from workbench.types import Progress, Watch, silent

Trial = Attempt[TuningSpec]
Trials = Search[TuningSpec]


def search(
    tuning: TuningSpec,
    model: str,
    folder: Path,
    seed: int,
    attempt: Callable[[int, TuningSpec, Watch], float],
    progress: Progress = silent,
    together: Together[TuningSpec] | None = None,
) -> Trials:
    """Try settings of ``tuning`` within its budget, going on from what ``folder`` holds.

    ``attempt`` trains and judges one tuning, ``together`` several at once; ``model`` is the name
    that automatic rates follow.
    """
    spec = tuning.search
    assert spec is not None, "plan searches what has something to search"

    def reads(setting: Setting) -> Iterable[str]:
        return keys_read(tuning, str(setting.get("method", tuning.method)))

    space = Space(
        spec.over, combinations(tuning), as_it_is(tuning), ("method",), reads,
        lambda setting: tuned_as(tuning, setting, model), TuningSpec.digest,
    )  # fmt: skip
    budget = Budget(spec.trials, spec.sampler, spec.minutes, spec.prune, spec.batch)
    return search_space(space, budget, folder, seed, attempt, progress, together)
