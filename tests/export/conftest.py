"""One small run on a tiny chat model, made once by the real command, for all that is exported."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.support.models import build
from tests.support.small_run import the_run, workbench
from tests.support.tale import section_text
from tests.support.workers import made_once
from workbench.records.run import Run


def _make(folder: Path) -> None:
    config = build(folder / "tiny") / "config.json"
    # Room for every question of the exam: what a server does beyond its window is its own affair.
    config.write_text(config.read_text().replace('embeddings": 256', 'embeddings": 512'))
    parts = [f"# Part {n + 1}\n\n{section_text(n)}" for n in range(12)]
    (folder / "tale.md").write_text("\n\n".join(parts) + "\n", "utf-8")
    soft = {"method": "prompt", "epochs": 1, "prompt": {"virtual_tokens": 4}}
    values = {
        "purpose": "Answer questions about the tale, briefly.",
        "name": "exported",
        "corpus": "tale.md",
        "model": {"name": str(folder / "tiny"), "precision": "float32"},
        "questions": {"writer": "reader", "train_facts": 12, "test": 18, "dev": 6},
        "variants": [
            "prompt_only", "rag", "fine_tuned", {"name": "soft", "context": "none", "tuning": soft},
        ],
        "tuning": {"epochs": 2, "learning_rate": 0.01, "lora": {"r": 4, "alpha": 8}},
        "latency": {"sample": 1, "warmup": 0},
        "decoding": {"max_new_tokens": 12},
    }  # fmt: skip
    path = folder / "exported.yaml"
    path.write_text(yaml.safe_dump(values), "utf-8")
    workbench(folder, "run", str(path))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the run, its cache and the model; never written to."""
    return made_once(tmp_path_factory, "exported", _make)


@pytest.fixture
def run(
    made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """A copy of the run to write to; the cache is the shared one."""
    monkeypatch.setenv("WORKBENCH_CACHE", str(made / "cache"))
    path = the_run(made)
    return Run(Path(shutil.copytree(path, tmp_path_factory.mktemp("run") / path.name)))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs the whole run is slow: a minute to make, before the first test of it."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and "made" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
