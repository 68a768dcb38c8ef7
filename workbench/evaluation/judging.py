"""What a judge is worth: agreement with human labels, and rates corrected by it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.statistics.sampling import Array

FEW_LABELS = 20


@dataclass(frozen=True, slots=True)
class Agreement:
    """A judge's verdicts against people's, both right (True) or wrong, on the same answers.

    ``kappa`` is Cohen's, None where one side never varies. Sensitivity is the share of truly right
    answers that the judge calls right, specificity that of wrong ones it calls wrong.
    """

    n: int
    both_right: int
    both_wrong: int
    judge_lenient: int
    judge_harsh: int
    kappa: float | None
    sensitivity: float | None
    specificity: float | None


def agreement(judge: Sequence[bool], people: Sequence[bool]) -> Agreement:
    """Agreement of paired labels; ValueError where the two are not of one length."""
    pairs = list(zip(judge, people, strict=True))
    right = sum(a and b for a, b in pairs)
    wrong = sum(not a and not b for a, b in pairs)
    lenient = sum(a and not b for a, b in pairs)
    harsh = sum(b and not a for a, b in pairs)
    n = len(pairs)
    kappa = None
    if n:
        observed = (right + wrong) / n
        yes = ((right + lenient) / n) * ((right + harsh) / n)
        no = ((wrong + harsh) / n) * ((wrong + lenient) / n)
        if yes + no < 1:
            kappa = (observed - yes - no) / (1 - yes - no)
    return Agreement(
        n, right, wrong, lenient, harsh, kappa,
        right / (right + harsh) if right + harsh else None,
        wrong / (wrong + lenient) if wrong + lenient else None,
    )  # fmt: skip


def corrected_rate(
    judged: Mapping[str, Sequence[bool]],
    calibration: Agreement,
    *,
    level: float = 0.95,
    draws: int = 4000,
    seed: int = 0,
) -> tuple[float, float, float] | None:
    """The true share of right answers and its interval, from a judge's labels by cluster.

    Rogan and Gladen's ``(observed + specificity - 1) / (sensitivity + specificity - 1)``, with both
    errors carried: clusters are resampled, sensitivity and specificity drawn from their Beta
    posteriors (Jeffreys). None where the judge is no better than chance, or too few labels exist.
    """
    if calibration.n < FEW_LABELS or calibration.sensitivity is None:
        return None
    if calibration.specificity is None or not judged:
        return None
    if calibration.sensitivity + calibration.specificity <= 1.05:
        return None
    rng = np.random.default_rng(seed)
    sums: Array = np.array([float(sum(labels)) for labels in judged.values()])
    sizes: Array = np.array([float(len(labels)) for labels in judged.values()])
    picked: NDArray[np.int_] = rng.multinomial(
        len(sums), np.full(len(sums), 1 / len(sums)), size=draws
    )
    observed = (picked @ sums) / np.maximum(picked @ sizes, 1)
    one = calibration
    sensitivity = rng.beta(one.both_right + 0.5, one.judge_harsh + 0.5, draws)
    specificity = rng.beta(one.both_wrong + 0.5, one.judge_lenient + 0.5, draws)
    power = sensitivity + specificity - 1
    usable = power > 0.02
    rates = np.clip((observed + specificity - 1)[usable] / power[usable], 0, 1)
    point = (sums.sum() / sizes.sum() + calibration.specificity - 1) / (
        calibration.sensitivity + calibration.specificity - 1
    )
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(rates, [tail, 100 - tail])
    return float(np.clip(point, 0, 1)), float(low), float(high)
