"""How sure a model was of a reply, from the probabilities of its tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence


def confidence(log_probabilities: Sequence[float]) -> float | None:
    """The geometric mean of the tokens' probabilities, 0 to 1, from their natural logarithms.

    That is exp of the mean log-likelihood, so that long replies compare with short ones
    (length-normalised, Malinin & Gales 2021, "Uncertainty Estimation in Autoregressive Structured
    Prediction"). None of no tokens.
    """
    if not log_probabilities:
        return None
    return math.exp(min(0.0, sum(log_probabilities) / len(log_probabilities)))
