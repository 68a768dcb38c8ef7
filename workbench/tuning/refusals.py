"""What cannot be tuned, said before anything is made: from names and settings alone."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from workbench import wording
from workbench.engine.study import require_optuna
from workbench.errors import WorkbenchError
from workbench.experiment.tuning import METHODS, TuningSpec
from workbench.experiment.weights import PACKAGED, prompt_format
from workbench.tuning.optimizers import check_optimizer
from workbench.types import ModelReference

#: Methods that leave the base weights as they are, and so may stand on quantised ones.
BESIDE = ("lora", "qlora", "ia3", "bottleneck", "prefix", "prompt", "p_tuning")


#: What an encoder is tuned by: it has no prompt to put virtual tokens before.
ENCODER_METHODS = ("full", "lora")


def check_tuning(spec: TuningSpec, model: ModelReference) -> None:
    """Raise WorkbenchError where a method does not go with the model, or lacks its package."""
    check_optimizer(spec.optimizer)
    if spec.search is not None:
        require_optuna()
    label = wording.method_label(spec.method)
    if model.task == "classify":
        _check_encoder(spec, model, label)
    if spec.preferences is not None:
        check_preferences(spec, model, label)
    if spec.method == "qlora":
        _check_qlora(model)
    elif model.quantization != "none" and spec.method not in BESIDE:
        raise WorkbenchError(
            f"{label} trains the model's own weights, and quantised ones "
            f"({model.quantization}) cannot be trained.",
            "Take tuning.method: lora or qlora, or leave model.quantization and the variant's "
            "compress.weights out.",
        )
    served = spec.method == "lora" and not spec.lora.use_dora
    if model.served_by is not None and not served:
        raise WorkbenchError(
            f"vLLM takes plain LoRA adapters alone, and {label} is to be served by "
            f"{model.served_by}.",
            "Take tuning.method: lora without use_dora, or leave model.served_by out, so that this "
            "machine answers.",
        )


def check_pruning(share: float, tuning: TuningSpec, model: ModelReference) -> None:
    """Raise WorkbenchError where blocks cannot be taken out of a model."""
    if not share:
        return
    if model.task == "classify" or model.served_by is not None:
        does = "names labels" if model.task == "classify" else f"is served by {model.served_by}"
        raise WorkbenchError(
            f"compress.blocks is for a model that writes answers here, and {model.name} {does}.",
            "Leave compress.blocks out of that variant.",
        )
    if tuning.processes > 1:
        raise WorkbenchError(
            "A model that loses blocks (compress.blocks) is trained in one process.",
            "Leave tuning.processes out of that variant.",
        )
    if tuning.preferences is not None:
        raise WorkbenchError(
            "Preferences tune a whole model further, and compress.blocks takes blocks out of it.",
            "Leave one of the two out of that variant.",
        )


def check_preferences(spec: TuningSpec, model: ModelReference, label: str) -> None:
    """Raise WorkbenchError where preferences cannot tune what ``spec`` tunes, or lack TRL."""
    if find_spec("trl") is None:
        raise WorkbenchError(
            "Tuning by preferences and rewards needs the package trl, which is not installed.",
            "pip install 'rag-finetune-workbench[preferences]', or leave tuning.preferences out.",
        )
    if model.task == "classify":
        raise WorkbenchError(
            f"{model.name} is to name labels, and preferences are between answers that a model "
            "writes.",
            "Leave tuning.preferences out of that variant.",
        )
    if prompt_format(model) != "chat":
        raise WorkbenchError(
            f"TRL's trainers read scores off an output layer, and {model.name} has none: it "
            "mixes the vocabulary's scores with copies from a prompt that it reads in both "
            "directions.",
            "Name a chat model for the variant (model: smollm2), or leave tuning.preferences out.",
        )
    if METHODS[spec.method].part != "lora":
        raise WorkbenchError(
            f"Preferences tune a LoRA adapter further, and {label} makes none.",
            "Take tuning.method: lora or qlora, or leave tuning.preferences out.",
        )
    if spec.processes > 1:
        raise WorkbenchError(
            f"Preferences are learned in one process, and tuning.processes is {spec.processes}.",
            "Leave tuning.processes out of that variant.",
        )


def check_edition(edition: str | None, pruned: float, spec: TuningSpec) -> None:
    """Raise WorkbenchError where an adapter cannot be left, or trained further, as is asked."""
    if edition is None:
        return
    if spec.hosted is not None or spec.preferences is not None or pruned:
        what = "tuning.hosted" if spec.hosted else "tuning.preferences"
        raise WorkbenchError(
            f"edition: {edition} is of an adapter that is trained here, on questions, and on the "
            "whole model.",
            f"Leave {'compress.blocks' if pruned else what} or edition out of that variant.",
        )
    if edition == "tuned_on" and (METHODS[spec.method].part != "lora" or spec.processes > 1):
        raise WorkbenchError(
            f"A LoRA adapter can be trained further, in one process; {spec.method} in "
            f"{spec.processes} is asked for.",
            "Take tuning.method: lora without tuning.processes, or edition: retrained.",
        )
    if spec.search is not None:
        raise WorkbenchError(
            "The settings of an adapter are searched on one edition, and this is of two.",
            "Search them first (workbench search tuning), and write down what won.",
        )


def check_hosted(spec: TuningSpec, model: ModelReference) -> None:
    """Raise WorkbenchError where a provider cannot do what is asked."""
    assert spec.hosted is not None, "asked of hosted tuning alone"
    if model.endpoint is None:
        raise WorkbenchError(
            f"tuning.hosted is for a model behind an endpoint, and {model.name} runs here.",
            "Give model.endpoint and the provider's name of the model, or leave tuning.hosted out.",
        )
    if spec.train_on != "questions":
        raise WorkbenchError(
            f"A provider tunes on questions with their replies, and tuning.train_on is "
            f"{spec.train_on}.",
            "Leave tuning.train_on out.",
        )
    if spec.preferences is not None:
        raise WorkbenchError(
            "Preferences tune a model further that is here, and a provider's is not.",
            "Leave tuning.preferences or tuning.hosted out of that variant.",
        )
    if spec.seeds > 1 or spec.search is not None:
        raise WorkbenchError(
            "Each training that a provider does is paid for, and this one is to be repeated.",
            "Leave tuning.seeds and tuning.search out.",
        )


def _check_encoder(spec: TuningSpec, model: ModelReference, label: str) -> None:
    if spec.method not in ENCODER_METHODS:
        raise WorkbenchError(
            f"{label} is for models that write, and {model.name} is to name labels.",
            "Take tuning.method: full, or lora.",
        )
    if spec.processes > 1:
        raise WorkbenchError(
            f"{model.name} names labels, and such a model is trained in one process.",
            "Leave tuning.processes out of that variant.",
        )


def _check_qlora(model: ModelReference) -> None:
    if model.name in PACKAGED or Path(model.name).suffix.lower() == ".gguf":
        raise WorkbenchError(
            f"QLoRA quantises the model itself, and {model.name} comes quantised as a GGUF file.",
            "Name the model's unquantised checkpoint, or take tuning.method: lora.",
        )
    if find_spec("bitsandbytes") is None:
        raise WorkbenchError(
            "QLoRA needs the package bitsandbytes, which is not installed.",
            "pip install 'bitsandbytes' (the extra `quantized`), or take tuning.method: lora.",
        )
