"""Answering in small: a few questions in a batch, one question alone, and the memory it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.rehearsal.parts import clocked
from workbench.types import Answer, LanguageModel, Question
from workbench.variants.answering import read_answers, sit
from workbench.variants.latency import clock
from workbench.variants.system import System

AT_WORK = 1.5


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers, seconds for each question, and the tokens of the widest with its reply."""

    answers: tuple[Answer, ...]
    each_s: float
    widest: int


def answer(
    system: System, exam: Sequence[Question], few: int, quick_s: float, folder: Path
) -> Answered:
    """A ``few`` first; where they took under ``quick_s`` seconds, all of ``exam`` in a batch."""
    tried = exam[:few]
    path = folder / f"{system.name}.jsonl"
    _, spent = clocked(lambda: sit(system, tried, path))
    if spent < quick_s and len(exam) > few:
        tried, path = exam, folder / f"{system.name}-more.jsonl"
        _, spent = clocked(lambda: sit(system, tried, path))
    result = read_answers(path)
    widest = max(item.input_tokens for item in result) + system.decoding.max_new_tokens
    return Answered(tuple(result), spent / len(result), widest)


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


def batch_bytes(model: LanguageModel, tokens: float) -> int:
    """What a batch of so many tokens holds in memory while it is answered, about.

    Keys and values of all layers, from the sizes that the model's configuration declares, and half
    as much again for the layer at work; 0 where it declares none, and for endpoints.
    """
    from workbench.models.local import LocalModel

    if not isinstance(model, LocalModel):
        return 0
    sizes = model.model.config.get_text_config()
    layers = getattr(sizes, "num_hidden_layers", 0)
    heads = getattr(sizes, "num_attention_heads", 0) or 1
    width = getattr(sizes, "head_dim", None) or getattr(sizes, "hidden_size", 0) / heads
    kept = getattr(sizes, "num_key_value_heads", None) or heads
    each = float(2 * layers * kept * width * model.model.dtype.itemsize)
    return round(AT_WORK * each * tokens)
