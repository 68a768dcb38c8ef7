"""A search of settings by Optuna: what is tried next, what is given up, what mattered.

The study is a journal on disk, a line for each thing that happens. A killed search goes on from it:
what was under way is tried again first, and what is proposed after it is what would have been,
since the sampler is seeded anew for each trial.
"""

from __future__ import annotations

import json
import math
import os
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from workbench.errors import WorkbenchError
from workbench.experiment.searching import AUTO, Span
from workbench.types import Progress, Watch, silent

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial, Trial

T = TypeVar("T")
Setting = Mapping[str, Any]

STUDY = "study.jsonl"
#: Trials that are carried through before any is given up, and the first epoch at which one is.
UNPRUNED, LEAST_EPOCHS = 3, 2
#: Proposals in a row that were tried before, after which nothing new is expected.
NOTHING_NEW = 20
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
    """How long is searched, and how settings are proposed and given up."""

    trials: int
    sampler: str = "tpe"
    minutes: float | None = None
    prune: bool = False


@dataclass(frozen=True, slots=True)
class Attempt(Generic[T]):
    """One trial: its ``setting``, what that ``made``, and what came of it.

    ``state`` is ``complete``, ``pruned`` (given up early) or ``failed`` (``note`` says why). The
    ``value`` is what the search makes the most of, None unless complete; ``curve`` how it came to
    it, such as the chance of the right dev replies after each epoch.
    """

    number: int
    setting: Setting
    made: T
    state: str
    value: float | None
    seconds: float
    curve: tuple[tuple[float, float], ...] = ()
    note: str = ""

    @property
    def chance(self) -> float:
        """The best that its curve came to."""
        return max((chance for _, chance in self.curve), default=0.0)


@dataclass(frozen=True, slots=True)
class Search(Generic[T]):
    """All trials in the order they were made. ``importance`` adds up to 1; empty: not to be had."""

    attempts: tuple[Attempt[T], ...]
    importance: Mapping[str, float] = field(default_factory=dict)

    @property
    def best(self) -> Attempt[T]:
        """The best; of equal ones that whose curve came higher. Every search has one."""
        return max(
            (one for one in self.attempts if one.value is not None),
            key=lambda one: (one.value or 0.0, one.chance, -one.number),
        )


def require_optuna() -> None:
    """Raise WorkbenchError where Optuna is not installed."""
    if find_spec("optuna") is None:
        raise WorkbenchError(
            "A search of settings needs the package optuna, which is not installed.",
            "pip install 'rag-finetune-workbench[search]', or write one value where a list stands.",
        )


def search(
    space: Space[T],
    budget: Budget,
    folder: Path,
    seed: int,
    attempt: Callable[[int, T, Watch], float],
    progress: Progress = silent,
) -> Search[T]:
    """Try settings of ``space`` within the budget, going on from what ``folder`` holds.

    ``attempt`` makes and judges one setting and returns what is to be high; it may tell the watch
    how far it came, which may raise :class:`GivenUp`. Raises WorkbenchError where no trial could be
    carried through.
    """
    require_optuna()
    study = _study(folder, budget, seed)
    every = space.every
    planned = every is not None and (budget.sampler == "grid" or len(every) <= budget.trials)
    total = min(budget.trials, len(every)) if planned and every is not None else budget.trials
    if not study.trials:
        first = space.present
        ahead = _shuffled(every, first, seed)[:total] if planned and every else [first]
        for setting in ahead:
            if setting is not None:
                study.enqueue_trial({key: _name(value) for key, value in setting.items()})
    _take_up(study)
    repeated = 0
    while repeated < NOTHING_NEW:
        done = [one for one in study.get_trials(deepcopy=False) if _counts(one)]
        spent = sum(one.user_attrs["seconds"] for one in done)
        progress(len(done), total, _so_far(done))
        if len(done) >= total or (budget.minutes is not None and spent >= 60 * budget.minutes):
            break
        study.sampler = _sampler(budget, seed + len(study.get_trials(deepcopy=False)))
        repeated = 0 if _try(study, space, attempt, done) else repeated + 1
    return _found(study, space, seed)


