from pathlib import Path

import pytest


@pytest.fixture
def tiny(tiny_folder: Path):
    """A fresh object for each test: what training leaves behind must not pass to another."""
    from workbench.models import load
    from workbench.types import ModelReference

    return load(ModelReference(str(tiny_folder), precision="float32"))
