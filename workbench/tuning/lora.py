"""LoRA by peft and the transformers Trainer: one adapter in a folder, resumed after a kill.

Defaults follow what is known of LoRA: adapters on all linear layers, a rate some ten times that
of full fine-tuning, small batches (Thinking Machines 2025, "LoRA without regret").
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.experiment.parts import TuningSpec
from workbench.io.files import read_json, write_json
from workbench.tuning.batches import Example, encode_examples, encode_texts, schedule
from workbench.types import Progress, silent

if TYPE_CHECKING:
    from workbench.models.local import LocalModel

log = logging.getLogger(__name__)

ADAPTER = "adapter"
SUMMARY = "summary.json"
LOSSES = "losses.jsonl"


def train_lora(
    spec: TuningSpec,
    model: LocalModel,
    train: Sequence[Example],
    dev: Sequence[Example],
    texts: Sequence[str],
    out: Path,
    seed: int,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train one adapter into ``out/adapter``; return and record a summary.

    ``train`` and ``dev`` are prompts with their replies, ``texts`` the corpus's own words (used
    where the specification trains on text, or replays it against forgetting). Loss, dev loss, rate
    and seconds per step go to ``out/losses.jsonl``. Where ``out`` holds a finished adapter its
    summary is returned; where it holds checkpoints, training goes on from the last whole one
    and, in float32, ends with the same adapter. The model itself is left as it was.
    """
    summary = out / SUMMARY
    if summary.is_file() and (out / ADAPTER / "adapter_config.json").is_file():
        return dict(read_json(summary))
    from workbench.models.local import LocalModel

    if not isinstance(model, LocalModel):
        raise WorkbenchError(
            f"The model {model.reference.name!r} cannot be tuned here: it runs elsewhere.",
            "Tune it where it runs and name the tuned model as a variant, or use a local model.",
        )
    from workbench.tuning.trainer import AdapterTrainer

    window = model.context_window
    questions = encode_examples(train, model.encoder, window) if spec.train_on != "text" else []
    needs_text = spec.train_on != "questions" or spec.replay_share > 0
    running = encode_texts(texts, model.encoder, model.prompt_format, window) if needs_text else []
    trained = questions + (running if spec.train_on != "questions" else [])
    if not trained:
        raise WorkbenchError(
            f"There is nothing to train on: no example of {spec.train_on}.",
            "Write more questions, or train on the text.",
        )
    replay = running if spec.train_on == "questions" else []
    plan = schedule(trained, replay, spec.replay_share, spec.epochs, spec.batch_tokens, seed)
    out.mkdir(parents=True, exist_ok=True)
    judged = encode_examples(dev, model.encoder, window)
    if spec.processes > 1:
        from workbench.tuning.processes import train_in_processes

        facts = train_in_processes(spec, model, plan, trained, judged, out, seed, progress)
    else:
        facts = AdapterTrainer(spec, model, plan, trained, judged, out, seed).run(progress)
    facts |= {
        "method": "lora", "train_on": spec.train_on, "examples": len(trained),
        "r": spec.lora.r, "learning_rate": spec.learning_rate, "batch_tokens": spec.batch_tokens,
    }  # fmt: skip
    write_json(summary, facts)
    log.info("trained %s: %s", out / ADAPTER, facts)
    return facts
