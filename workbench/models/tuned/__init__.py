"""What tuning makes of a model: a few files in a folder, and what of the model they change.

Light: nothing heavy is imported before a tuned model is opened.
"""

from __future__ import annotations

from workbench.models.tuned.folder import CONFIG, WEIGHTS, check_adapter
from workbench.models.tuned.opening import open_tuned
from workbench.models.tuned.protocol import TunedModel

__all__ = ["CONFIG", "WEIGHTS", "TunedModel", "check_adapter", "open_tuned"]
