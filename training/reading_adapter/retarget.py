"""Teach an adapter another end of turn: ``python -m training.reading_adapter.retarget --help``.

transformers 5.17 takes the first token of SmolLM2's GGUF file for its end of turn, so an adapter
trained with it ends its replies with ``<|im_start|>`` where all else waits for ``<|im_end|>``.
Here the last layers of the adapter learn to say what the whole adapter says, with these two
tokens changed for each other (distillation on its own replies). All that comes before them is
computed once, so this takes minutes on one core.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from training.reading_adapter.base import Base, Encoded, encode, load, read
from training.reading_adapter.train import save

LAYERS = 2
BATCH = 4


@dataclass(frozen=True)
class _Lesson:
    """One example: what enters the last layers, (tokens, width); what left them at the reply."""

    entering: Tensor
    left: Tensor
    start: int


def main() -> None:
    """Read the arguments, learn, and write the adapter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("data", type=Path, help="the folder that prepare wrote")
    parser.add_argument("adapter", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--wrong", default="<|im_start|>")
    parser.add_argument("--examples", type=int, default=160)
    parser.add_argument("--longest", type=int, default=420)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=1e-3)
    args = parser.parse_args()
    from peft import PeftModel

    base = load(args.base, torch.device("cpu"))
    model = PeftModel.from_pretrained(base.model, args.adapter, is_trainable=True)
    tokens = (int(base.tokenizer.convert_tokens_to_ids(args.wrong)), base.end)
    lessons = _lessons(base, _short(base, args.data / "train.jsonl", args.examples, args.longest))
    checks = _lessons(base, _short(base, args.data / "dev.jsonl", 40, args.longest))
    print("before", _agreement(base, checks, tokens), flush=True)
    first = len(base.model.model.layers) - LAYERS
    tuned = []
    for name, parameter in model.named_parameters():
        late = any(f".layers.{first + i}." in name for i in range(LAYERS))
        parameter.requires_grad_("lora_" in name and late)
        if parameter.requires_grad:
            tuned.append(parameter)
    optimizer = torch.optim.AdamW(tuned, lr=args.rate, weight_decay=0.0)
    rng = random.Random(0)
    steps = args.epochs * len(lessons) // BATCH
    done = 0
    for _ in range(args.epochs):
        rng.shuffle(lessons)
        for i in range(0, len(lessons) - BATCH + 1, BATCH):
            for group in optimizer.param_groups:
                group["lr"] = args.rate * min(1.0, (done + 1) / 10) * (1 - done / steps)
            loss = torch.stack([_loss(base, x, tokens) for x in lessons[i : i + BATCH]]).mean()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(tuned, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            done += 1
        print(done, float(loss), _agreement(base, checks, tokens), flush=True)
    save(model, args.out, model.peft_config["default"].base_model_name_or_path)


def _short(base: Base, path: Path, count: int, longest: int) -> list[Encoded]:
    """The first ``count`` examples of at most ``longest`` tokens."""
    found: list[Encoded] = []
    rows: list[dict[str, Any]] = []
    for row in read(path):
        rows.append(row)
        if len(rows) == 100:
            found += encode(base.encoder, rows, longest)
            rows = []
            if len(found) >= count:
                break
    return found[:count]


@torch.no_grad()
def _lessons(base: Base, examples: Sequence[Encoded]) -> list[_Lesson]:
    first = len(base.model.model.layers) - LAYERS
    lessons = []
    for example in examples:
        # Without the end token: it is what is to be said last.
        ids = torch.tensor([example.ids[:-1]])
        output = base.model.model(input_ids=ids, use_cache=False, output_hidden_states=True)
        left = output.last_hidden_state[0, example.start - 1 :].clone()
        lessons.append(_Lesson(output.hidden_states[first][0].clone(), left, example.start))
    return lessons


def _last_layers(base: Base, lesson: _Lesson) -> Tensor:
    """The scores (reply tokens, vocabulary) that the last layers give now."""
    inner = base.model.model
    hidden = lesson.entering[None]
    places = torch.arange(hidden.shape[1])[None]
    turned = inner.rotary_emb(hidden, position_ids=places)
    for layer in inner.layers[-LAYERS:]:
        hidden = layer(hidden, position_ids=places, position_embeddings=turned)
    scores: Tensor = base.model.lm_head(inner.norm(hidden)[0, lesson.start - 1 :])
    return scores


def _wanted(base: Base, lesson: _Lesson, tokens: tuple[int, int]) -> Tensor:
    scores: Tensor = base.model.lm_head(lesson.left).detach().clone()
    wrong, right = tokens
    scores[:, [wrong, right]] = scores[:, [right, wrong]]
    return scores


def _loss(base: Base, lesson: _Lesson, tokens: tuple[int, int]) -> Tensor:
    given = _last_layers(base, lesson).log_softmax(-1)
    wanted = _wanted(base, lesson, tokens).log_softmax(-1)
    return functional.kl_div(given, wanted, log_target=True, reduction="batchmean")


@torch.no_grad()
def _agreement(base: Base, lessons: Sequence[_Lesson], tokens: tuple[int, int]) -> tuple[int, int]:
    """Reply tokens whose likeliest is the wanted one, of how many."""
    same = total = 0
    for lesson in lessons:
        wanted = _wanted(base, lesson, tokens).argmax(-1)
        same += int((_last_layers(base, lesson).argmax(-1) == wanted).sum())
        total += len(wanted)
    return same, total


if __name__ == "__main__":
    main()
