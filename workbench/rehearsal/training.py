"""The training of an adapter in small: a few steps, and how many of them the run will take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from workbench.errors import WorkbenchError
from workbench.rehearsal.parts import Part, clocked
from workbench.specs import TuningSpec
from workbench.store import records
from workbench.types import LanguageModel, Question

STEPS = 8
DEV = 8
LONGEST_S = 4.0  # a training step takes some three forward passes; slow models take fewer steps


def train(
    name: str,
    spec: TuningSpec,
    model: LanguageModel,
    drill: Sequence[Question],
    dev: Sequence[Question],
    factor: float,
    dev_asked: int,
    examples: Callable[[Sequence[Question]], list[Any]],
    texts: Sequence[str],
    out: Path,
    seed: int,
) -> Part:
    """Train for a few steps into ``out`` and scale to all epochs (training may stop earlier).

    ``factor`` is how many drill questions each of ``drill`` stands for, ``dev_asked`` how many
    dev questions are scored after each epoch.
    """
    from workbench.models.local import LocalModel
    from workbench.tuning import METHODS
    from workbench.tuning.drill import encode_examples, encode_texts, schedule

    if not isinstance(model, LocalModel):
        raise WorkbenchError(
            f"The model {model.reference.name!r} cannot be tuned here: it runs elsewhere.",
            "Leave its tuned variants out, or name the tuned model as a variant's model.",
        )
    shown, judged = examples(drill), examples(dev[:DEV])
    prompts, replies = [item.prompt for item in judged], [item.completion for item in judged]
    model.log_likelihood(prompts[:2], replies[:2])  # the first call of a model is never typical
    _, scoring = clocked(lambda: model.log_likelihood(prompts, replies))
    scoring /= max(1, len(judged))
    window = model.context_window
    items = encode_examples(shown, model.encoder, window) if spec.drill != "text" else []
    running = encode_texts(texts, model.encoder, model.prompt_format, window)
    whole = round(len(items) * factor)
    repeated = [items[place % len(items)] for place in range(whole)] if items else []
    drilled = repeated + (running if spec.drill != "questions" else [])
    replay = running if spec.drill == "questions" else []
    (epoch,) = schedule(drilled, replay, spec.replay_share, 1, spec.batch_tokens, seed)
    steps = max(2, min(STEPS, int(LONGEST_S / max(1e-3, 3 * scoring * _per_batch(epoch)))))
    kept = max(2, min(len(shown), steps * _per_batch(epoch)))
    short = texts if spec.drill == "questions" else _shortened(texts, kept)
    _, spent = clocked(
        lambda: METHODS[spec.method](
            spec.model_copy(update={"epochs": 1}), model, shown[:kept], judged, short, out, seed
        )
    )
    each, taken = _step_seconds(out / "losses.jsonl")
    read = sum(len(item.ids) for batch in epoch for item in batch) * spec.epochs
    seconds = spent - each * taken + each * len(epoch) * spec.epochs
    seconds += scoring * (dev_asked * spec.epochs - len(judged))
    return Part(name, seconds, ((None, read, 0.0),), f"{spec.epochs} epochs at the most")


def _per_batch(epoch: Sequence[Sequence[Any]]) -> int:
    return max(1, round(sum(len(batch) for batch in epoch) / max(1, len(epoch))))


def _shortened(texts: Sequence[str], kept: int) -> list[str]:
    """As much running text as makes some ``kept`` training sequences."""
    words = " ".join(texts[0].split()).split(" ")[: 60 * kept] if texts else []
    return [" ".join(words)]


def _step_seconds(path: Path) -> tuple[float, int]:
    """Seconds of a step by the training's own record, and how many steps it took.

    The median over the steps: the first loads what the others find loaded, and the last scores dev.
    """
    marks = [(r["step"], r["seconds"]) for r in records.stream(path) if r["lr"] is not None]
    gaps = [(b - a) / (last - first) for (first, a), (last, b) in pairwise(marks)]
    return (median(gaps) if gaps else sum(s for _, s in marks)), marks[-1][0] if marks else 0
