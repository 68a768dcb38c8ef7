"""Comparisons, costs and the user's terms into a verdict with its flip points."""

from workbench.decision.advice import ITEMS, advise
from workbench.decision.assemble import assemble
from workbench.decision.between import compare_runs
from workbench.decision.foreign import judge
from workbench.decision.verdict import decide

__all__ = ["ITEMS", "advise", "assemble", "compare_runs", "decide", "judge"]
