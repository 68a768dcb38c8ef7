"""A variant's training set in the form of another trainer, with its configuration beside it."""

from __future__ import annotations

from pathlib import Path
from statistics import mean
from typing import Any

from workbench import wording
from workbench.errors import WorkbenchError
from workbench.experiment.tuning import METHODS, TuningSpec
from workbench.experiment.variant import variants_of
from workbench.experiment.weights import PACKAGED
from workbench.export import Exported
from workbench.export.chosen import Chosen
from workbench.export.filling import put
from workbench.export.trainers.forms import FORMS, Material
from workbench.export.trainers.keys import Settings, written
from workbench.export.training_set import TrainingSet, training_set
from workbench.io.files import new_folder, whole_folder
from workbench.models.local import LocalModel
from workbench.records.run import Run
from workbench.tuning.batches import encode_examples, schedule

#: A length is rounded up to it, so that nothing is cut by a token or two.
ROUND = 64
#: Where the configuration looks for a base that has no name elsewhere.
BASE = "./base"
#: Settings of a tuning that do not belong to one method.
TOLD = (
    "method", "learning_rate", "epochs", "optimizer", "schedule", "warmup_ratio", "weight_decay",
    "neftune_alpha", "gradient_checkpointing", "precision", "patience",
)  # fmt: skip


def write_training_set(run: Run, form: str, out: Path, variant: str | None = None) -> Exported:
    """Write train and dev questions of a finished run as ``variant`` is asked and trained.

    Without a variant it is the first that the run tuned. Raises WorkbenchError before anything is
    written where the trainer cannot do what the run did.
    """
    if form not in FORMS:
        raise WorkbenchError(f"Unknown form {form!r}.", f"The forms are {', '.join(FORMS)}.")
    chosen = Chosen(run, variant or _tuned(run))
    _check(form, chosen)
    out = new_folder(out)
    model = chosen.served.context.model(chosen.served.plan.model(chosen.reference))
    assert isinstance(model, LocalModel), "_check lets no other through"
    _check_template(form, chosen, model)
    material = _material(chosen, training_set(chosen), model)
    with whole_folder(out) as folder:
        notes = [*FORMS[form].write(material, folder), *_notes(form, chosen, model)]
        put(folder, "trainer.md", "README.md", **_told(form, chosen, material), notes=notes)
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    return Exported(out, tuple(files), tuple(notes))


def _tuned(run: Run) -> str:
    """The first variant that the run tuned."""
    experiment = run.experiment()
    known = () if experiment is None else variants_of(experiment)
    names = [item.name for item in known if item.trained and not item.classifies]
    if not names and known:
        raise WorkbenchError(
            f"Run {run.id} tuned no variant that writes.",
            "Name the one whose prompts are to be trained on: --variant NAME "
            f"({', '.join(item.name for item in known)}).",
        )
    return names[0] if names else ""


def _tuning(chosen: Chosen) -> TuningSpec:
    """The tuning of a variant; an untuned one's is the experiment's."""
    return chosen.variant.tuning or chosen.experiment.tuning


def _check(form: str, chosen: Chosen) -> None:
    """Refuse what the trainer cannot do, before anything is loaded."""
    trainer, tuning = FORMS[form], _tuning(chosen)
    where = chosen.reference.endpoint
    if where is not None:
        raise WorkbenchError(
            f"{chosen.name} answers by {chosen.reference.name} behind {where}: its weights are not "
            f"here, so {trainer.name} could not tune them.",
            "Take `workbench export --format openai-jsonl`, or tuning.hosted in the experiment.",
        )
    if chosen.variant.classifies:
        raise WorkbenchError(
            f"{chosen.name} is an encoder that names labels, and {form} is for models that write.",
            "Name another variant with --variant.",
        )
    if tuning.train_on == "text" and chosen.variant.training_format != "raft":
        raise WorkbenchError(
            f"{chosen.name} was tuned on running text alone (tuning.train_on: text): it has no "
            "training questions.",
            "Set tuning.train_on: questions and run again.",
        )
    if tuning.method not in trainer.methods:
        told = wording.method_label(tuning.method)
        raise WorkbenchError(
            f"{chosen.name} was tuned by {told}, which {trainer.name} is not told of here.",
            f"Name a variant tuned by {', '.join(trainer.methods)} (tuning.method).",
        )
    try:
        written(trainer.tool, _settings(chosen))
    except ValueError as error:
        raise WorkbenchError(
            f"{trainer.name} cannot be told this tuning: {error}.",
            "Run again with another value of that setting, or name another variant.",
        ) from error


