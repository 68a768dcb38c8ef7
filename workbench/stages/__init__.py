"""The stages of a run, one file each: typed inputs, run, estimate and description together.

They are listed in :mod:`.listed`, which is read when one of them is asked for: the table and the
report of a finished run need none, nor the libraries of models and endpoints.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.stages.listed import ADAPTER as ADAPTER
    from workbench.stages.listed import ANSWERS as ANSWERS
    from workbench.stages.listed import CORPUS as CORPUS
    from workbench.stages.listed import EDITIONS as EDITIONS
    from workbench.stages.listed import FORGETTING as FORGETTING
    from workbench.stages.listed import HOSTED as HOSTED
    from workbench.stages.listed import INDEX as INDEX
    from workbench.stages.listed import JUDGE as JUDGE
    from workbench.stages.listed import LABELS as LABELS
    from workbench.stages.listed import LATENCY as LATENCY
    from workbench.stages.listed import MEMORISED as MEMORISED
    from workbench.stages.listed import MESSAGES as MESSAGES
    from workbench.stages.listed import MUST_REFUSE as MUST_REFUSE
    from workbench.stages.listed import PLANTED as PLANTED
    from workbench.stages.listed import PROMPTS as PROMPTS
    from workbench.stages.listed import QUESTIONS as QUESTIONS
    from workbench.stages.listed import RETRIEVAL as RETRIEVAL
    from workbench.stages.listed import RETRIEVER as RETRIEVER
    from workbench.stages.listed import SCORES as SCORES
    from workbench.stages.listed import SEARCH as SEARCH
    from workbench.stages.listed import SENSITIVITY as SENSITIVITY
    from workbench.stages.listed import STAGES as STAGES
    from workbench.stages.listed import TEACHING as TEACHING
    from workbench.stages.listed import TRIALS as TRIALS
    from workbench.stages.listed import TWINS as TWINS
    from workbench.stages.listed import describe as describe


def __getattr__(name: str) -> Any:
    if not name.isupper() and name != "describe":  # a stage's module, which is to be imported
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("workbench.stages.listed"), name)
