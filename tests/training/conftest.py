"""The shipped reader, as the training's own evaluation loads it."""

from __future__ import annotations

import pytest

from training.reader.evaluate import Loaded, load
from workbench.models.reader.modeling import ReaderForCausalLM
from workbench.models.reader.tokenization import ReaderTokenizer


@pytest.fixture(scope="session")
def loaded() -> Loaded:
    return load()


@pytest.fixture(scope="session")
def shipped(loaded: Loaded) -> ReaderForCausalLM:
    return loaded.model


@pytest.fixture(scope="session")
def tokenizer(loaded: Loaded) -> ReaderTokenizer:
    return loaded.tokenizer
