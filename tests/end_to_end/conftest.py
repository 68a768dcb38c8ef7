"""One finished run of the real command for all who only read it or go on from a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.small_run import workbench, write_experiment
from tests.support.workers import made_once


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small run, with its runs and its cache; never written to."""
    return made_once(
        tmp_path_factory, "small", lambda folder: workbench(folder, "run", _written(folder))
    )


def _written(folder: Path) -> str:
    return str(write_experiment(folder))


@pytest.fixture(scope="module")
def made_before(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose cache holds what the small run made, and that has no run yet."""
    folder = tmp_path_factory.mktemp("made_before")
    shutil.copytree(small / "cache", folder / "cache")
    return folder


@pytest.fixture(scope="module")
def folder(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the small run's folder, a test file's own."""
    return Path(shutil.copytree(small, tmp_path_factory.mktemp("own") / "small"))
