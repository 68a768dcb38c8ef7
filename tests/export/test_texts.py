"""Programs that an export writes out ask this package for what is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from workbench import export

PROGRAMS = sorted((Path(export.__file__).parent / "texts").glob("*.py.jinja"))
#: A template is no Python until it is filled in, but its imports are a line each.
IMPORT = re.compile(r"^\s*from (workbench[\w.]*) import ([\w, ]+)$", re.MULTILINE)


def test_some_program_asks_this_package() -> None:
    assert any(IMPORT.search(path.read_text("utf-8")) for path in PROGRAMS)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_what_a_program_imports_is_there(program: Path) -> None:
    for module, names in IMPORT.findall(program.read_text("utf-8")):
        for name in names.split(", "):
            assert hasattr(importlib.import_module(module), name), f"{module} has no {name}"
