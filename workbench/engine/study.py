"""A search of settings: what is tried within a budget, here or by several workers at once.

Who tries a setting changes nothing. What is proposed rests on the results of whole batches, and
what is given up on the epochs of the trials before it, in their order: trials that were carried
through side by side are judged afterwards, one after the other. A killed search goes on from its
study, and ends as it would have.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from workbench.engine import proposals
from workbench.engine.proposals import Budget, GivenUp, Setting, Space
from workbench.errors import WorkbenchError
from workbench.experiment.searching import AUTO
from workbench.types import Progress, Watch, silent, unwatched

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial, Trial

T = TypeVar("T")

#: Proposals in a row that were tried before, after which nothing new is expected.
NOTHING_NEW = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of trying a setting; see :class:`Attempt`."""

    state: str
    value: float | None
    seconds: float
    curve: tuple[tuple[float, float], ...] = ()
    note: str = ""


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


#: Has several settings tried at once, each under its trial's number; what came of them, in order.
Together = Callable[[Sequence[tuple[int, T]]], Generator[Outcome, None, None]]


def search(
    space: Space[T],
    budget: Budget,
    folder: Path,
    seed: int,
    attempt: Callable[[int, T, Watch], float],
    progress: Progress = silent,
    together: Together[T] | None = None,
) -> Search[T]:
    """Try settings of ``space`` within the budget, going on from what ``folder`` holds.

    ``attempt`` makes and judges one setting and returns what is to be high; it may tell the watch
    how far it came, which may raise :class:`GivenUp`. ``together`` does so for several at once, by
    :func:`carried_out`; what is proposed, given up and recorded is the same. Raises WorkbenchError
    where no trial could be carried through.
    """
    require_optuna()
    study = proposals.open_study(folder, budget, seed)
    every = space.every
    planned = every is not None and (budget.sampler == "grid" or len(every) <= budget.trials)
    total = min(budget.trials, len(every)) if planned and every is not None else budget.trials
    if not study.trials:
        first = space.present
        ahead = _shuffled(every, first, seed)[:total] if planned and every else [first]
        proposals.enqueue(study, [setting for setting in ahead if setting is not None])
    proposals.take_up(study)
    # What no result decides can be asked for all at once.
    free = planned or budget.sampler == "random"
    at_once = (1 if together is None else total) if free else budget.batch

    def is_over() -> bool:
        done = _done(study)
        progress(len(done), total, _so_far(done))
        spent = sum(one.user_attrs["seconds"] for one in done)
        late = budget.minutes is not None and spent >= 60 * budget.minutes
        return late or len(done) >= total

    repeated = 0
    while repeated < NOTHING_NEW and not is_over():
        # A search that was killed within a batch goes on within it.
        made = len(_done(study))
        count = min(at_once - made % at_once, total - made)
        new, repetitions, repeated = _proposed(study, space, budget, seed, count, repeated)
        _try(study, new, attempt, together, is_over)
        for trial, before in repetitions:
            proposals.repeat(study, trial, before)
    return _found(study, space, seed)


@dataclass(frozen=True, slots=True)
class _Proposal(Generic[T]):
    trial: Trial
    made: T


def _proposed(
    study: Study, space: Space[T], budget: Budget, seed: int, count: int, repeated: int
) -> tuple[list[_Proposal[T]], list[tuple[Trial, int]], int]:
    """So many settings that were not tried before; of those, the trials that repeat one of them,
    with its number; and how many in a row were repetitions.

    They rest on the results of earlier batches alone, not on who is how far with which.
    """
    known = {one.user_attrs["identity"]: one.number for one in _done(study)}
    new: list[_Proposal[T]] = []
    under_way: dict[str, int] = {}
    repetitions: list[tuple[Trial, int]] = []
    while len(new) < count and repeated < NOTHING_NEW:
        trial = proposals.asked(study, budget, seed)
        setting = proposals.suggested(trial, space, budget, seed)
        made = space.made(setting)
        identity = space.identity(made)
        trial.set_user_attr("setting", setting)
        trial.set_user_attr("identity", identity)
        if identity in known:
            # The sampler learns what is known; nobody waits for it twice.
            proposals.repeat(study, trial, known[identity])
        elif identity in under_way:
            repetitions.append((trial, under_way[identity]))
        else:
            new.append(_Proposal(trial, made))
            under_way[identity] = trial.number
        repeated = 0 if under_way.get(identity) == trial.number else repeated + 1
    return new, repetitions, repeated


