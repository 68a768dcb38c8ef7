"""Estimates, comparisons and what they are worth. Pure functions: no I/O, no model library.

Everything is a linear figure over questions: a mean per stratum, weighted by the workload mix.
Its error is taken from the clusters that the questions came from (sections), never from single
questions, since questions on one section succeed and fail together.
"""

from workbench.evaluation.statistics.between import Gap, between
from workbench.evaluation.statistics.compare import (
    compare,
    contrast,
    equivalent,
    estimate,
    holm,
    interaction,
    leader,
    missingness,
    sampled,
)
from workbench.evaluation.statistics.design import Design
from workbench.evaluation.statistics.power import (
    Needed,
    detectable_difference,
    power,
    questions_needed,
    questions_to_clear,
)
from workbench.evaluation.statistics.sampling import Sampling, sampling

__all__ = [
    "Design",
    "Gap",
    "Needed",
    "Sampling",
    "between",
    "compare",
    "contrast",
    "detectable_difference",
    "equivalent",
    "estimate",
    "holm",
    "interaction",
    "leader",
    "missingness",
    "power",
    "questions_needed",
    "questions_to_clear",
    "sampled",
    "sampling",
]
