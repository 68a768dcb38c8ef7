"""What each method of tuning learns of made-up facts, what it forgets, and what it takes.

    python benchmarks/learning.py PROSE [--methods lora full …] [--facts 40] [--epochs 12] …
    python benchmarks/learning.py PROSE --overhead

Each fact (births, trades, debts, sums, dates, reasons) is trained in four wordings, asked closed
book, by the workbench's own tuning with its defaults unless an option says otherwise. Some facts
give a further wording to the dev set, which chooses the step; the other further wordings are only
ever asked at the end. PROSE is a folder of novels: every second one is replayed while tuning, and
the perplexity is of pieces of the others. Reading is token F1 on the questions of the probe set.

Each method is tried at its default learning rate and at thirds and triples of it, as long as dev
gains (``--tries`` at the most), each in a process of its own, and is shown at the best on dev. With
``--learning_rate`` there is one try. ``--overhead`` compares our loop with the bare transformers
Trainer on the same batches. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.reader.data import facts, rewording
from training.reader.evaluate import words
from workbench import wording
from workbench.evaluation import probes
from workbench.experiment.tuning import METHODS as METHOD_TRAITS
from workbench.experiment.tuning import TuningSpec
from workbench.models import load
from workbench.models.likelihood import mean_log_likelihood
from workbench.models.loading import bf16_is_native
from workbench.text import token_f1
from workbench.tuning import Example, train
from workbench.types import Decoding, Message, ModelReference, Prompt

#: All but the one that needs a package of its own.
WHOLE = [name for name in METHOD_TRAITS if name != "qlora"]
SETTINGS = ("epochs", "batch_tokens", "patience", "replay_share")
TRAINED = 4
PIECES, PROMPT_TOKENS, TOKENS = 80, 70, 40


@dataclass(frozen=True)
class Material:
    """(question, answer) to train, for dev, and never trained; prose to replay, and other prose."""

    train: list[tuple[str, str]]
    dev: list[tuple[str, str]]
    held: list[tuple[str, str]]
    replay: list[str]
    prose: list[str]


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
        rows = [[*model.front, *prompt] for prompt in prompts]
        with model.shared.using(model.reference.adapter) as network:
            values += mean_log_likelihood(network, rows, replies, model.pad_id)
    return math.exp(-sum(values) / len(values))


def reading(model: Any) -> float:
    """Mean token F1 on the probe set's questions that its passages answer."""
    asked = [
        (piece.text, question)
        for piece in probes.pieces()
        for question in piece.questions
        if question.answers
    ]
    prompts = [
        Prompt((Message("user", f"context: {text} question: {question.text} answer:"),))
        for text, question in asked
    ]
    replies = model.complete(prompts, Decoding(max_new_tokens=24))
    found = [
        max(token_f1(words(reply.text), words(answer)) for answer in question.answers)
        for reply, (_, question) in zip(replies, asked, strict=True)
    ]
    return sum(found) / len(found)


