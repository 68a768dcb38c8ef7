"""How each candidate stands to each other one, and which of them may be recommended. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

from workbench.decision.exam import Exam
from workbench.decision.rules import Months, PairOutcome, acceptable, pair_outcome, shifted
from workbench.evaluation import statistics
from workbench.evaluation.statistics import Needed, Sampling
from workbench.experiment.decision import DecisionSpec

Outcomes = Mapping[tuple[str, str], PairOutcome]


def pair_outcomes(
    results: Mapping[str, Any],
    exam: Exam | None,
    candidates: Sequence[str],
    decision: DecisionSpec,
    worths: Mapping[str, float],
    seed: int,
) -> dict[tuple[str, str], PairOutcome]:
    """Every ordered pair; ``worths`` is what cost and latency add to each score.

    Where nothing is missing the interval is the comparison's that results.json shows; else it
    spans the bounds of what is missing.
    """
    recorded = {
        (result["variant"], result["baseline"]): result
        for result in results["comparisons"]
        if result["metric"] == decision.metric and result["stratum"] is None
    }
    result: dict[tuple[str, str], PairOutcome] = {}
    samples: dict[tuple[str, str], Sampling | None] = {}
    for first, second in permutations(candidates, 2):
        sample: Sampling | None = None
        low: float | None = None
        high: float | None = None
        ends: tuple[Sampling, Sampling] | None = None
        if (second, first) in samples:
            mirror = samples[second, first]
            sample = None if mirror is None else mirror.reversed()
        elif exam is not None:
            sample = exam.difference(first, second, seed)
        samples[first, second] = sample
        if exam is not None and not exam.whole:
            spanned = exam.extremes(first, second, decision.level, seed)
            if spanned is not None:
                ends, low, high = spanned
        elif (first, second) in recorded:
            item = recorded[first, second]
            low, high = item["low"], item["high"]
        elif (second, first) in recorded and recorded[second, first]["low"] is not None:
            item = recorded[second, first]
            low, high = -item["high"], -item["low"]
        plain = pair_outcome(sample, low, high, decision.margin, decision.level, ends)
        by = worths[first] - worths[second]
        result[first, second] = shifted(plain, by, decision.margin, decision.level)
    return result


def choose(
    candidates: Sequence[str], outcomes: Outcomes, monthly: Months, margin: float
) -> tuple[str, str | None, tuple[str, ...], tuple[str, ...]]:
    """Kind, chosen variant, those it is tied with, and those that stand in the way."""
    if not candidates:
        return "undecided", None, (), ()
    if len(candidates) == 1:
        return "adopt", candidates[0], (), ()
    for name in candidates:
        if acceptable(name, candidates, outcomes, monthly, margin):
            tied = tuple(
                rival for rival in candidates if rival != name and outcomes[name, rival].equal
            )
            return ("tie" if tied else "adopt"), name, tied, ()
    best = candidates[0]
    rivals = [name for name in candidates if name != best]
    open_ones = tuple(name for name in rivals if not outcomes[best, name].better(margin))
    if all(outcomes[best, name].equal for name in open_ones):
        return "tie", None, (best, *open_ones), ()
    return "undecided", None, (), open_ones


def open_pairs(
    leader: str, candidates: Sequence[str], outcomes: Outcomes, monthly: Months, margin: float
) -> tuple[str, ...]:
    """The rivals that keep the leader from being recommended, the closest first."""
    rivals = [
        name for name in candidates
        if name != leader and not acceptable(leader, [name], outcomes, monthly, margin)
    ]  # fmt: skip
    return tuple(sorted(rivals, key=lambda name: outcomes[leader, name].difference or 0.0))


def needed_questions(
    leader: str | None,
    rivals: Sequence[str],
    outcomes: Outcomes,
    monthly: Months,
    decision: DecisionSpec,
) -> Needed | None:
    """Questions that settle every open pair of the leader; None where none would.

    A cheaper leader has only to be shown not worse by the margin; another one, better by it. None
    too where scores are missing: further questions do not tell what those would have been.
    """
    asked = []
    for rival in rivals:
        if leader is None or rival == leader or (leader, rival) not in outcomes:
            continue
        stand = outcomes[leader, rival]
        saves = monthly.cheaper(leader, rival)
        if (
            stand.sampling is None
            or stand.better(decision.margin)
            or (stand.not_worse(decision.margin) and (saves or stand.equal))
        ):
            continue
        if stand.extremes is not None:
            return None
        if not saves and abs(stand.sampling.value) < decision.margin:
            asked.append(
                statistics.questions_needed(stand.sampling, decision.margin, decision.level)
            )
            continue
        bound = -decision.margin if saves else decision.margin
        asked.append(statistics.questions_to_clear(stand.sampling, bound, decision.level))
    if not asked or any(item is None for item in asked):
        return None
    return max((item for item in asked if item is not None), key=lambda item: item.median)
