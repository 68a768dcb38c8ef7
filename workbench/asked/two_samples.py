"""Are two samples of one distribution? Tests with their p-values and what moved. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
#: Orders in which the questions are dealt anew; the smallest p-value is one in as many and one.
DEALT = 999


def energy_p(first: Floats, second: Floats, seed: int = 0, dealt: int = DEALT) -> float:
    """The permutation p-value of the energy distance of two samples of unit vectors.

    The distance is twice the mean distance between the samples less the mean ones within each
    (Székely & Rizzo 2013, "Energy statistics"); it is 0 of one distribution alone. All questions
    are dealt anew to two samples of the same sizes, and p counts the observed deal among them
    (Phipson & Smyth 2010).
    """
    whole = np.concatenate([first, second]).astype(np.float32)
    distances = np.sqrt(np.maximum(0.0, 2.0 - 2.0 * (whole @ whole.T))).astype(np.float32)
    np.fill_diagonal(distances, 0.0)
    n, m = len(first), len(second)
    rng = np.random.default_rng(seed)
    dealing = np.zeros((dealt + 1, n + m), np.float32)
    dealing[0, :n] = 1.0
    for row in dealing[1:]:
        row[rng.permutation(n + m)[:n]] = 1.0
    rows = distances.sum(axis=1, dtype=np.float64)
    within = ((dealing @ distances) * dealing).sum(axis=1, dtype=np.float64)
    between = dealing.astype(np.float64) @ rows - within
    rest = rows.sum() - 2 * between - within
    values = 2 * between / (n * m) - within / n**2 - rest / m**2
    # Sums in another order differ in the last digits: equal deals are equal.
    return float((1 + (values[1:] >= values[0] - 1e-9).sum()) / (dealt + 1))


def forms_p(first: Sequence[str], second: Sequence[str], seed: int = 0) -> float | None:
    """The p-value of the chi-square of two samples of names; by permutation, since some are rare.

    None where all are of one name.
    """
    counts = Counter(first), Counter(second)
    names = sorted(counts[0] | counts[1])
    if len(names) < 2:
        return None
    whole = np.array([counts[0][name] + counts[1][name] for name in names])
    # What a deal gives the first sample of each name: by its law, which is a thousand times quicker
    # than dealing (scipy's PermutationMethod).
    dealt = np.random.default_rng(seed).multivariate_hypergeometric(whole, len(first), DEALT)
    own = np.array([[counts[0][name] for name in names]])
    expected = whole * len(first) / whole.sum()
    # The chi-square up to a factor that is the same for every deal.
    values = ((np.concatenate([own, dealt]) - expected) ** 2 / whole).sum(axis=1)
    return float((1 + (values[1:] >= values[0] - 1e-9).sum()) / (DEALT + 1))


def ranks_p(first: Sequence[float], second: Sequence[float]) -> float | None:
    """The p-value of Mann and Whitney's test (1947) that neither sample tends to be larger."""
    from scipy.stats import mannwhitneyu

    if len({*first, *second}) < 2:
        return None
    return float(mannwhitneyu(first, second, method="asymptotic").pvalue)


def shares_p(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Fisher's exact p-value of two shares, each as hits and how many."""
    from scipy.stats import fisher_exact

    table = [[hits, of - hits] for hits, of in (first, second)]
    return float(fisher_exact(table).pvalue)


def moved_share(
    before: tuple[int, int], after: tuple[int, int], level: float
) -> tuple[float, float, float]:
    """The later share less the earlier one, with Newcombe's interval (1998)."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(
        *after, *before, method="newcomb", compare="diff", alpha=1 - level
    )
    return after[0] / after[1] - before[0] / before[1], float(low), float(high)


def moved_median(
    before: Sequence[float], after: Sequence[float], level: float, seed: int = 0, draws: int = 999
) -> tuple[float, float, float]:
    """The later median less the earlier one, with a percentile bootstrap interval."""
    rng = np.random.default_rng(seed)
    sides = [np.asarray(side, np.float64) for side in (after, before)]
    drawn = [
        np.median(side[rng.integers(0, len(side), (draws, len(side)))], axis=1) for side in sides
    ]
    low, high = np.quantile(drawn[0] - drawn[1], [(1 - level) / 2, (1 + level) / 2])
    return float(np.median(sides[0]) - np.median(sides[1])), float(low), float(high)
