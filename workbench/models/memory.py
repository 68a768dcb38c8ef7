"""How much memory a local model takes, told before anything of it is downloaded or loaded.

Weights are counted where they lie, else taken from the name (Qwen2.5-7B). What answering and tuning
add is rough arithmetic: keys and values by layer (Pope et al. 2022, "Efficiently Scaling
Transformer Inference"), activations of some 34 bytes per token, layer and unit of width in 16 bits
(Korthikanti et al. 2022, "Reducing Activation Recomputation"), and 16 bytes for each weight that is
trained (its value, gradient and Adam's two moments in 32 bits; other optimisers keep less). Expect
it within a third.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workbench import wording
from workbench.errors import WorkbenchError
from workbench.experiment.fitting import CHECKPOINTING_FROM, billions
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.weights import folder_of
from workbench.models.batching import DEFAULT_BATCH_TOKENS, tokens_scored_at_once
from workbench.types import ModelReference

#: Bytes a weight takes; quantised ones with their scales (Dettmers et al. 2023: 4.5 bits).
QUANTISED = {"int8": 1.06, "int8_weights": 1.06, "nf4": 0.57}
#: The package that holds weights so.
PACKAGES = {"int8": "bitsandbytes", "int8_weights": "torchao", "nf4": "bitsandbytes"}
#: Vocabulary of a model that does not tell, that of Llama 3 and near Qwen's.
VOCABULARY = 128_000
#: Layers by billions of parameters, of a model that does not tell (Llama and Qwen families).
LAYERS = ((0.2, 24), (1.0, 24), (2.0, 28), (5.0, 32), (10.0, 32), (20.0, 40), (40.0, 64))
DEEPEST = 80
MACHINE = "machine"
#: Padded tokens that are answered together at the most, where nothing else is asked for.
MOST_AT_ONCE = 1 << 18


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes of one model on its device, and what the device has; ``tuning`` 0 where none is.

    ``answering`` and ``tuning`` come on top of ``weights``, never both at once. ``beside`` is the
    main memory that layers go to for which a GPU has no room (slowly); ``method`` the tuning's.
    """

    model: str
    device: str
    parameters: int
    weights: int
    answering: int
    tuning: int
    available: int
    beside: int = 0
    method: str = ""

    @property
    def needed(self) -> int:
        """At the fullest moment."""
        return self.weights + max(self.answering, self.tuning)

    @property
    def fits(self) -> bool:
        return self.needed <= self.available


@dataclass(frozen=True, slots=True)
class _Shape:
    """Layers, width, width of keys and values together, vocabulary."""

    layers: int
    width: int
    keys: int
    vocabulary: int


def _lora(tuning: TuningSpec, shape: _Shape, _: int) -> float:
    # All linear layers: four of attention, three of the feed-forward, some four times as wide.
    return tuning.lora.r * shape.layers * shape.width * (4 * 2 + 3 * 5)


def _bottleneck(tuning: TuningSpec, shape: _Shape, _: int) -> float:
    places = 2 if tuning.bottleneck.after == "both" else 1
    return places * shape.layers * 2 * shape.width * tuning.bottleneck.size


def _embedded(tuning: TuningSpec, shape: _Shape, _: int) -> float:
    return tuning.virtual_tokens * shape.width


#: Weights that each method trains, of a model with so many.
TRAINED: dict[str, Callable[[TuningSpec, _Shape, int], float]] = {
    "lora": _lora,
    "qlora": _lora,
    # Keys, values, and the inputs of the feed-forward's last layer.
    "ia3": lambda tuning, shape, _: shape.layers * (2 * shape.keys + 4 * shape.width),
    "bottleneck": _bottleneck,
    "prefix": lambda tuning, shape, _: tuning.virtual_tokens * 2 * shape.layers * shape.keys,
    "prompt": _embedded,
    "p_tuning": _embedded,
    # As many as a block has outputs, where all its layers have biases.
    "bitfit": lambda tuning, shape, _: shape.layers * 13 * shape.width,
    "layers": lambda tuning, shape, count: count * min(1, tuning.layers.last / shape.layers),
    "full": lambda tuning, shape, count: count,
}
#: Methods that train much of the model itself.
OWN = ("layers", "full")
#: Bytes for each trained weight where it is not Adam's 16: one moment, none to speak of, 8 bits.
PER_WEIGHT = {"sgd": 12, "rmsprop": 12, "adafactor": 8, "adamw_8bit": 10}


