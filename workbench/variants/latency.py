"""The single-stream pass: one question at a time, warm, retrieval timed separately.

MLPerf Inference distinguishes single-stream latency from offline throughput; batch answering is
the latter, this the former. Variants take turns on each question, so that drift in the machine's
speed affects all of them equally.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.types import Latency, Progress, Question, silent
from workbench.variants.providers import Retrieval, WithExamples
from workbench.variants.system import System

log = logging.getLogger(__name__)

#: Tries of a question whose stream breaks off.
TRIES = 3


def measure(
    systems: Sequence[System],
    questions: Sequence[Question],
    warmup: int,
    folder: Path,
    progress: Progress = silent,
) -> None:
    """Clock each system on each question and append the records to ``folder``."""
    timed = [_without_memory(system) for system in systems]
    done = {
        system.name: {r["question"] for r in jsonl.stream(folder / f"{system.name}.jsonl")}
        for system in timed
    }
    total = len(questions) * len(timed)
    if all(len(done[system.name]) >= len(questions) for system in timed):
        progress(total, total)
        return
    for system in timed:
        for question in questions[:warmup]:
            clocked(system, question)
    for number, question in enumerate(questions):
        for place, system in enumerate(timed):
            if question.id not in done[system.name]:
                record = clocked(system, question)
                if record is not None:
                    jsonl.append(folder / f"{system.name}.jsonl", [asdict(record)])
            progress(number * len(timed) + place + 1, total, system.name)


def clocked(system: System, question: Question) -> Latency | None:
    """One question clocked; asked again where a server's stream broke off.

    None where a system of another make has no answer to it: a failure has no latency.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return clock(system, question)
        except WorkbenchError as error:
            if system.is_foreign:
                log.info("not timed: %s", error)
                return None
            if system.model.reference.endpoint is None or attempt == TRIES:
                raise
    raise AssertionError("the last try returns or raises")


def clock(system: System, question: Question) -> Latency:
    """One question, from asking to the last token. Seconds."""
    started = time.perf_counter()
    context = system.provider.contexts([question])[0]
    matches = time.perf_counter()
    prompt, shown = system.prompt(question, context)
    # What is told before the reply is told before its first token.
    system.signals([question], [(prompt, shown)])
    first: float | None = None
    pieces = 0
    for _ in system.model.stream(prompt, system.decoding):
        pieces += 1
        first = first if first is not None else time.perf_counter()
    ended = time.perf_counter()
    first = first if first is not None else ended
    withheld = system.abstain_below is not None and system.abstain_by == "confidence"
    # What an endpoint had us wait before the last try (Retry-After) is no latency of its own.
    waited = getattr(system.model, "waited_s", 0.0)
    return Latency(
        question=question.id,
        variant=system.name,
        retrieval_s=matches - started,
        # A reply that may be held back is shown when its last token is known, not before.
        first_token_s=(ended if withheld else first) - started - waited,
        # n pieces have n - 1 gaps; the wait for the first is the prompt's.
        per_token_s=(ended - first) / (pieces - 1) if pieces > 1 else None,
        total_s=ended - started - waited,
        output_tokens=pieces,
    )


def _without_memory(system: System) -> System:
    """The system with nothing remembered between questions."""
    provider = system.provider
    if isinstance(provider, Retrieval | WithExamples):
        return replace(system, provider=provider.without_cache())
    return system


def read_latencies(path: Path) -> list[Latency]:
    """The recorded latencies of one variant."""
    return [Latency(**record) for record in jsonl.stream(path)]
