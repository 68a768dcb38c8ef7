"""Answers that a model draws to training questions, kept as they come: a killed run draws on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from workbench.io import jsonl
from workbench.models.local import LocalModel
from workbench.tuning.preferring.pairs import Asked, Drawn
from workbench.types import Decoding, Progress, silent

#: The metric of a reply to a question (id), 0 to 1; None where it has none.
Value = Callable[[str, str], float | None]


def draw_answers(
    model: LocalModel,
    asked: Sequence[Asked],
    decoding: Decoding,
    samples: int,
    value: Value,
    path: Path,
    progress: Progress = silent,
) -> list[Drawn]:
    """``samples`` answers to each question, each from a seed of its own; lines of ``path``."""
    done = {(row["question"], row["number"]): row["answer"] for row in jsonl.stream(path)}
    total = samples * len(asked)
    for number in range(samples):
        left = [item for item in asked if (item.question, number) not in done]
        drawing = replace(decoding, seed=decoding.seed + number)
        for batch in model.complete_batches([item.prompt for item in left], drawing):
            rows = []
            for place, completion in batch:
                item, text = left[place], completion.text if completion.error is None else ""
                done[item.question, number] = text
                rows.append({
                    "question": item.question, "text": item.text, "number": number,
                    "answer": text, "value": value(item.question, text) if text else None,
                })  # fmt: skip
            jsonl.append(path, rows)
            progress(len(done), total, "answers drawn")
    values = {(row["question"], row["answer"]): row["value"] for row in jsonl.stream(path)}
    result = []
    for item in asked:
        answers = tuple(done[item.question, number] for number in range(samples))
        known = {text: values.get((item.question, text)) for text in answers}
        result.append(Drawn(item, answers, known))
    return result
