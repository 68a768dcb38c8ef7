"""The interval of a share of questions that stand alone."""

from __future__ import annotations

from typing import Literal

#: By the words for them, what statsmodels calls Wilson's interval (1927), which covers at its level
#: on average, and Clopper and Pearson's (1934), which never covers less.
METHODS: dict[str, str] = {"wilson": "wilson", "exact": "beta"}


def share_interval(
    hits: int, of: int, level: float, method: Literal["wilson", "exact"]
) -> tuple[float, float]:
    """The two-sided interval of ``hits`` among ``of``."""
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(hits, of, alpha=1 - level, method=METHODS[method])
    return float(low), float(high)
