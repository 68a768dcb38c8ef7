"""Answering in small: a few questions in a batch, one question alone, and the memory it takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench.rehearsal.parts import clocked
from workbench.types import Answer, Question
from workbench.variants.answering import read_answers, sit
from workbench.variants.latency import clock
from workbench.variants.system import System

LOOK_S = 0.005


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers, seconds for each question, the batch's tokens (its padding too), and its memory."""

    answers: tuple[Answer, ...]
    each_s: float
    tokens: int
    memory_bytes: int


def answer(
    system: System, exam: Sequence[Question], few: int, quick_s: float, folder: Path
) -> Answered:
    """A ``few`` first; where they took under ``quick_s`` seconds, all of ``exam`` in a batch."""
    tried = exam[:few]
    path = folder / f"{system.name}.jsonl"
    with held() as memory:
        _, spent = clocked(lambda: sit(system, tried, path))
    if spent < quick_s and len(exam) > few:
        tried, path = exam, folder / f"{system.name}-more.jsonl"
        with held() as memory:
            _, spent = clocked(lambda: sit(system, tried, path))
    made = read_answers(path)
    widest = max(one.input_tokens for one in made) + system.decoding.max_new_tokens
    return Answered(tuple(made), spent / len(made), widest * len(made), memory[-1])


def counted(system: System, exam: Sequence[Question]) -> tuple[float, float]:
    """Tokens of a question for an endpoint that is not called: (read, written at the most)."""
    prepared = [prompt for prompt, _ in system.prepare(exam)]
    read = sum(
        system.model.count_tokens(message.content)
        for prompt in prepared
        for message in prompt.messages
    )
    return read / max(1, len(prepared)), float(system.decoding.max_new_tokens)


def alone(system: System, exam: Sequence[Question]) -> float:
    """Seconds of one question by itself, the model being warm."""
    clock(system, exam[0])
    chosen = exam[1:3] or exam
    return sum(clock(system, question).total_s for question in chosen) / len(chosen)


@contextmanager
def held() -> Iterator[list[int]]:
    """What the block adds to this process's memory at its fullest, in bytes, as its last item."""
    import psutil

    process = psutil.Process()
    before = process.memory_info().rss
    seen, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_S):
            seen.append(max(seen[-1], process.memory_info().rss - before))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()
