"""Comparisons, costs and the user's terms into a verdict with its flip points."""

from workbench.decision.assemble import assemble
from workbench.decision.foreign import judge
from workbench.decision.verdict import decide

__all__ = ["assemble", "decide", "judge"]
