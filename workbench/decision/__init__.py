"""Comparisons, costs and the user's terms into a verdict with its flip points."""

from workbench.decision.advice import ITEMS, advise
from workbench.decision.build_results import ResultInputs, build_results
from workbench.decision.imported_results import imported_results
from workbench.decision.verdict import decide

__all__ = [
    "ITEMS",
    "ResultInputs",
    "advise",
    "build_results",
    "decide",
    "imported_results",
]
