"""What the run was made with: versions, hardware, memory. None of it needs torch."""

from __future__ import annotations

import gc
import os
import platform
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

PACKAGES = (
    "rag-finetune-workbench",
    "torch",
    "transformers",
    "peft",
    "llama-index-core",
    "sentence-transformers",
    "faiss-cpu",
    "datasets",
    "ragas",
    "streamlit",
    "scipy",
)


@contextmanager
def many_values() -> Iterator[None]:
    """For work that makes millions of values and keeps them all.

    Looking through them again and again for circles that nobody holds took a fifth of its time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def versions() -> dict[str, str]:
    """The workbench's version and those of the libraries that decide results."""
    result = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            result[name] = version(name)
        except PackageNotFoundError:
            result[name] = "not installed"
    return result


def hardware() -> dict[str, Any]:
    """Processor, usable cores, memory in bytes, and the GPU where one is in use."""
    return {
        "cpu": _cpu_name(),
        "cores": usable_cores(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.release()}",
        "gpu": _gpu_name(),
    }


def usable_cores() -> int:
    """Cores that this process may use."""
    # cpu_count() ignores what taskset or a container allows; macOS lacks the other call.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class OthersAtWork:
    """The share of this process's cores that others took while the block ran, 0 to 1.

    None where the system's clocks did not move.
    """

    def __init__(self) -> None:
        self.share: float | None = None

    def __enter__(self) -> Self:
        self._before = _clocks()
        return self

    def __exit__(self, *_: object) -> None:
        busy, idle, own = (
            after - before for after, before in zip(_clocks(), self._before, strict=True)
        )
        if busy + idle > 0:
            self.share = round(min(1.0, max(0.0, busy - own) / (busy + idle)), 3)


def _clocks() -> tuple[float, float, float]:
    """Seconds that the cores which this process may use were busy and idle, and its own seconds."""
    import psutil

    this = psutil.Process()
    cores = psutil.cpu_times(percpu=True)
    # A container is given some of the cores, and sees the clocks of all.
    allowed = set(this.cpu_affinity()) if hasattr(this, "cpu_affinity") else set(range(len(cores)))
    busy = idle = 0.0
    for place, times in enumerate(cores):
        if place in allowed:
            # What runs as a guest is counted among the user's seconds already.
            guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
            still = times.idle + getattr(times, "iowait", 0.0)
            idle += still
            busy += sum(times) - guests - still
    own = this.cpu_times()
    return busy, idle, own.user + own.system


def peak_memory() -> int:
    """Peak resident memory of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS counts bytes, Linux KiB.
    return peak if sys.platform == "darwin" else peak * 1024


def _cpu_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _gpu_name() -> str | None:
    """The GPU's name if torch is loaded and sees one; torch is not loaded to find out."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        return str(torch.cuda.get_device_name(0))
    return None
