"""Systems of another make as variants: an HTTP API, a Python function, a command.

Each kind is a way to ask one question; patience, pace and counting are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from workbench.experiment.system import SystemSpec
from workbench.types import ModelReference
from workbench.variants.foreign.command import Command
from workbench.variants.foreign.http import Http
from workbench.variants.foreign.model import Asker, ForeignModel
from workbench.variants.foreign.python import Function

#: What asks a system, by the key under which it is described.
KINDS: dict[str, Callable[[SystemSpec, ModelReference], Asker]] = {
    "http": Http,
    "python": Function,
    "command": Command,
}


def open_system(reference: ModelReference, with_key: bool = True) -> ForeignModel:
    """The system that ``reference`` stands for; ``with_key`` False: one that will not be asked.

    Raises WorkbenchError where its key, its function or its program is not there.
    """
    assert reference.system is not None, "whoever opens a system has one"
    spec = SystemSpec.model_validate_json(reference.system)
    known = reference if with_key else replace(reference, key_env=None)
    return ForeignModel(spec, known, KINDS[spec.kind])


__all__ = ["KINDS", "ForeignModel", "open_system"]
