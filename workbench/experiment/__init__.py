"""The whole specification of a run, its parts with their defaults, and what identifies it."""

from workbench.experiment.experiment import Experiment, specification_error

__all__ = ["Experiment", "specification_error"]
