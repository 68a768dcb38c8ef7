"""What LoRA learns of 200 made-up facts, what it forgets, and how long it takes.

    python benchmarks/learning.py PROSE [--facts 200] [--learning_rate 7e-4] [--epochs 12] …

Each fact (births, trades, debts, sums, dates, reasons) is trained in four wordings, asked closed
book, by the workbench's own tuning with its defaults unless an option says otherwise. One fact in
ten gives a further wording to the dev set, which chooses the step; the other further wordings are
only ever asked at the end. PROSE is a folder of novels: every second one is replayed while
tuning, and the perplexity is of pieces of the others. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.reader.data import facts, rewording
from training.reader.evaluate import words
from workbench.experiment.tuning import TuningSpec
from workbench.models import load
from workbench.models.likelihood import mean_log_likelihood
from workbench.tuning import Example
from workbench.types import Decoding, Message, ModelReference, Prompt

SETTINGS = ("learning_rate", "epochs", "batch_tokens", "patience", "replay_share")
TRAINED = 4
PIECES, PROMPT_TOKENS, TOKENS = 160, 70, 40


def known(count: int, rng: random.Random) -> list[tuple[str, list[str], list[str]]]:
    """Made-up facts of different people: answer, wordings to train, one or two never trained."""
    result, used = [], set()
    while len(result) < count:
        fact = facts.fact(rng)
        subject = fact.subject.split()[-1]
        if subject in used or fact.relation.subject in ("thing", "ship"):
            continue
        wordings = list(dict.fromkeys(fact.questions()))
        for question in fact.questions():
            wordings += [w for w in rewording.rewordings(question)[:1] if w not in wordings]
        if len(wordings) <= TRAINED:
            continue
        used.add(subject)
        rng.shuffle(wordings)
        result.append((fact.object, wordings[:TRAINED], wordings[TRAINED : TRAINED + 2]))
    return result


def closed(question: str) -> Prompt:
    return Prompt((Message("user", f"question: {question} answer:"),))


def exact(model: Any, asked: Sequence[tuple[str, str]]) -> float:
    """Share of (question, answer) answered in exactly the answer's words."""
    sentences = model.complete(
        [closed(question) for question, _ in asked], Decoding(max_new_tokens=24)
    )
    pairs = zip(sentences, asked, strict=True)
    return sum(words(s.text) == words(answer) for s, (_, answer) in pairs) / len(asked)


def pieces(model: Any, texts: Sequence[str], rng: random.Random) -> list[tuple[list[int], ...]]:
    """(prompt, continuation) of prose as ids."""
    result: list[tuple[list[int], ...]] = []
    while len(result) < PIECES:
        text = rng.choice(texts)
        start = rng.randrange(max(1, len(text) - 4000))
        prose = "continue: " + " ".join(text[start : start + 900].split()[1:])
        (ids,) = model.encoder.prompts([Prompt((Message("user", prose),))])
        if len(ids) >= PROMPT_TOKENS + TOKENS:
            result.append((ids[:PROMPT_TOKENS], ids[PROMPT_TOKENS : PROMPT_TOKENS + TOKENS]))
    return result


def perplexity(model: Any, prose: Sequence[tuple[list[int], ...]]) -> float:
    """Per word piece of the continuations."""
    values: list[float] = []
    for i in range(0, len(prose), 16):
        prompts, replies = zip(*prose[i : i + 16], strict=True)
        values += mean_log_likelihood(model.model, prompts, replies, model.pad_id)
    return math.exp(-sum(values) / len(values))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("prose", type=Path)
    parser.add_argument("--model", default="reader")
    parser.add_argument("--facts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    default = TuningSpec()
    for name in SETTINGS:
        value = getattr(default, name)
        parser.add_argument(f"--{name}", type=type(value), default=value)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    spec = TuningSpec(**{name: getattr(arguments, name) for name in SETTINGS})
    rng = random.Random(arguments.seed)
    model: Any = load(ModelReference(arguments.model))
    texts = [
        path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(arguments.prose.glob("*.txt"))
    ]
    replay = [" ".join(text[9000:15000].split()) for text in texts[0::2]]
    prose = pieces(model, texts[1::2], rng)
    learned = known(arguments.facts, rng)
    train = [(w, answer) for answer, wordings, _ in learned for w in wordings]
    dev = [(further[0], answer) for answer, _, further in learned[::10]]
    held = [
        (w, answer)
        for number, (answer, _, further) in enumerate(learned)
        for w in further[number % 10 == 0 :]
    ]
    before = perplexity(model, prose)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        facts_of_it = train(
            spec,
            model,
            [Example(closed(question), answer) for question, answer in train],
            [Example(closed(question), answer) for question, answer in dev],
            replay,
            Path(folder),
            arguments.seed,
        )
        seconds = time.perf_counter() - began
        tuned: Any = model.with_adapter(str(Path(folder) / "adapter"))
        figures = {
            "trained_exact": exact(tuned, train),
            "untrained_exact": exact(tuned, held),
            "perplexity_before": before,
            "perplexity_after": perplexity(tuned, prose),
            "seconds": seconds,
            "epochs": facts_of_it["epochs"],
            "steps": facts_of_it["steps"],
            "untrained": len(held),
        }
    figures["perplexity_rise"] = figures["perplexity_after"] / before - 1
    print(json.dumps({k: round(v, 4) for k, v in figures.items()} | {"settings": vars(spec)}))


if __name__ == "__main__":
    main()