def _try(
    study: Study,
    new: Sequence[_Proposal[T]],
    attempt: Callable[[int, T, Watch], float],
    together: Together[T] | None,
    is_over: Callable[[], bool],
) -> None:
    """Carry the proposals through and tell of them in their order, until the time is over."""
    coming = None if together is None else together([(one.trial.number, one.made) for one in new])
    try:
        for place, one in enumerate(new):
            if place and is_over():
                break
            judge = proposals.judging(study, one.trial)
            if coming is None:
                outcome = carried_out(partial(attempt, one.trial.number, one.made), judge)
            else:
                outcome = _as_judged(next(coming), judge)
            _tell(study, one.trial, outcome)
    finally:
        if coming is not None:
            coming.close()


def carried_out(attempt: Callable[[Watch], float], judge: Watch = unwatched) -> Outcome:
    """Make and judge one setting: what it came to, or why it came to nothing.

    ``judge`` hears of each epoch and may give the trial up. It can do so afterwards as well: who
    works elsewhere needs none.
    """
    began = time.monotonic()
    curve: list[tuple[float, float]] = []

    def watch(epoch: float, chance: float) -> None:
        curve.append((epoch, chance))
        judge(epoch, chance)
        if math.isnan(chance):
            raise GivenUp

    value, state, note = None, "complete", ""
    try:
        value = attempt(watch)
        if not math.isfinite(value):
            value, state, note = None, "failed", "it diverged"
    except GivenUp:
        state = "pruned"
    except WorkbenchError as error:
        state, note = "failed", error.message
    except RuntimeError as error:
        if type(error).__name__ != "OutOfMemoryError":
            raise
        state, note = "failed", "the memory did not suffice"
    return Outcome(state, value, time.monotonic() - began, tuple(curve), note)


def _as_judged(outcome: Outcome, judge: Watch) -> Outcome:
    """The outcome of a trial that nobody judged, as it had been with a judge."""
    for place, (epoch, chance) in enumerate(outcome.curve, 1):
        try:
            judge(epoch, chance)
        except GivenUp:
            return Outcome("pruned", None, outcome.seconds, outcome.curve[:place])
    return outcome


def _tell(study: Study, trial: Trial, outcome: Outcome) -> None:
    trial.set_user_attr("curve", outcome.curve)
    trial.set_user_attr("note", outcome.note)
    trial.set_user_attr("seconds", outcome.seconds)
    proposals.tell(study, trial, outcome.state, outcome.value)


def _done(study: Study) -> list[FrozenTrial]:
    """The trials that came to an end of their own: not interrupted, and no repetitions."""
    return [
        one for one in study.get_trials(deepcopy=False)
        if one.state.is_finished() and "seconds" in one.user_attrs
    ]  # fmt: skip


def _shuffled(every: Sequence[Setting], first: Setting | None, seed: int) -> list[Setting]:
    """All combinations, what stands in the experiment first and the others in no order: a search
    that runs out of time has not tried one corner alone."""
    others = [setting for setting in every if setting != first]
    random.Random(seed).shuffle(others)
    return [first, *others] if first is not None else [*others]


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
        for one in _done(study)
    )  # fmt: skip
    if all(one.value is None for one in attempts):
        said = next((one.note for one in attempts if one.note), "every one was given up")
        raise WorkbenchError(
            f"None of {len(attempts)} trials could be carried through: {said}",
            "Try other values of what is searched.",
        )
    return Search(attempts, proposals.importance(study, seed))


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
