"""Unit after unit, round after round, until there is enough or plainly never will be."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench import wording
from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.models.budget import BUDGET_SPENT
from workbench.questions.dataset.plan import Side
from workbench.questions.quality.estimate import LEAST_RIGHT
from workbench.questions.writers.drafts import Draft
from workbench.questions.writers.offline import UNREADABLE, Outcome
from workbench.questions.writers.replies import FAILED
from workbench.questions.writers.units import WriterContext
from workbench.types import Progress, Section

#: Sections whose drafts the reader sees in one call; of a long text more, of which each has few.
UNIT_SECTIONS, LONG_UNIT = 5, 20
#: Times as many as are wanted from which on the best are taken, however unsure; of more sections
#: than these reading so many takes too long, and it ends at once.
CHOSEN_FROM, LONG = 1.6, 300
#: Facts of each side below which questions that tell little are better than none.
LEAST: dict[Side, int] = {"trained": 30, "held_out": 12, "unseen": 12}
#: Drafts that a chat model read and of which it gave none back, from which on it reads no more: of
#: others it would hardly give back one in thirteen (rule of three).
HOPELESS = 40
#: Seconds that a round may still take from which on it says so.
SLOW_S = 60.0


def read_units(context: WriterContext, path: Path, progress: Progress) -> list[Outcome]:
    """Read unit after unit until enough is likely right, the budget is spent, or all is read.

    Each unit is one durable record of ``path``; those already there are taken as they are.
    """
    done = {r["unit"]: r for r in jsonl.read(path)}
    visit = context.plan.visit
    size = UNIT_SECTIONS if len(visit) <= LONG else LONG_UNIT
    groups = [visit[i : i + size] for i in range(0, len(visit), size)]
    kept, sure = _Count(context.wanted), _Count(context.wanted)
    outcomes: list[Outcome] = []
    total = sum(context.wanted.values())
    for number, reading in enumerate(context.rounds()):
        pace = _Pace(len(groups))
        units = _outcomes(context, number, reading, groups, done, path)
        for place in range(len(groups)):
            scarce = any(kept.of(s) < min(n, LEAST[s]) for s, n in context.wanted.items())
            if not scarce and context.in_need(reading):
                return outcomes
            if context.chatting and not kept.total() and _read_back(outcomes) >= HOPELESS:
                return outcomes
            if sure.enough() or kept.enough(CHOSEN_FROM if len(visit) <= LONG else 1.0):
                progress(total, total, f"{kept.total()} kept")
                return outcomes
            outcome = next(units)
            (pace.skip if f"{number}/{place}" in done else pace.note)()
            outcomes.append(outcome)
            for item in outcome.kept:
                kept.add(item.draft)
                if item.right >= LEAST_RIGHT:
                    sure.add(item.draft)
            enough = sum(min(sure.of(side), n) for side, n in context.wanted.items())
            progress(enough, total, f"{kept.total()} kept{pace.told()}")
            if any(d.reason == BUDGET_SPENT for d in outcome.dropped):
                return outcomes
    return outcomes


def _outcomes(
    context: WriterContext,
    number: int,
    reading: Callable[[Sequence[Section]], Outcome],
    groups: Sequence[Sequence[str]],
    done: Mapping[str, dict[str, Any]],
    path: Path,
) -> Generator[Outcome, None, None]:
    """What comes of each unit of a round, in order; what is new is recorded."""
    sections = {s.id: s for s in context.corpus.sections}
    spending = context.model.spending
    left = [tuple(group) for at, group in enumerate(groups) if f"{number}/{at}" not in done]
    far = context.elsewhere(context.plan, number, left) if context.elsewhere and left else None
    try:
        for place, group in enumerate(groups):
            unit = f"{number}/{place}"
            if unit in done:
                spending.add(done[unit].get("spent", {}))
                yield Outcome.from_record(done[unit])
                continue
            if far is not None:
                outcome, spent = next(far)
                spending.add(spent)
            else:
                before = spending.record()
                outcome = reading([sections[s] for s in group])
                spent = spending.since(before)
            # What the writer failed to answer is no result: it is asked again another time.
            if not _failed(outcome):
                jsonl.append(path, [{**outcome.to_record(unit), "spent": spent}])
            yield outcome
    finally:
        if far is not None:
            far.close()


class _Pace:
    """What a round still takes if its other units take as long as those so far."""

    def __init__(self, units: int) -> None:
        self._left, self._timed = units, 0
        self._began = time.perf_counter()

    def skip(self) -> None:
        """A unit that was read before."""
        self._left -= 1
        self._began = time.perf_counter()

    def note(self) -> None:
        """A unit that was read now."""
        self._left -= 1
        self._timed += 1

    def told(self) -> str:
        """What follows how many were kept; nothing where it does not take long."""
        each = (time.perf_counter() - self._began) / max(1, self._timed)
        left = each * self._left if self._timed else 0.0
        return f", at most {wording.seconds(left)} more of this pass" if left >= SLOW_S else ""


class _Count:
    """How many facts there are of each side; the exam asks one of a sentence."""

    def __init__(self, wanted: Mapping[Side, int]) -> None:
        self._wanted = wanted
        self._told: dict[Side, set[str]] = {side: set() for side in wanted}

    def add(self, draft: Draft) -> None:
        trained = draft.side == "trained"
        self._told[draft.side].add(draft.fact if trained else f"{draft.document}:{draft.start}")

    def of(self, side: Side) -> int:
        return len(self._told[side])

    def total(self) -> int:
        return sum(map(len, self._told.values()))

    def enough(self, times: float = 1.0) -> bool:
        return all(self.of(side) >= count * times for side, count in self._wanted.items())


def _read_back(outcomes: list[Outcome]) -> int:
    """Drafts that were read and not given back."""
    return sum(d.reason in UNREADABLE for outcome in outcomes for d in outcome.dropped)


def _failed(outcome: Outcome) -> bool:
    """Whether calls of a unit failed; raises WorkbenchError where nothing else came of it."""
    failed = [d.detail for d in outcome.dropped if d.reason == FAILED]
    if failed and len(failed) == len(outcome.dropped) and not outcome.kept:
        raise WorkbenchError(
            f"The writer of questions failed: {failed[0].partition(f'{FAILED}: ')[2]}.",
            "Run again when it is well: what was written is kept.",
        )
    return bool(failed)
