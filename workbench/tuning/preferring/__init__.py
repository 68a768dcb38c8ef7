"""Tuning by preferences and rewards, with TRL, of the adapter that supervised tuning made.

Light: TRL is imported where a training begins.
"""

from __future__ import annotations

from workbench.tuning.preferring.pairs import Asked, Pair
from workbench.tuning.preferring.run import Preferring, prefer

__all__ = ["Asked", "Pair", "Preferring", "prefer"]
