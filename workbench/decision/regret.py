"""If the choice must be made today: what to take, what it risks, what more evidence is worth.

*Regret* is what a choice loses against the one that would have been made with the truth known
(Savage 1951): by the point rule in each draw of :mod:`draws`, so that differences within the
user's margin count as none and quality, money and latency weigh as the user weighs them. In points
it is the utility forgone, in money what is paid a month beyond what that choice costs. The tail is
the mean of the worst twentieth of draws (conditional value at risk, Rockafellar and Uryasev 2000).

The choice is the one with the least expected loss of utility or, within the margin of that, the
cheapest: since the mean best utility is common to all, that is the point rule on the means.

What n further questions are worth is preposterior analysis (Raiffa and Schlaifer 1961). They come
in m further sections beside the G asked about. A draw t is taken for the truth, an exam of m
sections of it is simulated, the choice made on all G + m, and the loss counted against t. Given t
the new estimate is ``mean + k (t - mean) + sqrt(m G) / (m + G) (t' - mean)`` with
``k = m / (m + G)`` and t' another draw, which has the variance that theory asks for: a share k of
the present one (Heath, Manolopoulou and Baio 2018). Shares, prices and clocks stay as uncertain as
they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.decision.draws import Draws
from workbench.decision.rules import Array, winners

TAIL = 0.05
STEPS = (0, 100, 300, 1000)
#: Other exams of this size, and the draws for each: how sure the curve itself is.
EXAMS, EACH = 30, 400
BAND = (10.0, 90.0)


def regrets(draws: Draws) -> dict[str, dict[str, Any]]:
    """By variant: expected loss in points (0 to 1) and money a month, their tails, the chance.

    ``chance`` is that of another variant being better by more than the margin. Money is None where
    a cost is unknown.
    """
    best, utility = draws.best(), draws.utility
    lost = np.maximum(0.0, _of(utility, best)[:, None] - utility)
    paid = np.maximum(0.0, draws.months - _of(draws.months, best)[:, None])
    behind = utility.max(axis=1, keepdims=True) - utility > draws.margin
    result: dict[str, dict[str, Any]] = {}
    for place, name in enumerate(draws.names):
        known = not np.isnan(paid[:, place]).any()
        result[name] = {
            "points": float(lost[:, place].mean()),
            "points_tail": worst_mean(lost[:, place]),
            "money": float(paid[:, place].mean()) if known else None,
            "money_tail": worst_mean(paid[:, place]) if known else None,
            "chance": float(behind[:, place].mean()),
        }
    return result


def choice(draws: Draws) -> str:
    """Whom to take today: the point rule on what the run measured."""
    return draws.names[int(_rule(draws, draws.point))]


def worth_of_evidence(draws: Draws, seed: int) -> list[dict[str, Any]]:
    """For each of ``STEPS`` further questions: the expected loss in points that is left.

    ``low`` and ``high`` hold four in five of the curves that other exams of this size would draw
    (and this exam's own, which lies at their edge where the present choice is the most doubtful);
    ``tail`` is the mean of the worst twentieth of draws.
    """
    rng = np.random.default_rng([seed, 1])
    order = rng.permutation(len(draws.quality))
    some = rng.choice(len(order), EACH, replace=False)
    shifts = draws.quality[rng.choice(len(order), EXAMS, replace=False)] - draws.quality.mean(
        axis=0
    )
    off = draws.quality - draws.quality.mean(axis=0)
    result = []
    for questions in STEPS:
        estimate = draws.point + _further(off, off[order], questions / draws.per_section, draws)
        lost = _lost(draws, estimate, draws.utility, draws.months)
        other = shifts[:, None, :]
        curves = _lost(
            draws, estimate[some] + other, draws.utility[some] + other, draws.months[some]
        ).mean(axis=1)
        low, high = np.percentile(curves, BAND)
        result.append(
            {"questions": questions, "points": float(lost.mean()), "tail": worst_mean(lost),
             "low": float(min(low, lost.mean())), "high": float(max(high, lost.mean()))}
        )  # fmt: skip
    return result


def worst_mean(values: Array, share: float = TAIL) -> float:
    """The mean of the largest ``share`` of the values."""
    kept = max(1, round(share * len(values)))
    return float(np.sort(values)[-kept:].mean())


def _further(off: Array, noise: Array, sections: float, draws: Draws) -> Array:
    """How far the estimates move with that many further sections, if each draw is the truth."""
    both = sections + draws.sections
    result: Array = sections / both * off + np.sqrt(sections * draws.sections) / both * noise
    return result


def _rule(draws: Draws, utility: Array) -> NDArray[np.intp]:
    return winners(utility, draws.point_months, draws.margin, draws.noise)


def _lost(draws: Draws, estimate: Array, utility: Array, months: Array) -> Array:
    """Points lost in each draw by who chooses on ``estimate`` where ``utility`` is the truth."""
    best = winners(utility, months, draws.margin)
    lost: Array = np.maximum(0.0, _of(utility, best) - _of(utility, _rule(draws, estimate)))
    return lost


def _of(values: Array, places: NDArray[np.intp]) -> Array:
    result: Array = np.take_along_axis(values, places[..., None], axis=-1)[..., 0]
    return result
