"""Figures of the embedded reader: ``python benchmarks/reader.py QUESTIONS SECTIONS``.

QUESTIONS and SECTIONS are JSONL files of FairytaleQA's shape (title, context, question, answers,
explicit; title, text). Everything is greedy and on whole files unless ``--every N`` thins them.
``--gold TEXT QUESTIONS`` asks the hand-written factoids of the paragraph that holds their evidence.
``benchmarks/learning.py`` measures what LoRA learns with it. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import torch

from training.reader.evaluate import (
    Loaded,
    answer_f1,
    complete,
    evaluate,
    fitted,
    load,
    words,
)
from workbench.io import jsonl
from workbench.models.reader import WEIGHTS
from workbench.refusals import refuses


def speed(loaded: Loaded, batch: int = 64, prompt: int = 150, answer: int = 8) -> dict[str, Any]:
    """Answers per second in batch, and milliseconds to the first token of a single prompt."""
    figures: dict[str, Any] = {}
    ids = torch.randint(1000, 20000, (batch, prompt), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    limits = {"max_new_tokens": answer, "min_new_tokens": answer, "do_sample": False}
    for name, kind in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        model = loaded.model.to(kind)
        taken = _best(lambda m=model: m.generate(input_ids=ids, attention_mask=mask, **limits), 3)
        figures[f"answers_per_s_{name}"] = batch / taken
    model = loaded.model.float()
    item = {"input_ids": ids[:1], "attention_mask": mask[:1]}
    taken = _best(lambda: model.generate(**item, max_new_tokens=1, do_sample=False), 10)
    return figures | {"first_token_ms": taken * 1000}


def _best(call: Any, times: int) -> float:
    """Shortest of several runs in seconds, after one that warms up."""
    taken = []
    with torch.inference_mode():
        for _ in range(times + 1):
            began = time.perf_counter()
            call()
            taken.append(time.perf_counter() - began)
    return min(taken[1:])


def gold(loaded: Loaded, text: Path, questions: Path) -> dict[str, Any]:
    """Factoids read from the paragraph of their first evidence quote; cased as the text is.

    ``half_right`` is the share with a token F1 of at least .5, ``contained`` of those that hold a
    reference answer whole.
    """
    paragraphs = [" ".join(part.split()) for part in text.read_text("utf-8").split("\n\n")]
    rows = [row for row in jsonl.load(questions, dict) if row["kind"] == "factoid"]
    prompts = []
    for row in rows:
        quote = " ".join(row["evidence"][0]["quote"].split())
        matches = next(p for p in paragraphs if quote in p or quote[:40] in p)
        prompts.append(fitted(loaded, [matches], row["text"]))
    sentences = complete(loaded, prompts)
    scores = [
        answer_f1(answer, row["answers"]) for answer, row in zip(sentences, rows, strict=True)
    ]
    whole = [
        any(" ".join(words(a)) in " ".join(words(answer)) for a in row["answers"])
        for answer, row in zip(sentences, rows, strict=True)
    ]
    return {
        "n": len(rows),
        "f1": sum(scores) / len(rows),
        "half_right": sum(score >= 0.5 for score in scores) / len(rows),
        "contained": sum(whole) / len(rows),
        "refused": sum(refuses(answer) for answer in sentences) / len(rows),
    }


def main() -> None:
    """Measure, and print one JSON object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, nargs="?")
    parser.add_argument("sections", type=Path, nargs="?")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--every", type=int, default=1, help="only every N-th question")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--gold", type=Path, nargs=2, metavar=("TEXT", "QUESTIONS"))
    settings = parser.parse_args()
    torch.set_num_threads(settings.threads)
    loaded = load(settings.weights)
    figures: dict[str, Any] = {}
    if settings.questions:
        questions = list(jsonl.load(settings.questions, dict))[:: settings.every]
        sections = list(jsonl.load(settings.sections, dict)) if settings.sections else []
        loaded.model.to(getattr(torch, settings.precision))
        figures |= evaluate(loaded, questions, sections, report=_tell)
        loaded.model.float()
    if settings.gold:
        figures["gold"] = gold(loaded, *settings.gold)
    if settings.speed or not figures:
        figures["speed"] = speed(loaded)
    print(json.dumps(_rounded(figures)))


def _tell(name: str, values: dict[str, Any]) -> None:
    print(name, json.dumps(_rounded(values)), file=sys.stderr, flush=True)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
