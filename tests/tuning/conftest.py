import importlib.util
from pathlib import Path

import pytest

_source = Path(__file__).parent.parent / "models" / "conftest.py"
_spec = importlib.util.spec_from_file_location("tiny_model", _source)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)

build_tiny, tiny_folder = _module.build_tiny, _module.tiny_folder


@pytest.fixture
def tiny(tiny_folder: Path):
    """A fresh object for each test: what training leaves behind must not pass to another."""
    from workbench.models import load
    from workbench.types import ModelReference

    return load(ModelReference(str(tiny_folder), precision="float32"))


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Small matrices are quicker on one thread, and a killed run is compared bit by bit."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
