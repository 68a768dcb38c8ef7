"""A search of tuning settings by Optuna: what is tried next, what is given up, what mattered.

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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.experiment.candidates import as_it_is, combinations, keys_read, tuned_as
from workbench.experiment.searching import AUTO, SearchSpec, Span
from workbench.experiment.tuning import TuningSpec
from workbench.types import Progress, Watch, silent

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial, Trial

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
class Attempt:
    """One trial: its ``setting`` and what came of it.

    ``state`` is ``complete``, ``pruned`` (given up early) or ``failed`` (``note`` says why). The
    ``value`` is what the search makes the most of, None unless complete; ``curve`` the chance of
    the right dev replies after each epoch.
    """

    number: int
    setting: Mapping[str, Any]
    tuning: TuningSpec
    state: str
    value: float | None
    seconds: float
    curve: tuple[tuple[float, float], ...] = ()
    note: str = ""

    @property
    def chance(self) -> float:
        """The best chance of the right dev replies that its training came to."""
        return max((chance for _, chance in self.curve), default=0.0)


@dataclass(frozen=True, slots=True)
class Search:
    """All trials in the order they were made. ``importance`` adds up to 1; empty: not to be had."""

    attempts: tuple[Attempt, ...]
    importance: Mapping[str, float] = field(default_factory=dict)

    @property
    def best(self) -> Attempt:
        """The best; of equal ones that with the likelier dev replies. Every search has one."""
        return max(
            (one for one in self.attempts if one.value is not None),
            key=lambda one: (one.value or 0.0, one.chance, -one.number),
        )


def require_optuna() -> None:
    """Raise WorkbenchError where Optuna is not installed."""
    if find_spec("optuna") is None:
        raise WorkbenchError(
            "A search of tuning settings needs the package optuna, which is not installed.",
            "pip install 'rag-finetune-workbench[search]', or write one value where a list stands.",
        )


def search(
    tuning: TuningSpec,
    model: str,
    folder: Path,
    seed: int,
    attempt: Callable[[int, TuningSpec, Watch], float],
    progress: Progress = silent,
) -> Search:
    """Try settings of ``tuning`` within its budget, going on from what ``folder`` holds.

    ``attempt`` trains and judges one tuning and returns what is to be high; it tells the watch
    after each epoch, which may raise :class:`GivenUp`. ``model`` is the name that automatic rates
    follow. Raises WorkbenchError where no trial could be carried through.
    """
    require_optuna()
    spec = tuning.search
    assert spec is not None, "plan searches what has something to search"
    study = _study(folder, spec, seed)
    every = combinations(tuning)
    planned = every is not None and (spec.sampler == "grid" or len(every) <= spec.trials)
    total = min(spec.trials, len(every)) if planned and every is not None else spec.trials
    if not study.trials:
        first = as_it_is(tuning)
        ahead = _shuffled(every, first, seed)[:total] if planned and every else [first]
        for setting in ahead:
            if setting is not None:
                study.enqueue_trial(dict(setting))
    _take_up(study)
    repeated = 0
    while repeated < NOTHING_NEW:
        done = [one for one in study.get_trials(deepcopy=False) if _counts(one)]
        spent = sum(one.user_attrs["seconds"] for one in done)
        progress(len(done), total, _so_far(done))
        if len(done) >= total or (spec.minutes is not None and spent >= 60 * spec.minutes):
            break
        study.sampler = _sampler(spec, seed + len(study.get_trials(deepcopy=False)))
        repeated = 0 if _try(study, tuning, model, attempt, done) else repeated + 1
    return _found(study, tuning, model, seed)


def _try(
    study: Study,
    tuning: TuningSpec,
    model: str,
    attempt: Callable[[int, TuningSpec, Watch], float],
    done: list[FrozenTrial],
) -> bool:
    """One trial, from its proposal to its end; False where that setting was tried before."""
    from optuna.trial import TrialState

    trial = study.ask()
    setting = _suggested(trial, tuning)
    chosen = tuned_as(tuning, setting, model)
    identity = chosen.digest()
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


def _study(folder: Path, spec: SearchSpec, seed: int) -> Study:
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
    pruner = MedianPruner(UNPRUNED, LEAST_EPOCHS) if spec.prune else NopPruner()
    return optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(path), HeldAlready(str(path)))),
        study_name="search", direction="maximize", load_if_exists=True,
        sampler=_sampler(spec, seed), pruner=pruner,
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


def _sampler(spec: SearchSpec, seed: int) -> Any:
    from optuna.samplers import RandomSampler, TPESampler

    if spec.sampler == "tpe":
        return TPESampler(seed=seed, n_startup_trials=max(4, spec.trials // 3))
    return RandomSampler(seed=seed)


def _shuffled(
    every: list[dict[str, Any]], first: Mapping[str, Any] | None, seed: int
) -> list[Mapping[str, Any]]:
    """All combinations, what stands in the experiment first and the others in no order: a search
    that runs out of time has not tried one corner alone."""
    others = [setting for setting in every if setting != first]
    random.Random(seed).shuffle(others)
    return [first, *others] if first is not None else [*others]


def _suggested(trial: Trial, tuning: TuningSpec) -> dict[str, Any]:
    """The values of one trial: of the method's own keys alone, the method first."""
    assert tuning.search is not None
    setting: dict[str, Any] = {}

    def suggest(key: str) -> Any:
        tried = tuning.search.over[key]  # type: ignore[union-attr]
        if not isinstance(tried, Span):
            return trial.suggest_categorical(key, list(tried))
        if tried.whole:
            return trial.suggest_int(key, int(tried.low), int(tried.high), log=tried.log)
        # Three digits, as a person would write it.
        return float(f"{trial.suggest_float(key, tried.low, tried.high, log=tried.log):.3g}")

    method = str(suggest("method")) if "method" in tuning.search.over else tuning.method
    for key in keys_read(tuning, method):
        setting[key] = method if key == "method" else suggest(key)
    return setting


def _so_far(done: list[FrozenTrial]) -> str:
    values = [one.value for one in done if one.state.name == "COMPLETE" and one.value is not None]
    return f"best {100 * max(values):.1f}" if values else ""


def _found(study: Study, tuning: TuningSpec, model: str, seed: int) -> Search:
    attempts = tuple(
        Attempt(
            one.number, one.user_attrs["setting"],
            tuned_as(tuning, one.user_attrs["setting"], model),
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


def written(setting: Mapping[str, Any]) -> str:
    """A setting in a line, by its keys' last names."""
    parts = [f"{key.rpartition('.')[2]} {_value(value)}" for key, value in setting.items()
             if value != AUTO]  # fmt: skip
    return ", ".join(parts)


def _value(value: Any) -> str:
    return (
        f"{value:g}"
        if isinstance(value, int | float) and not isinstance(value, bool)
        else (value if isinstance(value, str) else json.dumps(value))
    )
