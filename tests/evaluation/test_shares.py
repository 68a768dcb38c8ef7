"""The interval of a share, by both of its methods."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from workbench.evaluation.statistics.shares import share_interval


@pytest.mark.parametrize(("hits", "of"), [(0, 12), (3, 40), (40, 40)])
@pytest.mark.parametrize("method", ["wilson", "exact"])
def test_it_is_the_one_that_scipy_has(hits: int, of: int, method) -> None:
    known = binomtest(hits, of).proportion_ci(0.9, method)
    assert share_interval(hits, of, 0.9, method) == pytest.approx((known.low, known.high))
