"""A small corpus with answers that can be told, and an index of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.facts import passages_of
from workbench.experiment.retrieval import RetrievalSpec
from workbench.retrieval import build_index


@pytest.fixture(scope="session")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of vectors for the whole session."""
    return tmp_path_factory.mktemp("vectors")


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory, vectors: Path) -> Path:
    """The facts, indexed by the default specification."""
    out = tmp_path_factory.mktemp("index") / "facts"
    build_index(passages_of(), RetrievalSpec(rerank=None), out, cache=vectors)
    return out
