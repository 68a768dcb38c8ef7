"""What a run will take, before it is started: time, memory, tokens and money, stage by stage.

The figures come from a short rehearsal on this machine (:mod:`workbench.rehearsal`), scaled by
counts that are known beforehand. Where a stage was made before, nothing is left to pay for it.
Endpoints are not called unless that is asked for: their tokens are counted from the prompts, the
replies at full length, so their money is what it costs at the most.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from workbench.costing import PriceBook, price_book
from workbench.experiment import Experiment
from workbench.rehearsal.parts import Part
from workbench.store.cache import ArtifactCache, cache_root, runs_root
from workbench.store.resolve import resolve
from workbench.store.run import Run


@dataclass(frozen=True, slots=True)
class Estimate:
    """All stages, and what holds for the whole. Seconds, bytes, and the book's currency."""

    run_id: str
    finished: bool
    stages: tuple[Part, ...]
    memory_bytes: int
    currency: str
    missing: tuple[str, ...]
    rehearsal_s: float
    notes: tuple[str, ...] = field(default=())

    @property
    def seconds(self) -> float:
        """All stages whose seconds are known."""
        return sum(part.seconds or 0.0 for part in self.stages)

    @property
    def money(self) -> float | None:
        """All stages together; None where a price is missing."""
        amounts = [part.money for part in self.stages]
        return None if self.missing else math.fsum(amount or 0.0 for amount in amounts)

    def to_record(self) -> dict[str, Any]:
        """The estimate as JSON: the stages, then the totals."""
        stages = [
            {**asdict(part), "input_tokens": round(part.input_tokens),
             "output_tokens": round(part.output_tokens)}
            for part in self.stages
        ]  # fmt: skip
        for stage in stages:
            del stage["tokens"]
        return {
            "run": self.run_id,
            "finished": self.finished,
            "stages": stages,
            "seconds": self.seconds,
            "unknown_seconds": [part.stage for part in self.stages if part.seconds is None],
            "memory_bytes": self.memory_bytes,
            "input_tokens": round(sum(part.input_tokens for part in self.stages)),
            "output_tokens": round(sum(part.output_tokens for part in self.stages)),
            "money": self.money,
            "currency": self.currency,
            "missing": list(self.missing),
            "rehearsal_s": self.rehearsal_s,
            "notes": list(self.notes),
        }


def estimate(experiment: Experiment, *, call_endpoints: bool = False) -> Estimate:
    """What running (or going on with) the experiment will take on this machine.

    ``call_endpoints`` lets every variant behind an endpoint answer two questions, so that its
    seconds and tokens are measured too. Raises WorkbenchError for whatever would stop the run.
    """
    started = time.perf_counter()
    resolved = resolve(experiment)
    book = price_book(resolved.experiment.price_book)
    record = Run(runs_root() / resolved.run_id)
    if record.manifest.get("state") == "done":
        from workbench.rehearsal.judging import later

        rest = later(record, resolved.experiment)
        lacking: list[str] = []
        left = () if rest is None else (_priced(rest, book, lacking),)
        spent = time.perf_counter() - started
        return Estimate(
            resolved.run_id, rest is None, left, 0, book.currency, tuple(lacking), spent
        )
    from workbench.rehearsal.stages import Rehearsal

    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        cache = ArtifactCache(cache_root())
        result = Rehearsal(resolved, cache, Path(folder), record, call_endpoints)
        parts, memory = result.parts(), result.memory()
        notes = tuple(result.notes)
    missing: list[str] = []
    priced = tuple(_priced(part, book, missing) for part in parts)
    spent = time.perf_counter() - started
    return Estimate(
        resolved.run_id, False, priced, memory, book.currency,
        tuple(dict.fromkeys(missing)), spent, notes,
    )  # fmt: skip


def _priced(part: Part, book: PriceBook, missing: list[str]) -> Part:
    """The part with its money: machine seconds at the hourly rate, endpoint tokens at theirs."""
    amounts: Sequence[float | None] = [_machine(part, book, missing)]
    for model, read, written in part.tokens:
        if model is None:
            continue
        prices = book.per_million(model)
        if prices is None:
            missing.append(f"endpoints.{model}")
            amounts = [*amounts, None]
        else:
            amounts = [*amounts, (read * prices[0] + written * prices[1]) / 1e6]
    known = [amount for amount in amounts if amount is not None]
    money = math.fsum(known) if len(known) == len(amounts) else None
    return Part(part.stage, part.seconds, part.tokens, part.note, money)


def _machine(part: Part, book: PriceBook, missing: list[str]) -> float | None:
    """The machine's time of a stage; a stage that only waits for an endpoint costs none."""
    local = not part.tokens or any(model is None for model, _, _ in part.tokens)
    if not local or not part.seconds:
        return 0.0
    if book.machine is None:
        missing.append("machine.per_hour")
        return None
    return part.seconds / 3600 * book.machine.hourly
