"""The part of an error that is the luck of training: seeds beside sections.

A recipe that was trained ``T`` times has ``T`` means over the same questions. Their variance ``s²``
holds what training does to all questions alike and, since every training answers each question a
little otherwise, some of the questions' own noise, ``n²``. The latter is in the error over sections
already, as that is taken of each question's mean over the trainings. So the variance of the figure
is

    V = V_sections + max(0, s² - n²) / T,

the variance of a mean with two crossed random factors, sections and trainings, by its components
(Brennan, Generalizability Theory, 2001, section 3.2; Searle, Casella and McCulloch, Variance
Components, 1992, chapter 4). Two or three trainings say little of how far others would lie, so the
critical value is that of the generalised pivot (Weerahandi, Journal of the American Statistical
Association 1993;88:899): under a standard normal, in place of each variance what it could truly be,
``V_sections ν / χ²(ν)`` and ``max(0, s² (T - 1) / χ²(T - 1) - n²) / T``. In simulations it covers
at its level or above, the more above the fewer the trainings; Satterthwaite's degrees of freedom
(Biometrics Bulletin 1946;2:110), which power goes by, cover too seldom where luck is large.

Two variants that rest on one adapter are compared training by training, so that its luck is in the
difference only as far as it moves them apart. Where adapters differ, so does their luck, and
pairing by number is as good as any.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.statistics.design import Design
from workbench.evaluation.statistics.sampling import DRAWS, Sampling

Array = NDArray[np.float64]

#: Variance between trainings below which they differ by rounding alone.
NOTHING = 1e-20


@dataclass(frozen=True, slots=True)
class Luck:
    """What training adds: ``raw`` is ``s² / T``, of which ``noise``, ``n² / T``, is questions'."""

    raw: float
    noise: float
    trainings: int

    @property
    def variance(self) -> float:
        """What is added to the figure's variance."""
        return max(0.0, self.raw - self.noise)


def luck_of(each: Array, design: Design) -> Luck:
    """From the scores of each training, (trainings, questions), none of them NaN."""
    trainings = len(each)
    weights = _weights(design)
    means = each @ weights
    raw = float(means.var(ddof=1)) / trainings
    # What is left of a training's scores beside its own mean and the questions' means.
    rest = each - each.mean(axis=0) - (means - means.mean())[:, None]
    clusters = int(design.cluster.max()) + 1
    held = np.array([np.bincount(design.cluster, weights * row, clusters) for row in rest])
    there = len(np.unique(design.cluster))
    noise = float((held**2).sum()) / (trainings - 1) * there / max(1, there - 1)
    return Luck(raw, noise / trainings, trainings)


def with_luck(result: Sampling, luck: Luck) -> Sampling:
    """The sampling of the mean over trainings with their part in its error."""
    if result.error is None or luck.raw < NOTHING:
        return replace(result, trainings=luck.trainings)
    sections = result.error**2
    whole = sections + luck.variance
    if whole <= 0:
        return replace(result, trainings=luck.trainings)
    pivot = _pivot(sections, result.degrees, luck, whole)
    doubt = luck.raw**2 / (luck.trainings - 1)
    doubt += sections**2 / result.degrees if result.degrees > 0 else 0.0
    return replace(
        result, error=math.sqrt(whole), degrees=max(1.0, whole**2 / doubt),
        resampled=lambda: pivot, discordant=None,
        trainings=luck.trainings, luck=luck.variance / whole, pivotal=True,
    )  # fmt: skip


def _pivot(sections: float, degrees: float, luck: Luck, whole: float) -> Array:
    """Sorted absolute values of the generalised pivot, over the error that was estimated."""
    normal, first, second = _standard(luck.trainings - 1)
    own = sections * degrees / _chi_square(first, degrees) if sections > 0 else 0.0
    theirs = np.maximum(0.0, luck.raw * (luck.trainings - 1) / second - luck.noise)
    result: Array = np.sort(np.abs(normal) * np.sqrt((own + theirs) / whole))
    return result


@lru_cache(maxsize=8)
def _standard(degrees: int) -> tuple[Array, Array, Array]:
    """Normal values, shares for a quantile, and chi-squares of so many degrees, always the same."""
    rng = np.random.default_rng(degrees)
    return rng.standard_normal(DRAWS), rng.random(DRAWS), rng.chisquare(degrees, DRAWS)


def _chi_square(shares: Array, degrees: float) -> Array:
    from scipy.special import chdtri

    return np.asarray(chdtri(degrees, 1 - shares))


def _weights(design: Design) -> Array:
    """What each question weighs in the figure: (questions,), adding up to 1."""
    units = design.units()
    sizes = np.bincount(design.stratum, units, minlength=len(design.weights))
    weights = design.weights * (sizes > 0)
    result: Array = (
        units * (weights / weights.sum() / np.where(sizes > 0, sizes, 1.0))[design.stratum]
    )
    return result
