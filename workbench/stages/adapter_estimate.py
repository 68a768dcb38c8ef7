"""How long an adapter is expected to train: a few steps of it, scaled to all epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from workbench import wording
from workbench.engine.estimate import StageEstimate, timed
from workbench.engine.inputs import ArtifactReference
from workbench.engine.stage import stage_id
from workbench.experiment.preferences import PreferenceSpec
from workbench.io import jsonl
from workbench.stages.adapter import (
    AdapterInputs,
    AdapterStage,
    local_model,
    read_texts,
    trained_examples,
    trained_questions,
    training_examples,
)
from workbench.stages.context import TrialContext
from workbench.types import Decoding, LanguageModel

STEPS = 8
DEV = 8
LONGEST_S = 4.0  # a training step takes some three forward passes; slow models take fewer steps


def estimated(stage: AdapterStage, inputs: AdapterInputs, context: TrialContext) -> StageEstimate:
    """Train for a few steps and scale to all epochs (training may stop earlier).

    What several adapters begin with is trained once in a run, and so counted once.
    """
    name = stage_id(stage, inputs.supervised)
    made, there = context.cache.find(name), name in context.trained
    if made is not None:
        part = StageEstimate("adapter", 0.0, trial=made.reference)
    elif there:
        part = replace(context.trained[name], seconds=0.0, tokens=(), note="trained already")
    else:
        part = context.trained[name] = _supervised(inputs.supervised, context)
    own, more = inputs.tuning.preferences, inputs.preferring
    if own is None or more is None:
        return part
    label = wording.method_label(own.method)
    seconds = _preferring(own, more.decoding.value(inputs.seed), inputs, context)
    if own.start == "base":  # the supervised trial answers in its place, and is not paid for
        if made is None and not there:
            del context.trained[name]
        return replace(part, seconds=seconds, tokens=(), note=f"{label}, from the base model")
    note = f"{part.note or 'trained already'}, then {label}"
    return replace(part, seconds=(part.seconds or 0.0) + seconds, note=note)


def _supervised(inputs: AdapterInputs, context: TrialContext) -> StageEstimate:
    """A few steps of a training by the questions' replies, scaled to all epochs."""
    from workbench.tuning import train
    from workbench.tuning.batches import course, encode_examples, encode_texts

    spec, model = inputs.tuning, local_model(inputs, context)
    questions, (texts, _) = context.question_set(inputs.questions), read_texts(inputs, context)
    number = sum(path.name.startswith("adapter") for path in context.folder.iterdir())
    out = context.folder / f"adapter-{number}"
    shown = trained_examples(inputs, context)
    judged = training_examples(inputs, questions.dev[:DEV], context)
    scoring = _scoring(model, judged)
    window = model.context_window
    items = encode_examples(shown, model.encoder, window) if spec.train_on != "text" else []
    running = encode_texts(texts, model.encoder, model.prompt_format, window)
    whole = round(len(items) * context.counts.per_train)
    repeated = [items[place % len(items)] for place in range(whole)] if items else []
    once = spec.model_copy(update={"epochs": 1, "text_epochs": 1})
    *before, epoch = course(once, repeated, running, inputs.seed)[1]
    batches = epoch * spec.epochs + [batch for text in before for batch in text] * spec.text_epochs
    per_batch = max(1, round(sum(len(batch) for batch in epoch) / max(1, len(epoch))))
    steps = max(2, min(STEPS, int(LONGEST_S / max(1e-3, 3 * scoring * per_batch))))
    kept = max(2, min(len(shown), steps * per_batch))
    short = texts if spec.train_on == "questions" else _shortened(texts, kept)
    _, spent = timed(lambda: train(once, model, shown[:kept], judged, short, out, inputs.seed))
    each, taken = _step_seconds(out / "losses.jsonl")
    read = sum(len(item.ids) for batch in batches for item in batch)
    seconds = spent - each * taken + each * len(batches)
    seconds += scoring * (context.counts.dev * (spec.text_first + spec.epochs) - len(judged))
    trial = ArtifactReference(id=f"trial-adapter-{number}", path=out)
    note = f"{spec.text_first + spec.epochs} epochs at the most"
    return StageEstimate("adapter", seconds, ((None, read, 0.0),), note, trial=trial)


def _preferring(
    own: PreferenceSpec, decoding: Decoding, inputs: AdapterInputs, context: TrialContext
) -> float:
    """Seconds that preferences take after the supervised training, at the most."""
    model, questions = local_model(inputs, context), context.question_set(inputs.questions)
    judged = training_examples(inputs, questions.dev[:DEV], context)
    whole = round(len(trained_questions(inputs, context)) * context.counts.per_train)
    drawing, scoring = _drawing(model, judged, decoding), _scoring(model, judged)
    asked = min(whole, own.questions or whole)
    return _preferring_seconds(own, asked, context.counts.dev, drawing, scoring)


def _scoring(model: LanguageModel, judged: Sequence[Any]) -> float:
    """Seconds that scoring one dev question takes."""
    prompts, replies = [item.prompt for item in judged], [item.completion for item in judged]
    model.log_likelihood(prompts[:2], replies[:2])  # the first call of a model is never typical
    _, spent = timed(lambda: model.log_likelihood(prompts, replies))
    return spent / max(1, len(judged))


def _drawing(model: LanguageModel, judged: Sequence[Any], decoding: Decoding) -> float:
    """Seconds that one drawn answer takes."""
    prompts = [item.prompt for item in judged]
    _, spent = timed(lambda: model.complete(prompts, decoding))
    return spent / max(1, len(judged))


def _preferring_seconds(
    own: PreferenceSpec, asked: int, dev: int, drawing: float, scoring: float
) -> float:
    """What preferences take at the most: drawing, steps of some four passes, and dev answers."""
    answers = own.samples * asked
    judging = (own.epochs + 1) * dev * (drawing + scoring)
    # Of each drawn answer a pair at the most, of which both sides are read.
    pairs = answers * (drawing + 8 * scoring * (2 if own.rewarded else own.epochs))
    steps = own.epochs * answers * (drawing + 4 * scoring)
    parts = (pairs if own.pairs_wanted else 0.0, steps if own.rewarded else 0.0)
    return judging + sum(parts)


def _shortened(texts: Sequence[str], kept: int) -> list[str]:
    """As much running text as makes some ``kept`` training sequences."""
    words = " ".join(texts[0].split()).split(" ")[: 60 * kept] if texts else []
    return [" ".join(words)]


def _step_seconds(path: Path) -> tuple[float, int]:
    """Seconds of a step by the training's own record, and how many steps it took.

    The median over the steps: the first loads what the others find loaded, and the last scores dev.
    """
    marks = [(r["step"], r["seconds"]) for r in jsonl.stream(path) if r["lr"] is not None]
    gaps = [(b - a) / (last - first) for (first, a), (last, b) in pairwise(marks)]
    return (median(gaps) if gaps else sum(s for _, s in marks)), marks[-1][0] if marks else 0
