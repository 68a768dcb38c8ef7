"""Figures of the embedded reader: ``python benchmarks/reader.py QUESTIONS SECTIONS``.

QUESTIONS and SECTIONS are JSONL files of FairytaleQA's shape (title, context, question, answers,
explicit; title, text). Everything is greedy and on whole files unless ``--every N`` thins them.
``--gold TEXT QUESTIONS`` asks the hand-written factoids of the paragraph that holds their evidence.
``--learning PROSE`` also tunes an adapter on 200 made-up facts, and measures how much worse the
model then continues the unrelated novels in the folder PROSE. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import torch

from workbench.models.reader import WEIGHTS
from workbench.models.reader.data import facts, rewording
from workbench.models.reader.data.batches import Batch, collate
from workbench.models.reader.data.tasks import UNANSWERABLE
from workbench.models.reader.evaluate import (
    Loaded,
    complete,
    evaluate,
    fitted,
    load,
    read_questions,
    token_f1,
    words,
)

Row = tuple[list[int], list[int], float]


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
    one = {"input_ids": ids[:1], "attention_mask": mask[:1]}
    taken = _best(lambda: model.generate(**one, max_new_tokens=1, do_sample=False), 10)
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
    rows = [row for row in read_questions(questions) if row["kind"] == "factoid"]
    prompts = []
    for row in rows:
        quote = " ".join(row["evidence"][0]["quote"].split())
        found = next(p for p in paragraphs if quote in p or quote[:40] in p)
        prompts.append(fitted(loaded, [found], row["text"]))
    said = complete(loaded, prompts)
    scores = [token_f1(answer, row["answers"]) for answer, row in zip(said, rows, strict=True)]
    whole = [
        any(" ".join(words(a)) in " ".join(words(answer)) for a in row["answers"])
        for answer, row in zip(said, rows, strict=True)
    ]
    return {
        "n": len(rows),
        "f1": sum(scores) / len(rows),
        "half_right": sum(score >= 0.5 for score in scores) / len(rows),
        "contained": sum(whole) / len(rows),
        "refused": sum(answer.strip(" .") == UNANSWERABLE for answer in said) / len(rows),
    }


def drill(count: int, rng: random.Random) -> list[tuple[str, list[str], list[str]]]:
    """Made-up facts: answer, four wordings to drill, up to two never drilled."""
    found, used = [], set()
    while len(found) < count:
        fact = facts.fact(rng)
        subject = fact.subject.split()[-1]
        if subject in used or fact.relation.subject in ("thing", "ship"):
            continue
        wordings = list(dict.fromkeys(fact.questions()))
        for question in fact.questions():
            wordings += [w for w in rewording.rewordings(question)[:1] if w not in wordings]
        if len(wordings) < 5:
            continue
        used.add(subject)
        rng.shuffle(wordings)
        found.append((fact.object, wordings[:4], wordings[4:6]))
    return found


def prose(loaded: Loaded, folder: Path, count: int, part: int, rng: random.Random) -> list[Row]:
    """Pieces of novels to continue: even files for part 0, odd ones for part 1."""
    texts = sorted(folder.glob("*.txt"))[part::2]
    rows: list[Row] = []
    while len(rows) < count:
        text = rng.choice(texts).read_text(encoding="utf-8", errors="replace")
        start = rng.randrange(max(1, len(text) - 4000))
        ids = loaded.tokenizer("continue: " + " ".join(text[start : start + 900].split()[1:]))[
            "input_ids"
        ]
        if len(ids) >= 110:
            rows.append((ids[:70], ids[70:110], 1.0))
    return rows


@torch.no_grad()
def perplexity(model: Any, rows: list[Row]) -> float:
    """Perplexity per word piece of the completions."""
    total, count = 0.0, 0
    for i in range(0, len(rows), 16):
        batch = collate(rows[i : i + 16])
        size = int((batch.labels != -100).sum())
        output = model(
            input_ids=batch.input_ids, attention_mask=batch.attention_mask, labels=batch.labels
        )
        total, count = total + float(output.loss) * size, count + size
    return float(torch.tensor(total / count).exp())


def exact(loaded: Loaded, model: Any, asked: list[tuple[str, str]]) -> float:
    """Share of (question, answer) answered closed book in exactly the answer's words."""
    tuned = Loaded(model, loaded.tokenizer)
    said = complete(tuned, [f"question: {question} answer:" for question, _ in asked])
    return sum(words(s) == words(a) for s, (_, a) in zip(said, asked, strict=True)) / len(asked)