def material(arguments: argparse.Namespace) -> Material:
    """Facts, replayed prose and other prose of one seed."""
    rng = random.Random(arguments.seed)
    texts = [
        path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(arguments.prose.glob("*.txt"))
    ]
    replay = [" ".join(text[9000:15000].split()) for text in texts[0::2]]
    learned = known(arguments.facts, rng)
    # At least ten facts, however few there are: dev chooses step and rate.
    every = max(2, min(10, arguments.facts // 10))
    train = [(w, answer) for answer, wordings, _ in learned for w in wordings]
    dev = [(further[0], answer) for answer, _, further in learned[::every]]
    held = [
        (w, answer)
        for number, (answer, _, further) in enumerate(learned)
        for w in further[number % every == 0 :]
    ]
    return Material(train, dev, held, replay, texts[1::2])


def examples(asked: Sequence[tuple[str, str]]) -> list[Example]:
    return [Example(closed(question), answer) for question, answer in asked]


def tuned_once(arguments: argparse.Namespace, spec: TuningSpec) -> dict[str, Any]:
    """One training into ``--out``, with its peak of memory."""
    given = material(arguments)
    facts = train(
        spec, load(ModelReference(arguments.model)), examples(given.train), examples(given.dev),
        given.replay, arguments.out, arguments.seed,
    )  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**facts, "peak_mb": round(peak), "settings": spec.model_dump()}


def figures_of(arguments: argparse.Namespace, out: Path) -> dict[str, Any]:
    """What a model tuned into ``out`` knows, and what it forgot."""
    given = material(arguments)
    model: Any = load(ModelReference(arguments.model))
    prose = pieces(model, given.prose, random.Random(arguments.seed))
    tuned: Any = model.with_adapter(str(out / "adapter"))
    before, after = perplexity(model, prose), perplexity(tuned, prose)
    figures = {
        "trained_exact": exact(tuned, given.train),
        "untrained_exact": exact(tuned, given.held),
        "perplexity_before": before,
        "perplexity_after": after,
        "perplexity_rise": after / before - 1,
        "reading_before": reading(model),
        "reading_after": reading(tuned),
    }
    rounded = {key: round(value, 5) for key, value in figures.items()}
    return rounded | {"untrained": len(given.held)}


def best(arguments: argparse.Namespace, method: str, folder: Path) -> dict[str, Any]:
    """The figures at the learning rate that dev finds best, by climbing in factors of three."""
    middle = arguments.learning_rate or TuningSpec(method=method).learning_rate  # type: ignore[arg-type]
    tries = 1 if arguments.learning_rate else arguments.tries
    found: dict[int, dict[str, Any]] = {}
    top = 0
    while len(found) < tries:
        near = next((at for at in (top, top + 1, top - 1) if at not in found), None)
        if near is None:
            break
        rate = float(f"{middle * 3**near:.3g}")
        found[near] = _apart(method, rate, folder / f"{method}{near}")
        top = max(found, key=lambda at: found[at]["dev_chance"])
    tried = {item["settings"]["learning_rate"]: item["dev_chance"] for item in found.values()}
    figures = figures_of(arguments, folder / f"{method}{top}")
    return {**found[top], **figures, "tried": tried}


def _apart(method: str, rate: float, out: Path) -> dict[str, Any]:
    """One training in a process of its own, so that its peak of memory is its own."""
    asked = [*sys.argv[1:], "--one", method, "--learning_rate", str(rate), "--out", str(out)]
    done = subprocess.run(
        [sys.executable, __file__, *asked], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"  {method} at {rate:g}: dev chance {facts['dev_chance']:.3f}, "
          f"{facts['seconds']:.0f} s", flush=True)  # fmt: skip
    return facts


def overhead(arguments: argparse.Namespace, spec: TuningSpec) -> dict[str, Any]:
    """Our loop over the bare Trainer on the same batches of the same LoRA, in seconds of CPU time,
    which other work on the machine does not lengthen."""
    given = material(arguments)
    model: Any = load(ModelReference(arguments.model))
    spec = spec.model_copy(update={"epochs": 2})
    found: dict[str, list[float]] = {"bare": [], "loop": [], "with_dev": []}
    for _ in range(arguments.rounds):
        found["bare"].append(_bare(spec, model, given, arguments.seed))
        for name, dev in (("loop", []), ("with_dev", examples(given.dev))):
            with tempfile.TemporaryDirectory() as folder:
                began = time.process_time()
                train(spec, model, examples(given.train), dev, given.replay, Path(folder),
                      arguments.seed)  # fmt: skip
                found[name].append(time.process_time() - began)
    least = {name: min(seconds) for name, seconds in found.items()}
    return {
        "seconds": {name: round(value, 2) for name, value in least.items()},
        "loop": round(least["loop"] / least["bare"], 3),
        "with_dev": round(least["with_dev"] / least["bare"], 3),
    }


def _bare(spec: TuningSpec, model: Any, given: Material, seed: int) -> float:
    """What the library alone takes: encoded, collated and trained, nothing scored or saved."""
    import torch
    from transformers import Trainer, TrainingArguments

    from workbench.tuning.batches import encode_examples, encode_texts, schedule
    from workbench.tuning.methods import METHODS

    began = time.process_time()
    items = encode_examples(examples(given.train), model.encoder, model.context_window)
    replay = encode_texts(given.replay, model.encoder, model.prompt_format, model.context_window)
    plan = schedule(items, replay, spec.replay_share, spec.epochs, spec.batch_tokens, seed)
    batches = [batch for epoch in plan for batch in epoch]

    def collate(chosen: Sequence[Any]) -> dict[str, Any]:
        (batch,) = chosen
        width = max(len(item.ids) for item in batch)
        rows = [list(item.ids) + [model.pad_id] * (width - len(item.ids)) for item in batch]
        labels = [
            [-100] * item.start + list(item.ids[item.start :]) + [-100] * (width - len(item.ids))
            for item in batch
        ]
        mask = [[1] * len(item.ids) + [0] * (width - len(item.ids)) for item in batch]
        return {"input_ids": torch.tensor(rows), "labels": torch.tensor(labels),
                "attention_mask": torch.tensor(mask)}  # fmt: skip

    with (
        tempfile.TemporaryDirectory() as folder,
        model.shared.training(lambda network: METHODS["lora"](spec, network)) as (network, _),
    ):
        Trainer(
            model=network,
            args=TrainingArguments(
                folder, max_steps=len(batches), per_device_train_batch_size=1, use_cpu=True,
                bf16=bf16_is_native(torch.device("cpu")), report_to=[], disable_tqdm=True,
                save_strategy="no", learning_rate=spec.learning_rate, remove_unused_columns=False,
                dataloader_pin_memory=False, logging_steps=len(batches),
            ),
            train_dataset=batches,  # type: ignore[arg-type]
            data_collator=collate,  # type: ignore[arg-type]
        ).train()  # fmt: skip
    return time.process_time() - began


HEADS = (
    "method", "rate", "trained", "new wordings", "perplexity", "reading", "share", "epochs",
    "seconds", "training state", "peak", "on disk",
)  # fmt: skip


def row(method: str, item: dict[str, Any]) -> str:
    """One method as a line of a Markdown table."""
    read = 100 * item["reading_after"] - 100 * item["reading_before"]
    cells = (
        wording.method_label(method), f"{item['settings']['learning_rate']:.2g}",
        f"{100 * item['trained_exact']:.1f}%", f"{100 * item['untrained_exact']:.1f}%",
        f"{100 * item['perplexity_rise']:+.1f}%", f"{read:+.1f}",
        wording.small_share(item["trained_share"]), f"{item['epochs']:.0f}",
        f"{item['seconds']:.0f}", wording.size(item["state_bytes"]), f"{item['peak_mb']:.0f} MB",
        wording.size(item["size_bytes"]),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("prose", type=Path)
    parser.add_argument("--model", default="reader")
    parser.add_argument("--methods", nargs="+", choices=METHOD_TRAITS, default=WHOLE)
    parser.add_argument("--one", choices=METHOD_TRAITS, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--overhead", action="store_true")
    parser.add_argument("--facts", type=int, default=40)
    parser.add_argument("--tries", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--learning_rate", type=float)
    default = TuningSpec()
    for name in SETTINGS:
        value = getattr(default, name)
        parser.add_argument(f"--{name}", type=type(value), default=value)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    settings = {name: getattr(arguments, name) for name in SETTINGS}
    if arguments.learning_rate is not None:
        settings["learning_rate"] = arguments.learning_rate
    if arguments.overhead:
        print(json.dumps(overhead(arguments, TuningSpec(**settings))))
        return
    if arguments.one is not None:
        print(json.dumps(tuned_once(arguments, TuningSpec(method=arguments.one, **settings))))
        return
    with tempfile.TemporaryDirectory() as folder:
        found = {method: best(arguments, method, Path(folder)) for method in arguments.methods}
    print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}")
    for method, item in found.items():
        print(row(method, item))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