def footprint(
    reference: ModelReference, tuning: TuningSpec | None, batch_tokens: int
) -> Footprint | None:
    """What a local model takes, or None where its size cannot be told beforehand.

    ``tuning`` is None for a model that is only asked; ``batch_tokens`` bounds the padded tokens
    that are answered together.
    """
    if reference.endpoint is not None:
        return None
    config = _config(reference)
    counted = _counted(reference)
    if counted is None:
        size = billions(reference.name)
        if size is None:
            return None
        counted = int(size * 1e9)
    device, available, beside = _device(reference.device)
    narrow = _bytes_per_value(reference, device)
    each = QUANTISED.get(reference.quantization, narrow)
    shape = _shape(config, counted)
    if device != MACHINE and batch_tokens == DEFAULT_BATCH_TOKENS:
        batch_tokens = tokens_at_once(config, counted, narrow, available)
    keys = 2 * shape.layers * shape.keys * narrow * batch_tokens
    preferring = None if tuning is None else tuning.preferences
    # A reward model is a second copy of the weights, for as long as something is tuned by it.
    again = int(counted * each) if preferring and preferring.reward == "reward_model" else 0
    return Footprint(
        reference.name, device, counted, int(counted * each),
        # The last layer's scores of one token of each prompt are small beside keys and values.
        int(keys + 4 * shape.width * batch_tokens * narrow),
        0 if tuning is None else again + _tuned(tuning, shape, narrow, device, counted), available,
        beside, "" if tuning is None else tuning.method,
    )  # fmt: skip


def tokens_at_once(config: dict[str, Any], parameters: int, narrow: float, memory: int) -> int:
    """How many padded tokens a GPU with so many bytes of ``memory`` answers together by default.

    A step of generation takes a GPU about as long for one row as for hundreds, so a quarter of its
    memory is filled, rounded down to a power of two. From the whole memory and not from what is
    free at the moment, so that a machine makes the same batches each time; a batch that does not
    fit after all is halved.
    """
    shape = _shape(config, parameters)
    each = (2 * shape.layers * shape.keys + 4 * shape.width) * narrow
    room = int(memory / 4 / each)
    return min(MOST_AT_ONCE, max(DEFAULT_BATCH_TOKENS, 1 << max(0, room.bit_length() - 1)))


def refuse_what_cannot_be(found: Footprint) -> None:
    """Raise WorkbenchError where the weights alone are more than the machine has."""
    room = found.available + found.beside
    if found.weights <= room:
        return
    small = int(found.parameters * QUANTISED["nf4"])
    way = (
        "Set model.quantization: nf4 (4 bits; needs bitsandbytes), name a smaller model, or let an "
        "endpoint serve it (model.endpoint)."
        if small < room
        else "Name a smaller model, or let an endpoint serve it (model.endpoint)."
    )
    raise WorkbenchError(
        f"{found.model} does not fit this machine: its {found.parameters / 1e9:.3g} billion "
        f"weights take {_gib(found.weights)}, and there are {_gib(room)} of memory.",
        way,
    )


def refuse_narrow_weights(reference: ModelReference) -> None:
    """Raise WorkbenchError where a model's weights cannot be held in few bits here."""
    if reference.endpoint is not None and reference.quantization != "none":
        raise WorkbenchError(
            f"The weights of {reference.name} are behind {reference.endpoint}, and cannot be held "
            f"in {reference.quantization} from here.",
            "Leave model.quantization and the variant's compress out, or name a local model.",
        )
    package = PACKAGES.get(reference.quantization)
    if package is not None and find_spec(package) is None:
        raise WorkbenchError(
            f"{reference.name} is to be held in {reference.quantization}, which needs the package "
            f"{package}.",
            f"pip install {package} (the extra `quantized`), or leave that out.",
        )


