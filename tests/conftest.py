"""Shared by all tests: no network, no hub, one embedded reader loaded once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

if TYPE_CHECKING:
    from workbench.types import LanguageModel


@pytest.fixture(scope="session")
def reader() -> LanguageModel:
    """The embedded reader in float32."""
    from workbench.models import load
    from workbench.types import ModelReference

    return load(ModelReference(precision="float32"))
