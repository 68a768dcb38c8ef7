"""What Optuna does for a search: what is tried next, what is given up, what mattered.

The study is a journal on disk, a line for each thing that happens.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from numpy.random import SeedSequence

from workbench.experiment.searching import Span
from workbench.types import Watch

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import Trial

T = TypeVar("T")
Setting = Mapping[str, Any]

STUDY = "study.jsonl"
#: Trials that are carried through before any is given up, and the first epoch at which one is.
UNPRUNED, LEAST_EPOCHS = 3, 2
#: Trials from which on it is said what mattered.
ENOUGH = 4


class GivenUp(Exception):  # noqa: N818 - it is an outcome, not a fault
    """A training that is not worth going on with."""


@dataclass(frozen=True, slots=True)
class Space(Generic[T]):
    """What may be tried: lists and ranges by key, and what a setting of them makes.

    ``every`` are all settings, None where a range has no end of them; ``present`` is what stands in
    the experiment as one of them. The ``leading`` keys are chosen first, and ``reads`` names, by
    these, the keys that such a setting reads. Two settings of one ``identity`` are the same.
    """

    over: Mapping[str, tuple[Any, ...] | Span]
    every: Sequence[Setting] | None
    present: Setting | None
    leading: tuple[str, ...]
    reads: Callable[[Setting], Iterable[str]]
    made: Callable[[Setting], T]
    identity: Callable[[T], str]


@dataclass(frozen=True, slots=True)
class Budget:
    """How long is searched, and how settings are proposed and given up.

    Of a sampler that learns, ``batch`` are proposed before any of them has been tried.
    """

    trials: int
    sampler: str = "tpe"
    minutes: float | None = None
    prune: bool = False
    batch: int = 1


def open_study(folder: Path, budget: Budget, seed: int) -> Study:
    """The study in that folder, opened or begun."""
    import optuna
    from optuna.pruners import MedianPruner, NopPruner
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    class HeldAlready(JournalFileOpenLock):
        """The folder is this process's own, and a lock that a kill left behind would stay."""

        def acquire(self) -> bool:
            return True

        def release(self) -> None:
            return None

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / STUDY
    _mend(path)
    pruner = MedianPruner(UNPRUNED, LEAST_EPOCHS) if budget.prune else NopPruner()
    return optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(path), HeldAlready(str(path)))),
        study_name="search", direction="maximize", load_if_exists=True,
        sampler=sampler_of(budget, seed), pruner=pruner,
    )  # fmt: skip


def _mend(path: Path) -> None:
    """Without a last line that a kill cut off: another behind it would spoil both."""
    if not path.exists():
        return
    text = path.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if len(whole) < len(text):
        with path.open("r+b") as file:
            file.truncate(len(whole))
            os.fsync(file.fileno())


def take_up(study: Study) -> None:
    """What a kill interrupted waits to be tried again, under its own number and before all else."""
    from optuna.trial import TrialState

    for one in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        # Optuna's own way is a copy at the queue's end, which would change what follows.
        study._storage.set_trial_state_values(one._trial_id, TrialState.WAITING)


def enqueue(study: Study, settings: Iterable[Setting]) -> None:
    """Have those settings tried next, in that order."""
    for setting in settings:
        study.enqueue_trial({key: _name(value) for key, value in setting.items()})


def repeat(study: Study, trial: Trial, before: int) -> None:
    """Tell of a trial what an earlier one of the same setting came to."""
    known = study.get_trials(deepcopy=False)[before]
    value = known.value if known.state.name == "COMPLETE" else None
    study.tell(trial, value, state=known.state)


def tell(study: Study, trial: Trial, state: str, value: float | None) -> None:
    """Tell what a trial came to: ``complete``, ``pruned`` or ``failed``."""
    from optuna.trial import TrialState

    states = {
        "complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL,
    }  # fmt: skip
    # A pruned trial's value is what it had come to, which Optuna takes from its reports.
    study.tell(trial, value, state=states[state])


def judging(study: Study, trial: Trial) -> Watch:
    """What notes a trial's epochs, and gives it up where earlier trials were better by then."""
    # What a killed process had reported is there already.
    noted = {*study.get_trials(deepcopy=False)[trial.number].intermediate_values}

    def judge(epoch: float, chance: float) -> None:
        step = math.ceil(epoch)
        if step not in noted:
            noted.add(step)
            trial.report(chance, step)
        # An epoch that a killed process went on from was judged by it: Optuna sees the last alone.
        if step == max(noted) and trial.should_prune():
            raise GivenUp

    return judge


def sampler_of(budget: Budget, seed: int) -> Any:
    """What proposes the next setting."""
    from optuna.samplers import RandomSampler, TPESampler

    if budget.sampler == "tpe":
        return TPESampler(
            seed=seed, n_startup_trials=max(4, budget.trials // 3),
            # Those of a batch keep away from one another.
            constant_liar=budget.batch > 1,
        )  # fmt: skip
    return RandomSampler(seed=seed)


def asked(study: Study, budget: Budget, seed: int) -> Trial:
    """The next trial: one that waits, or a new one."""
    from optuna.trial import TrialState

    known = study.get_trials(deepcopy=False)
    waiting = (one.number for one in known if one.state == TrialState.WAITING)
    study.sampler = _drawing(budget, seed, min(waiting, default=len(known)), 0)
    trial = study.ask()
    # Values that are drawn together are so at their first sight: here, by this sampler.
    _ = trial.relative_params
    return trial


def _drawing(budget: Budget, seed: int, number: int, place: int) -> Any:
    """The sampler of one draw, whatever was drawn before it."""
    drawn = SeedSequence((seed, number, place)).generate_state(1)
    return sampler_of(budget, int(drawn[0]))


def suggested(trial: Trial, space: Space[T], budget: Budget, seed: int) -> dict[str, Any]:
    """The values of one trial, the leading ones first: of what these read alone."""
    setting: dict[str, Any] = {}
    places = {key: place for place, key in enumerate(sorted(space.over), 1)}

    def suggest(key: str) -> Any:
        # Anew for each value: a search that was killed between two proposes what it would have.
        trial.study.sampler = _drawing(budget, seed, trial.number, places[key])
        tried = space.over[key]
        if not isinstance(tried, Span):
            return _chosen(trial, key, tried)
        if tried.whole:
            return trial.suggest_int(key, int(tried.low), int(tried.high), log=tried.log)
        # Three digits, as a person would write it.
        return float(f"{trial.suggest_float(key, tried.low, tried.high, log=tried.log):.3g}")

    for key in space.leading:
        if key in space.over:
            setting[key] = suggest(key)
    for key in space.reads(setting):
        if key not in setting:
            setting[key] = suggest(key)
    return setting


def _chosen(trial: Trial, key: str, tried: tuple[Any, ...]) -> Any:
    names = [_name(value) for value in tried]
    return tried[names.index(trial.suggest_categorical(key, names))]


def _name(value: Any) -> Any:
    """A value as Optuna keeps it: texts, numbers and nothing as they are, others as JSON."""
    return value if value is None or isinstance(value, str | int | float) else json.dumps(value)


def importance(study: Study, seed: int) -> dict[str, float]:
    """The share of the values' spread that each key explains (fANOVA, Hutter et al. 2014)."""
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances
    from optuna.trial import TrialState

    whole = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(whole) < ENOUGH or len({one.value for one in whole}) < 2:
        return {}
    found = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=seed % 2**32))
    return {key: float(share) for key, share in found.items()}