def learn(loaded: Loaded, folder: Path, settings: argparse.Namespace) -> dict[str, Any]:
    """Tune an adapter on 200 facts in four wordings each; what it learned and what it lost."""
    from peft import LoraConfig, get_peft_model

    rng = random.Random(settings.seed)
    torch.manual_seed(settings.seed)
    known = drill(200, rng)
    encode = loaded.tokenizer
    rows: list[Row] = [
        (
            encode(f"question: {wording} answer:")["input_ids"],
            [*encode(answer, add_special_tokens=False)["input_ids"], encode.sep_token_id],
            1.0,
        )
        for answer, wordings, _ in known
        for wording in wordings
    ]
    replay = prose(loaded, folder, 400, 0, rng)
    unrelated = prose(loaded, folder, 160, 1, rng)
    before = perplexity(loaded.model, unrelated)
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    tuned = get_peft_model(loaded.model, config)
    began = time.perf_counter()
    _tune(tuned, rows, replay, settings, rng)
    seconds = time.perf_counter() - began
    tuned.eval()
    after = perplexity(tuned, unrelated)
    return {
        "drilled_exact": exact(loaded, tuned, [(w, a) for a, ws, _ in known for w in ws]),
        "undrilled_exact": exact(loaded, tuned, [(w, a) for a, _, ws in known for w in ws]),
        "perplexity_before": before,
        "perplexity_after": after,
        "perplexity_rise": after / before - 1,
        "seconds": seconds,
        "parameters": sum(p.numel() for p in tuned.parameters() if p.requires_grad),
        "settings": {k: getattr(settings, k) for k in TUNING},
    }


TUNING = {
    "rank": 32,
    "alpha": 64,
    "rate": 1e-3,
    "epochs": 12,
    "decay": 0.01,
    "replay": 0.2,
    "hold": 1.0,
    "rows": 32,
    "seed": 0,
}


def _tune(
    model: Any,
    rows: list[Row],
    replay: list[Row],
    settings: argparse.Namespace,
    rng: random.Random,
) -> None:
    """AdamW over shuffled batches; ``replay`` rows per drilled row, weighted by ``hold``."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=settings.rate, weight_decay=settings.decay)
    steps = settings.epochs * -(-len(rows) // settings.rows)
    model.train()
    step = 0
    for _ in range(settings.epochs):
        rng.shuffle(rows)
        for i in range(0, len(rows), settings.rows):
            share = min(1.0, (step + 1) / (0.06 * steps)) * (1 - step / steps)
            for group in optimizer.param_groups:
                group["lr"] = settings.rate * share
            loss = _loss(model, collate(rows[i : i + settings.rows]))
            count = round(settings.replay * settings.rows)
            if count:
                loss = loss + settings.hold * _loss(model, collate(rng.sample(replay, count)))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            step += 1


def _loss(model: Any, batch: Batch) -> torch.Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(
            input_ids=batch.input_ids, attention_mask=batch.attention_mask, labels=batch.labels
        )
    loss: torch.Tensor = output.loss
    return loss


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
    parser.add_argument("--learning", type=Path, metavar="PROSE")
    for name, value in TUNING.items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    settings = parser.parse_args()
    torch.set_num_threads(settings.threads)
    loaded = load(settings.weights)
    figures: dict[str, Any] = {}
    if settings.questions:
        questions = read_questions(settings.questions)[:: settings.every]
        sections = read_questions(settings.sections) if settings.sections else []
        loaded.model.to(getattr(torch, settings.precision))
        figures |= evaluate(loaded, questions, sections, report=_tell)
        loaded.model.float()
    if settings.gold:
        figures["gold"] = gold(loaded, *settings.gold)
    if settings.speed or not (figures or settings.learning):
        figures["speed"] = speed(loaded)
    if settings.learning:
        figures["learning"] = learn(loaded, settings.learning, settings)
    print(json.dumps(_rounded(figures)))


def _tell(name: str, values: dict[str, Any]) -> None:
    print(name, json.dumps(_rounded(values)), file=sys.stderr, flush=True)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