def _check_template(form: str, chosen: Chosen, model: LocalModel) -> None:
    if FORMS[form].template and not model.encoder.has_template:
        raise WorkbenchError(
            f"The model {chosen.reference.name} has no chat template, so {form} could not put its "
            "turns as the run did.",
            "Take --form trl, which is given prompts and replies as the text that the model reads.",
        )


def _settings(chosen: Chosen) -> Settings:
    """The settings by their names in an experiment; the method's own part alone."""
    tuning = _tuning(chosen)
    part = METHODS[tuning.method].part
    own = {} if part is None else dict(getattr(tuning, part))  # the keys with their values
    name = chosen.reference.name
    return {
        "model.name": BASE if _packed(name) else name,
        "seed": chosen.experiment.seed % 2**31,
        **{f"tuning.{key}": getattr(tuning, key) for key in TOLD},
        **{f"tuning.{part}.{key}": value for key, value in own.items()},
    }


def _packed(name: str) -> bool:
    """Whether the model is one that other programs do not know by its name."""
    return name == "reader" or name in PACKAGED or name.lower().endswith(".gguf")


def _material(chosen: Chosen, known: TrainingSet, model: LocalModel) -> Material:
    tuning, encoder, window = _tuning(chosen), model.encoder, model.context_window
    items = encode_examples([*known.train, *known.dev], encoder, window)
    (epoch,) = schedule(items[: len(known.train)], [], 0, 1, tuning.batch_tokens, 0)
    longest = max((len(item.ids) for item in items), default=1)
    ends = encoder.completion("a")[len(encoder.completion("a", end=False)) :]
    return Material(
        known,
        _settings(chosen),
        encoder,
        model.tokenizer,
        max(1, round(mean(map(len, epoch)))),
        min(window, -(-longest // ROUND) * ROUND),
        str(model.tokenizer.convert_ids_to_tokens(ends[0])) if ends else None,
    )


def _notes(form: str, chosen: Chosen, model: LocalModel) -> list[str]:
    """What the trainer will do otherwise than the run did."""
    tuning, notes = _tuning(chosen), []
    if _packed(chosen.reference.name):
        notes.append(
            f"Other programs do not know the model {chosen.reference.name} by its name. Write its "
            f"weights beside the configuration: workbench export {chosen.run.id} --variant "
            "prompt_only --format merged -o base."
        )
    if chosen.is_reader:
        notes.append(
            "The embedded reader is an architecture of the workbench's own: TRL's SFTTrainer takes "
            "it in a script that calls workbench.models.reader.register() first."
        )
    if not chosen.variant.trained:
        notes.append("The run tuned no such variant: the settings are those of `tuning`.")
    elif tuning.train_on in ("both", "text_then_questions"):
        notes.append("The run trained on running text too (tuning.train_on); these are questions.")
    elif tuning.replay_share:
        notes.append(
            f"In the run {tuning.replay_share:.0%} of the trained tokens were running text of the "
            "corpus, against forgetting (tuning.replay_share); these are questions alone."
        )
    template = str(getattr(model.tokenizer, "chat_template", None) or "")
    if FORMS[form].template and form != "unsloth" and "enable_thinking" in template:
        notes.append(
            "The model's template can think before it answers, and the run told it not to; see "
            "that this trainer's rendering does the same, or take --form trl."
        )
    return notes


def _told(form: str, chosen: Chosen, material: Material) -> dict[str, Any]:
    return {
        "run": chosen.run.id,
        "variant": chosen.name,
        "start": FORMS[form].start,
        "data": "data/" if form == "trl" else "",
        "train": len(material.known.train),
        "dev": len(material.known.dev),
        "rows": material.rows,
        "batch_tokens": _tuning(chosen).batch_tokens,
    }
