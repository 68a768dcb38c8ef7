"""One tuned model in a folder, by any method: encoded, planned, trained, resumed after a kill."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.experiment.tuning import METHODS, TuningSpec
from workbench.io.files import read_json, write_json
from workbench.io.jsonl import read
from workbench.tuning.batches import Example, Item, course, encode_examples, encode_texts
from workbench.tuning.mending import is_weighed
from workbench.tuning.optimizers import check_optimizer
from workbench.types import Progress, Watch, silent, unwatched

if TYPE_CHECKING:
    from workbench.models.encoder import EncoderModel
    from workbench.models.local import LocalModel

log = logging.getLogger(__name__)

ADAPTER = "adapter"
SUMMARY = "summary.json"
LOSSES = "losses.jsonl"


def train(
    spec: TuningSpec,
    model: LocalModel | EncoderModel,
    examples: Sequence[Example],
    dev: Sequence[Example],
    texts: Sequence[str],
    out: Path,
    seed: int,
    progress: Progress = silent,
    watch: Watch = unwatched,
    prune: float = 0.0,
    start: Path | None = None,
) -> dict[str, Any]:
    """Tune by ``spec.method`` into ``out/adapter``; return and record a summary.

    ``examples`` and ``dev`` are prompts with their replies, ``texts`` the corpus's own words (used
    where the specification trains on text, or replays it against forgetting). Loss, dev loss, rate
    and seconds per step go to ``out/losses.jsonl``. Where ``out`` holds a finished adapter its
    summary is returned; where it holds checkpoints, training goes on from the last whole one
    and, in float32, ends with the same weights. The model itself is left as it was. ``watch`` is
    told after each epoch, and may end the training by raising. ``prune`` is the share of the
    model's blocks that is taken out first. ``start`` is the adapter to go on from (None: a fresh
    one).
    """
    summary = out / SUMMARY
    if summary.is_file() and (out / ADAPTER / "adapter_config.json").is_file():
        tell_again(out, watch)
        return dict(read_json(summary))
    from workbench.models.encoder import EncoderModel
    from workbench.models.local import LocalModel

    if not isinstance(model, LocalModel | EncoderModel):
        raise WorkbenchError(
            f"The model {model.reference.name!r} cannot be tuned here: it runs elsewhere.",
            "Tune it where it runs and name the tuned model as a variant, or use a local model.",
        )
    from workbench.tuning.trainer import AdapterTrainer

    check_optimizer(spec.optimizer)
    if spec.processes > 1 and is_weighed([example.weight for example in examples]):
        raise WorkbenchError(
            "tuning.reweight trains in one process.",
            "Leave tuning.processes out, or take tuning.evenly in the place of reweight.",
        )
    front = (model.pad_id,) * spec.virtual_tokens
    window = model.context_window + len(model.front) - len(front)
    questions = encode_examples(examples, model.encoder, window) if spec.train_on != "text" else []
    needs_text = spec.train_on != "questions" or spec.replay_share > 0
    running = encode_texts(texts, model.encoder, model.prompt_format, window) if needs_text else []
    trained, _ = course(spec, questions, running, seed)
    if not trained:
        raise WorkbenchError(
            f"There is nothing to train on: no example of {spec.train_on}.",
            "Write more questions, or train on the text.",
        )
    if spec.text_first and not running:
        raise WorkbenchError(
            "There is no text to read before the questions.",
            "Leave tuning.train_on: text_then_questions out, or bring a text.",
        )
    trained, plan = course(spec, _fronted(questions, front), _fronted(running, front), seed)
    out.mkdir(parents=True, exist_ok=True)
    judged = _fronted(encode_examples(dev, model.encoder, window), front)
    if spec.processes > 1:
        from workbench.tuning.processes import train_in_processes

        assert isinstance(model, LocalModel), "check_tuning lets no encoder through"
        facts = train_in_processes(spec, model, plan, trained, judged, out, seed, progress, watch)
    else:
        trainer = AdapterTrainer(spec, model, plan, trained, judged, out, seed, prune, start)
        facts = trainer.run(progress, watch)
    facts |= {
        "method": spec.method, "train_on": spec.train_on, "examples": len(trained),
        "learning_rate": spec.learning_rate, "batch_tokens": spec.batch_tokens,
    } | ({"r": spec.lora.r} if METHODS[spec.method].part == "lora" else {})  # fmt: skip
    write_json(summary, facts)
    log.info("trained %s: %s", out / ADAPTER, facts)
    return facts


def tell_again(out: Path, watch: Watch) -> None:
    """Tell of the epochs of a training that is over as it did itself."""
    for record in read(out / LOSSES):
        if record["dev_chance"] is not None and record["step"] > 0:
            watch(record["epoch"], record["dev_chance"])


def _fronted(items: Sequence[Item], front: tuple[int, ...]) -> list[Item]:
    """The sequences behind ids whose place virtual tokens take."""
    return [Item((*front, *item.ids), len(front) + item.start, item.weight) for item in items]
