"""A small run directory, written once; tests that change a run get a copy of their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import chromium, dashboard
from tests.support.made_run import write_run

APP = Path(__file__).parents[2] / "streamlit_app.py"


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of 60 written and 12 gold questions; never written to."""
    return write_run(tmp_path_factory.mktemp("finished") / "runs")


@pytest.fixture(scope="session")
def address(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard on the finished run, for walks in a browser."""
    chromium()
    with dashboard(finished.parent, tmp_path_factory.mktemp("state")) as matches:
        yield matches


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty runs folder that the dashboard reads."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("WORKBENCH_RUNS", str(folder))
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "state" / "cache"))
    return folder


@pytest.fixture
def run(root: Path, finished: Path) -> Path:
    """A copy of the finished run in the dashboard's folder."""
    return Path(shutil.copytree(finished, root / finished.name))


@pytest.fixture
def show(root: Path) -> Callable[..., Any]:
    """Draws a page of the whole app and returns what stands on it."""
    from streamlit.testing.v1 import AppTest

    def draw(page: str = "start", **query: str) -> Any:
        app = AppTest.from_file(str(APP), default_timeout=300)
        for name, value in {"page": page, **query}.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception, [error.value for error in app.exception]
        return app

    return draw