def _try(
    study: Study,
    space: Space[T],
    attempt: Callable[[int, T, Watch], float],
    done: list[FrozenTrial],
) -> bool:
    """One trial, from its proposal to its end; False where that setting was tried before."""
    from optuna.trial import TrialState

    trial = study.ask()
    setting = _suggested(trial, space)
    chosen = space.made(setting)
    identity = space.identity(chosen)
    trial.set_user_attr("setting", setting)
    trial.set_user_attr("identity", identity)
    before = next((one for one in done if one.user_attrs["identity"] == identity), None)
    if before is not None:
        # The sampler learns what is known; nobody waits for it twice.
        value = before.value if before.state == TrialState.COMPLETE else None
        study.tell(trial, value, state=before.state)
        return False
    began = time.monotonic()
    curve: list[tuple[float, float]] = []

    def watch(epoch: float, chance: float) -> None:
        curve.append((epoch, chance))
        trial.report(chance, math.ceil(epoch))
        if math.isnan(chance) or trial.should_prune():
            raise GivenUp

    value, state, note = None, TrialState.COMPLETE, ""
    try:
        value = attempt(trial.number, chosen, watch)
        if not math.isfinite(value):
            value, state, note = None, TrialState.FAIL, "it diverged"
    except GivenUp:
        state = TrialState.PRUNED
    except WorkbenchError as error:
        state, note = TrialState.FAIL, error.message
    except RuntimeError as error:
        if type(error).__name__ != "OutOfMemoryError":
            raise
        state, note = TrialState.FAIL, "the memory did not suffice"
    trial.set_user_attr("curve", curve)
    trial.set_user_attr("note", note)
    trial.set_user_attr("seconds", time.monotonic() - began)
    # A pruned trial's value is what it had come to, which Optuna takes from its reports.
    study.tell(trial, value, state=state)
    return True


def _study(folder: Path, budget: Budget, seed: int) -> Study:
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
        sampler=_sampler(budget, seed), pruner=pruner,
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


def _take_up(study: Study) -> None:
    """What a kill interrupted is tried again."""
    from optuna.trial import TrialState

    for one in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(one.number, state=TrialState.FAIL)
        study.enqueue_trial(dict(one.params))


def _counts(trial: FrozenTrial) -> bool:
    """Whether it came to an end of its own: not interrupted, and no repetition."""
    return "seconds" in trial.user_attrs


def _sampler(budget: Budget, seed: int) -> Any:
    from optuna.samplers import RandomSampler, TPESampler

    if budget.sampler == "tpe":
        return TPESampler(seed=seed, n_startup_trials=max(4, budget.trials // 3))
    return RandomSampler(seed=seed)


def _shuffled(every: Sequence[Setting], first: Setting | None, seed: int) -> list[Setting]:
    """All combinations, what stands in the experiment first and the others in no order: a search
    that runs out of time has not tried one corner alone."""
    others = [setting for setting in every if setting != first]
    random.Random(seed).shuffle(others)
    return [first, *others] if first is not None else [*others]


def _suggested(trial: Trial, space: Space[T]) -> dict[str, Any]:
    """The values of one trial, the leading ones first: of what these read alone."""
    setting: dict[str, Any] = {}

    def suggest(key: str) -> Any:
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


def _so_far(done: list[FrozenTrial]) -> str:
    values = [one.value for one in done if one.state.name == "COMPLETE" and one.value is not None]
    return f"best {100 * max(values):.1f}" if values else ""


def _found(study: Study, space: Space[T], seed: int) -> Search[T]:
    attempts = tuple(
        Attempt(
            one.number, one.user_attrs["setting"],
            space.made(one.user_attrs["setting"]),
            "failed" if one.state.name == "FAIL" else one.state.name.lower(),
            one.value if one.state.name == "COMPLETE" else None, one.user_attrs["seconds"],
            tuple((epoch, chance) for epoch, chance in one.user_attrs["curve"]),
            one.user_attrs["note"],
        )
        for one in study.get_trials() if _counts(one)
    )  # fmt: skip
    if all(one.value is None for one in attempts):
        said = next((one.note for one in attempts if one.note), "every one was given up")
        raise WorkbenchError(
            f"None of {len(attempts)} trials could be carried through: {said}",
            "Try other values of what is searched.",
        )
    return Search(attempts, _importance(study, seed))


def _importance(study: Study, seed: int) -> dict[str, float]:
    """The share of the values' spread that each key explains (fANOVA, Hutter et al. 2014)."""
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances
    from optuna.trial import TrialState

    whole = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(whole) < ENOUGH or len({one.value for one in whole}) < 2:
        return {}
    found = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=seed % 2**32))
    return {key: float(share) for key, share in found.items()}


def written(setting: Setting) -> str:
    """A setting in a line, by its keys' last names."""
    parts = [f"{key.rpartition('.')[2].replace('_', ' ')} {value_of(value)}"
             for key, value in setting.items() if value != AUTO]  # fmt: skip
    return ", ".join(parts)


def value_of(value: Any) -> str:
    """A setting's value as a person would write it."""
    if isinstance(value, Mapping):
        return "(" + ", ".join(f"{key} {value_of(inner)}" for key, inner in value.items()) + ")"
    if isinstance(value, list | tuple):
        return " and ".join(map(value_of, value)) or "none"
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return f"{value:g}" if isinstance(value, int | float) else str(value)
