"""What cannot be exported as wished, said before any work and with the way out."""

from __future__ import annotations

from pathlib import Path

from workbench import wording
from workbench.errors import WorkbenchError
from workbench.experiment.weights import PACKAGED
from workbench.export.chosen import Chosen
from workbench.export.formats import FORMATS, Format
from workbench.export.gguf import check_gguf


def check(name: str, chosen: Chosen) -> None:
    """Raise WorkbenchError where the format could not answer as the variant did."""
    form = FORMATS[name]
    if chosen.variant.classifies:
        raise WorkbenchError(
            f"{chosen.name} is an encoder that names labels, and {name} is for models that write.",
            "Serve it as it is: workbench serve RUN.",
        )
    _check_place(name, form, chosen)
    _check_tuning(name, form, chosen)
    _check_blocks(name, form, chosen)
    _check_reader(name, form, chosen)
    if form.whole and chosen.reference.endpoint is None:
        _check_weights(name, chosen)
    if chosen.reference.endpoint is None and (form.template or form.whole):
        _check_surface(name, form, chosen)
    _check_types(name, chosen)


def _check_types(name: str, chosen: Chosen) -> None:
    if name in ("gguf", "gguf-lora") or (name == "ollama" and chosen.quantize is not None):
        check_gguf(chosen.quantize, adapter=name == "gguf-lora")
    elif chosen.quantize is not None:
        raise WorkbenchError(
            f"{name} is not quantised here (-q {chosen.quantize}).",
            "Take --format gguf or ollama, or leave -q out.",
        )


def _check_place(name: str, form: Format, chosen: Chosen) -> None:
    if chosen.variant.system is not None:
        raise WorkbenchError(
            f"{chosen.name} is a system of another make, asked at {chosen.variant.system.place}: "
            "nothing of it is here to export.",
            "Choose a variant of the workbench's own.",
        )
    where = chosen.reference.endpoint
    if where is None or form.hosted:
        return
    raise WorkbenchError(
        f"{chosen.name} answers by {chosen.reference.name} behind {where}: its weights are not "
        f"here, so there is nothing to export as {name}.",
        "Take --format openai-jsonl to tune it with its provider, or --format docker to serve the "
        "variant as it is.",
    )


def _check_tuning(name: str, form: Format, chosen: Chosen) -> None:
    method = chosen.method
    if method is None:
        if form.base:
            return
        raise WorkbenchError(
            f"{chosen.name} is the base model {chosen.reference.name} untuned: there is no "
            "adapter to export.",
            f"Choose a tuned variant, or take --format {_first(None)}.",
        )
    if name == "openai-jsonl" and chosen.variant.tuning is not None:
        if chosen.variant.tuning.train_on == "text" and chosen.variant.training_format != "raft":
            raise WorkbenchError(
                f"{chosen.name} was tuned on running text alone (tuning.train_on: text): it has "
                "no training questions.",
                "Set tuning.train_on: questions and run again.",
            )
        return
    if method not in form.methods or (method == "lora" and chosen.uses_dora and not form.dora):
        label = wording.method_label(method) + (" with DoRA" if chosen.uses_dora else "")
        raise WorkbenchError(
            f"{chosen.name} was tuned by {label}, which {name} cannot hold{_why(name, method)}.",
            f"Take --format {_first(method)}, or tune by another method (tuning.method: lora).",
        )


def _check_blocks(name: str, form: Format, chosen: Chosen) -> None:
    beside = not form.base or name == "vllm"  # the adapter, to be put beside its base
    if chosen.variant.pruned and beside:
        raise WorkbenchError(
            f"{chosen.name} answers by a model that has lost blocks, and {name} brings an adapter "
            "for the whole one.",
            "Take --format merged.",
        )


def _why(name: str, method: str) -> str:
    if method == "qlora":
        return ": its base is quantised, and merged into 16 bits it would answer otherwise"
    if name == "peft":
        return ": peft has no such files"
    if method in ("prefix", "prompt", "p_tuning"):
        return ": virtual tokens stand before each prompt and are no weights of the model"
    if method == "bottleneck":
        return ": its networks stand between the model's layers and are no weights of the model"
    return ""


def _first(method: str | None) -> str:
    """The first format that takes a method."""
    for name, form in FORMATS.items():
        if form.runs and (form.base if method is None else method in form.methods):
            return name
    return "docker"


def _check_reader(name: str, form: Format, chosen: Chosen) -> None:
    if not chosen.is_reader:
        return
    if not form.reader:
        raise WorkbenchError(
            f"{chosen.name} answers by the embedded reader, an architecture of the workbench's own "
            f"that {name} does not know.",
            "Take --format docker, which brings the workbench along; or run the experiment with a "
            "chat model (model: smollm2, or one of the hub).",
        )
    if name == "peft" and chosen.method in ("prefix", "prompt", "p_tuning"):
        raise WorkbenchError(
            "peft cannot put virtual tokens before the embedded reader's prompt.",
            "Take --format docker.",
        )


def _check_weights(name: str, chosen: Chosen) -> None:
    held = chosen.reference.quantization
    if held != "none":
        raise WorkbenchError(
            f"{chosen.name} answered with weights held in {held}; merged into those of 16 bits it "
            f"would be another system than the one that was examined, so {name} is refused.",
            "Take --format peft and load the base in the same way, --format docker, or run again "
            "without model.quantization.",
        )


def _check_surface(name: str, form: Format, chosen: Chosen) -> None:
    config, tokenizer = chosen.surface
    if form.template and not getattr(tokenizer, "chat_template", None):
        raise WorkbenchError(
            f"The model {chosen.reference.name} has no chat template, so {name} could not put its "
            "turns as the exam did.",
            "Add chat_template.jinja to the model's folder and run again, or take --format merged.",
        )
    rows = getattr(config.get_text_config(), "vocab_size", None)
    if form.whole and rows is not None and len(tokenizer) > rows:
        raise WorkbenchError(
            f"The tokenizer of {chosen.reference.name} knows {len(tokenizer):,} tokens and its "
            f"embedding {rows:,}: other programs refuse such a model or read past its end.",
            "Take the tokenizer that the model was published with, or enlarge the embedding "
            "(resize_token_embeddings) before tuning.",
        )


def unpacked_note(chosen: Chosen) -> list[str]:
    """What is to be said of a base that came as quantised blocks and was unpacked to be tuned."""
    name = chosen.reference.name
    if name not in PACKAGED and Path(name).suffix.lower() != ".gguf":
        return []
    return [
        f"The base {name} came as a GGUF file of quantised blocks; the weights here are those "
        "blocks unpacked, which is what was tuned and examined, not the publisher's 16-bit ones."
    ]