def told(found: Footprint) -> str:
    """The footprint in a sentence, with the ways out where it is too much."""
    parts = f"{_gib(found.weights)} of weights, {_gib(found.answering)} to answer"
    if found.tuning:
        parts += f" or {_gib(found.tuning)} to tune ({wording.method_label(found.method)})"
    sentence = (
        f"{found.model} takes about {_gib(found.needed)} of the {found.device}'s "
        f"{_gib(found.available)}: {parts}."
    )
    if found.fits:
        return sentence
    if found.weights + found.answering > found.available:
        return f"{sentence} That is too much: lower batch_tokens, or set model.quantization: nf4."
    return (
        f"{sentence} That is too much for tuning: set tuning.device_batch_tokens (say 512) and "
        "tuning.gradient_checkpointing: true, which leave the adapter as it is"
        f"{', or take tuning.method: lora' if found.method in OWN else ''}."
    )


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"


def _tuned(
    tuning: TuningSpec, shape: _Shape, narrow: float, device: str, parameters: int
) -> int:  # fmt: skip
    at_once = tuning.device_batch_tokens or tokens_scored_at_once(shape.vocabulary)
    tokens = min(tuning.batch_tokens, at_once)
    anew = tuning.gradient_checkpointing
    if anew is None:
        anew = device != MACHINE and parameters >= CHECKPOINTING_FROM
    unit = tokens * shape.width * narrow / 2
    kept = unit * (34 + 2 * shape.layers) if anew else unit * 34 * shape.layers
    # Scores over the vocabulary, their softmax and its gradient, in 32 bits.
    scores = 3 * 4 * tokens * shape.vocabulary
    trained = TRAINED[tuning.method](tuning, shape, parameters)
    return int(kept + scores + PER_WEIGHT.get(tuning.optimizer, 16) * trained)


def _config(reference: ModelReference) -> dict[str, Any]:
    folder = folder_of(reference)
    try:
        read = json.loads((folder / "config.json").read_text("utf-8")) if folder else {}
    except (OSError, ValueError):
        return {}
    inner = read.get("text_config")
    return {**read, **inner} if isinstance(inner, dict) else dict(read)


def _counted(reference: ModelReference) -> int | None:
    """Weights counted in the files here, by their heads; None where there are none to count."""
    folder = folder_of(reference)
    files = sorted(folder.glob("*.safetensors")) if folder else []
    if files:
        return sum(_elements(file) for file in files)
    path = Path(reference.name).expanduser()
    if path.suffix == ".gguf" and path.is_file() and billions(path.name) is None:
        return path.stat().st_size  # eight bits a weight: the middle of what such files hold
    return None


def _elements(file: Path) -> int:
    """Numbers in a safetensors file by its head; 0 where it cannot be read, as loading will say."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy") as opened:
            return sum(math.prod(opened.get_slice(name).get_shape()) for name in opened.keys())  # noqa: SIM118
    except (OSError, SafetensorError):
        return 0


def _shape(config: dict[str, Any], parameters: int) -> _Shape:
    def known(*names: str) -> int:
        return next((config[name] for name in names if isinstance(config.get(name), int)), 0)

    layers = known("num_hidden_layers", "n_layer", "num_layers")
    size = parameters / 1e9
    layers = layers or next((deep for most, deep in LAYERS if size <= most), DEEPEST)
    # A layer has some twelve squares of the width (Kaplan et al. 2020).
    width = known("hidden_size", "n_embd", "d_model") or int((parameters / (12 * layers)) ** 0.5)
    heads = known("num_attention_heads", "n_head") or max(1, width // 128)
    # Models of a billion and more share keys among four heads and more; smaller ones may not.
    shared = known("num_key_value_heads") or (max(1, heads // 4) if size > 1 else heads)
    keys = shared * (known("head_dim") or width // heads)
    return _Shape(layers, width, keys, known("vocab_size") or VOCABULARY)


def _bytes_per_value(reference: ModelReference, device: str) -> float:
    if reference.precision in ("bfloat16", "float16"):
        return 2
    if reference.precision == "float32":
        return 4
    from workbench.models.loading import bf16_is_native, device_for

    return 2 if bf16_is_native(device_for(reference.device)) else 4


def _device(wanted: str) -> tuple[str, int, int]:
    """What the device is called, its memory in bytes (all GPUs together), and the main memory that
    stands beside it."""
    import psutil
    import torch

    from workbench.models.loading import device_for

    main = int(psutil.virtual_memory().total)
    if device_for(wanted).type == "cuda":
        count = torch.cuda.device_count()
        total = sum(torch.cuda.mem_get_info(place)[1] for place in range(count))
        return "GPU" if count == 1 else f"{count} GPUs", int(total), main
    return MACHINE, main, 0
