"""Shared by all tests: no network, no hub, one thread each, one embedded reader loaded once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Read when torch is imported, by this process and by those it starts: workers that run side by
# side would fight over the cores, and sums come out the same bit by bit.
for _library in ("OMP", "MKL", "OPENBLAS"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"

if TYPE_CHECKING:
    from workbench.types import LanguageModel


@pytest.fixture(scope="session")
def reader() -> LanguageModel:
    """The embedded reader in float32."""
    from workbench.models import load
    from workbench.types import ModelReference

    return load(ModelReference(precision="float32", device="cpu"))


@pytest.fixture(scope="session")
def build_tiny() -> Callable[..., Path]:
    """Writes the tiny Llama to a folder, with or without its chat template."""
    from tests.support.models import build

    return build


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny Llama, built once for all workers; never written to."""
    from tests.support.models import build
    from tests.support.workers import made_once

    return made_once(tmp_path_factory, "tiny", build)


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> LanguageModel:
    """The tiny Llama, loaded."""
    from workbench.models import load
    from workbench.types import ModelReference

    return load(ModelReference(str(tiny_folder), precision="float32"))
