"""Shared by all tests: no network, no hub, one thread each, one embedded reader loaded once."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Read when torch is imported, by this process and by those it starts: workers that run side by
# side would fight over the cores, and sums come out the same bit by bit.
for _library in ("OMP", "MKL", "OPENBLAS"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"

# An example that takes long on a busy machine is no fault.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

if TYPE_CHECKING:
    from workbench.types import LanguageModel


#: Modules that take longest, and in this order, so that no worker is left with one at the end.
COSTLY = (
    "test_main_job", "test_dashboard_trial", "test_resume", "test_estimate", "test_recomputed",
    "test_judge_command", "test_write", "test_chat", "test_lora", "test_dashboard_browser",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first; all else stays in its order."""
    places = {name: place for place, name in enumerate(COSTLY)}
    items.sort(key=lambda item: places.get(item.path.stem, len(COSTLY)))


@pytest.fixture(autouse=True, scope="session")
def databases_closed() -> Iterator[None]:
    """The records that Streamlit keeps open between pages are let go of with the last test."""
    yield
    if "streamlit" in sys.modules:
        sys.modules["streamlit"].cache_resource.clear()
        gc.collect()


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
