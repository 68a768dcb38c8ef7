"""Tuning: training questions go in, a tuned model comes out.

:data:`METHODS` names what may be trained of a model; :func:`train` is the one loop around all of
them. Nothing heavy is imported before it is called.
"""

from __future__ import annotations

from workbench.tuning.batches import Example
from workbench.tuning.methods import METHODS
from workbench.tuning.training import train

__all__ = ["METHODS", "Example", "train"]
