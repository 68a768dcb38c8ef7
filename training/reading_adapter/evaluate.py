"""Measure a model on the exam: ``python -m training.reading_adapter.evaluate BASE EXAM``.

Greedy, at most 32 new tokens, as the workbench asks by default. Token F1 is SQuAD's, against the
nearest reference; a refused question that has an answer scores 0. What counts as a refusal is
the workbench's own rule.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from training.reading_adapter.base import Base, load, prompt_of, read
from workbench.refusals import refuses
from workbench.text import contains, token_f1, words

MAX_NEW_TOKENS = 32
BATCH_TOKENS = {"cuda": 150_000, "cpu": 2048}
BATCH_ROWS = 256


def measure(
    base: Base, model: Any, exam: Path, limit: int = 0, answers: Path | None = None
) -> dict[str, dict[str, float]]:
    """Figures by set of questions, on the first ``limit`` of each (0: all).

    ``answers``: where to write every question's answer.
    """
    taken: dict[str, int] = defaultdict(int)
    rows = []
    for row in read(exam):
        taken[row["set"]] += 1
        if not limit or taken[row["set"]] <= limit:
            rows.append(row)
    given = generate(base, model, rows)
    if answers is not None:
        with answers.open("w", encoding="utf-8") as file:
            for row, text in zip(rows, given, strict=True):
                question = row["turns"][-1][1].split("\n")[-2]
                line = {"set": row["set"], "question": question, "answers": row["answers"]}
                file.write(json.dumps({**line, "given": text}, ensure_ascii=False) + "\n")
    sets: dict[str, list[tuple[dict[str, Any], str]]] = defaultdict(list)
    for row, text in zip(rows, given, strict=True):
        sets[row["set"]].append((row, text))
    return {name: _figures(pairs) for name, pairs in sets.items()}


def _figures(pairs: Sequence[tuple[dict[str, Any], str]]) -> dict[str, float]:
    refused = [refuses(text, row["answers"]) for row, text in pairs]
    figures = {"questions": len(pairs), "refused": _mean(refused)}
    if pairs[0][0]["answers"]:
        scores = [_score(row, text) for row, text in pairs]
        figures |= {name: _mean([score[name] for score in scores]) for name in scores[0]}
        for explicit in (True, False):
            name = "f1_explicit" if explicit else "f1_implicit"
            chosen = [
                score["f1"]
                for score, (row, _) in zip(scores, pairs, strict=True)
                if row["explicit"] is explicit
            ]
            figures[name] = _mean(chosen)
    return {name: round(value, 4) for name, value in figures.items()}


def _score(row: dict[str, Any], text: str) -> dict[str, float]:
    given = words(text)
    wanted = [words(answer) for answer in row["answers"]]
    refused = refuses(text, row["answers"])
    return {
        "f1": 0.0 if refused else max(token_f1(given, answer) for answer in wanted),
        "exact": max(float(given == answer) for answer in wanted),
        "containment": max(contains(given, answer) for answer in wanted),
        "words": float(len(text.split())),
    }


def generate(base: Base, model: Any, rows: Sequence[dict[str, Any]]) -> list[str]:
    """The greedy replies to the rows' prompts, in their order."""
    prompts = [prompt_of(row) for row in rows]
    encoded = base.encoder.prompts(prompts)
    replies: dict[int, str] = {}
    for batch in _batches(encoded, BATCH_TOKENS[base.model.device.type]):
        width = max(len(encoded[i]) for i in batch)
        ids = torch.full((len(batch), width), base.pad)
        mask = torch.zeros_like(ids)
        for row, i in enumerate(batch):
            ids[row, width - len(encoded[i]) :] = torch.tensor(encoded[i])
            mask[row, width - len(encoded[i]) :] = 1
        with torch.inference_mode():
            drawn = model.generate(
                input_ids=ids.to(base.model.device),
                attention_mask=mask.to(base.model.device),
                max_new_tokens=MAX_NEW_TOKENS,
                do_sample=False,
                eos_token_id=base.end,
                pad_token_id=base.pad,
            )[:, width:]
        for i, new in zip(batch, drawn.tolist(), strict=True):
            until = new.index(base.end) if base.end in new else len(new)
            replies[i] = base.encoder.decode(new[:until], prompts[i]).strip()
    return [replies[i] for i in range(len(rows))]


def _batches(encoded: Sequence[Sequence[int]], tokens: int) -> Iterator[list[int]]:
    batch: list[int] = []
    for i in sorted(range(len(encoded)), key=lambda i: len(encoded[i])):
        if batch and (len(encoded[i]) * (len(batch) + 1) > tokens or len(batch) == BATCH_ROWS):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def main() -> None:
    """Read the arguments and print the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path, help="a GGUF file or a model folder")
    parser.add_argument("exam", type=Path, help="exam.jsonl, as prepare wrote it")
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--answers", type=Path)
    args = parser.parse_args()
    base = load(args.base, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    model = base.model
    if args.adapter:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, args.adapter).eval()
    print(json.dumps(measure(base, model, args.exam, args.limit, args.answers)))


if __name__ == "__main__":
    main()
