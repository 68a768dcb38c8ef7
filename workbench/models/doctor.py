"""Which parts of the machine and the model libraries work: the facts of ``workbench doctor``."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def facts() -> list[dict[str, Any]]:
    """One ``{name, ok, detail, fix}`` per thing a model needs; ``fix`` is empty where ok."""
    return [_torch(), *_libraries(), *_devices(), _reader(), _hub_cache()]


def _fact(name: str, ok: bool, detail: str, fix: str = "") -> dict[str, Any]:
    return {"name": name, "ok": ok, "detail": detail, "fix": "" if ok else fix}


def _torch() -> dict[str, Any]:
    try:
        import torch
    except ImportError as error:
        return _fact("torch", False, str(error), "Install the package again.")
    return _fact("torch", True, f"{torch.__version__}, {torch.get_num_threads()} threads")


def _libraries() -> list[dict[str, Any]]:
    result = []
    for name in ("transformers", "peft", "openai"):
        try:
            result.append(_fact(name, True, version(name)))
        except PackageNotFoundError:
            result.append(_fact(name, False, "not installed", f"pip install {name}"))
    return result


def _devices() -> list[dict[str, Any]]:
    import torch

    from workbench.models.loading import bf16_is_native, device_for

    device = device_for("auto")
    detail = device.type
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info()
        detail = f"{torch.cuda.get_device_name()}, {free >> 20} of {total >> 20} MiB free"
    bf16 = "native" if bf16_is_native(device) else "emulated, so precision auto means float32"
    return [_fact("device", True, detail), _fact("bfloat16", True, bf16)]


def _reader() -> dict[str, Any]:
    from workbench.models import reader

    weights = sorted(Path(reader.WEIGHTS).glob("*.safetensors"))
    if not weights:
        return _fact(
            "embedded reader",
            False,
            f"no weights in {reader.WEIGHTS}",
            "Install the package again.",
        )
    size = sum(file.stat().st_size for file in weights) / 1e6
    return _fact("embedded reader", True, f"{size:.0f} MB of weights")


def _hub_cache() -> dict[str, Any]:
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        names = sorted(r.repo_id for r in scan_cache_dir().repos if r.repo_type == "model")
    except CacheNotFound:
        names = []
    return _fact("models from the hub", True, ", ".join(names) or "none on this machine yet")
