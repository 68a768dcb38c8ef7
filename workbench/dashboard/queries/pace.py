"""How far a run is and how long it will still take: the estimate, corrected by what was measured.

Before the start a trial estimates each stage's seconds; they are kept by the run's id. While the
run works, each finished stage tells by how much the trial was off, and the stage at work by how
quickly its own count goes up.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from workbench.dashboard.queries import runs
from workbench.engine import processes
from workbench.io.files import write_json

#: Stages of fewer estimated seconds in all say little of how far the trial is off.
TELLING_S = 5.0
#: A correction beyond these is more likely a stage that went otherwise than a slower machine.
LEAST, MOST = 0.2, 5.0
#: The stage that counts its questions anew for each variant.
PER_VARIANT = "answers"
Event = Mapping[str, Any]


@dataclass(frozen=True)
class Pace:
    """One stage: ``spent`` and ``left`` in seconds; None where they are not known.

    ``left`` is 0 for a stage that is over. ``done`` of ``total`` is what it counts, anew in each of
    its ``parts``; ``share`` is of the whole stage.
    """

    stage: str
    state: Literal["over", "at work", "to come"]
    spent: float | None = None
    left: float | None = None
    done: int = 0
    total: int = 0
    note: str = ""
    share: float = 0.0
    part: int = 1
    parts: int = 1


def keep_estimate(outcome: Mapping[str, Any]) -> None:
    """Keep a trial's outcome for the run that it was made for."""
    if outcome.get("run"):
        write_json(_kept(str(outcome["run"])), dict(outcome))


def expected(run: str) -> dict[str, float | None]:
    """The seconds of each stage by the trial before the start, in order; empty without one."""
    try:
        record = runs.mapping(json.loads(_kept(run).read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError):
        return {}
    parts = map(runs.mapping, record.get("stages") or ())
    return {str(part["stage"]): part.get("seconds") for part in parts if part.get("stage")}


def _kept(run: str) -> Path:
    return processes.folder() / "estimates" / f"{Path(run).name}.json"


def stages(run: runs.Snapshot, now: float | None = None) -> list[Pace]:
    """Every stage of the run that is known of, in the run's order."""
    known, facts = expected(run.id), run.manifest.stages
    events = runs.events(run.path)
    begun = list(dict.fromkeys(str(e["stage"]) for e in events if e.get("stage")))
    over = {name for name, fact in facts.items() if fact.finished}
    factor = correction(known, {n: facts[n].seconds for n in over if not facts[n].reused})
    order = [*facts, *begun, *known]
    if known:
        # As the trial has them; what it knew nothing of comes where it began.
        order = sorted(dict.fromkeys(order), key=lambda name: _place(name, known, order))
    return [
        _pace(name, run, over, events, known.get(name), factor, now or time.time())
        for name in dict.fromkeys(order)
    ]


def _place(name: str, known: Mapping[str, Any], order: Sequence[str]) -> float:
    if name in known:
        return float(list(known).index(name))
    before = [other for other in order[: order.index(name)] if other in known]
    return (list(known).index(before[-1]) if before else -1) + 0.5


def _pace(
    name: str, run: runs.Snapshot, over: set[str], events: Sequence[Event],
    seconds: float | None, factor: float, now: float,
) -> Pace:  # fmt: skip
    if name in over:
        return Pace(name, "over", run.manifest.stages[name].seconds, 0.0, share=1.0)
    own = _since_its_start([event for event in events if event.get("stage") == name])
    whole = None if seconds is None else seconds * factor
    if not own:
        return Pace(name, "to come", None, whole)
    parts = max(1, _variants(run)) if name == PER_VARIANT else 1
    spent = max(0.0, now - float(own[0].get("time") or now))
    counted = list(_counted(own, parts))
    last, share = own[-1], counted[-1][1] if counted else 0.0
    return Pace(
        name, "at work", spent, left(counted, whole, spent, now),
        int(last.get("done") or 0), int(last.get("total") or 0), str(last.get("note") or ""),
        share, min(parts, int(share * parts) + 1), parts,
    )  # fmt: skip


def _variants(run: runs.Snapshot) -> int:
    listed = run.specification.get("variants")
    return len(listed if isinstance(listed, list) else ()) - len(run.manifest.left_out)


def _since_its_start(events: Sequence[Event]) -> Sequence[Event]:
    """The events since the stage was last begun: a run that was resumed begins it again."""
    starts = [place for place, event in enumerate(events) if event.get("note") == "started"]
    return events[starts[-1] :] if starts else events


def _counted(events: Sequence[Event], parts: int) -> Iterator[tuple[float, float]]:
    """Time and share of the stage that is done, of each event that counts.

    With several ``parts`` the count begins anew in each, which its note names.
    """
    begun: list[str] = []
    for event in events:
        total, note = float(event.get("total") or 0), str(event.get("note") or "")
        # ``rag: threshold on dev questions`` counts something else.
        if total <= 0 or (parts > 1 and ":" in note):
            continue
        if parts > 1 and note and note not in begun:
            begun.append(note)
        share = min(1.0, float(event.get("done") or 0) / total)
        before = max(0, len(begun) - 1) if parts > 1 else 0
        yield float(event.get("time") or 0), min(1.0, (before + share) / parts)


def left(
    counted: Sequence[tuple[float, float]], whole: float | None, spent: float, now: float
) -> float | None:
    """Seconds that a stage at work still takes: the more is done, the more its own pace counts.

    ``counted`` are times with the share done by then, ``whole`` the seconds expected of it in all.
    """
    by_estimate = None if whole is None else max(0.0, whole - spent)
    if not counted:
        return by_estimate
    (began, first), (_, share) = counted[0], counted[-1]
    if share <= first or now <= began:
        return by_estimate
    by_pace = (now - began) * (1 - share) / (share - first)
    return by_pace if by_estimate is None else share * by_pace + (1 - share) * by_estimate


def correction(known: Mapping[str, float | None], measured: Mapping[str, float]) -> float:
    """By how much the stages that are over took longer than the trial had said; 1 where that tells
    nothing."""
    pairs = [(known[name], took) for name, took in measured.items() if known.get(name)]
    before = sum(estimate or 0.0 for estimate, _ in pairs)
    if before < TELLING_S:
        return 1.0
    return min(MOST, max(LEAST, sum(took for _, took in pairs) / before))
