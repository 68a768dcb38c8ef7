"""Is a variant good enough to go on? Each demand passed, failed or left open by its interval. Pure.

A figure passes where its whole interval does and fails where none of it does; a demand between is
undecided, with what would settle it. Non-inferiority is the lower end of the two-sided interval
above minus the margin (ICH E9, 1998).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.evaluation.statistics.power import questions_to_clear
from workbench.evaluation.statistics.sampling import Sampling
from workbench.evaluation.statistics.shares import share_interval
from workbench.records.drift import Drift
from workbench.records.variants import Estimate, VariantRow
from workbench.wording import (
    count,
    difference,
    interval,
    metric_label,
    points,
    say,
    seconds,
    share,
)

State = Literal["passed", "failed", "undecided"]
#: Questions beyond which nobody is told to ask further ones.
TOO_MANY = 100_000


@dataclass(frozen=True, slots=True)
class Check:
    """One demand, and how it stands."""

    name: str
    state: State
    sentence: str


def verdict_of(checks: Sequence[Check]) -> State:
    """Failed if one demand failed, else undecided if one is, else passed."""
    states = {check.state for check in checks}
    return "failed" if "failed" in states else "undecided" if "undecided" in states else "passed"


def not_worse(sample: Sampling | None, margin: float, level: float, than: str, why: str) -> Check:
    """Whether a difference to ``than`` clears minus the margin; ``why`` there may be no error."""
    span = None if sample is None else sample.interval(level)
    name = f"not worse than {than} by {points(margin)} points"
    if sample is None or span is None:
        return Check(name, "undecided", f"There is no interval: {why or 'too few questions'}.")
    told = f"{difference(sample.value)} points {interval(*span, 'f1', signed=True)}"
    state = _stands(span[0], span[1], -margin)
    if state != "undecided":
        return Check(name, state, f"{told}.")
    needed = questions_to_clear(sample, -margin, level)
    if needed is None:
        return Check(name, state, f"{told}: no number of further questions is likely to show it.")
    return Check(name, state, f"{told}: some {count(needed.median)} more questions would tell.")


def at_least(estimate: Estimate | None, least: float, metric: str) -> Check:
    """Whether a figure's interval lies above ``least``."""
    name = f"{metric_label(metric)} at least {points(least)}"
    if estimate is None or estimate.value is None:
        return Check(name, "undecided", "It was not measured.")
    told = f"{points(estimate.value)} {interval(estimate.low, estimate.high, metric)}"
    return Check(name, _stands(estimate.low, estimate.high, least), f"{told}.")


def fast_enough(row: VariantRow, most: float) -> Check:
    """Whether nine in ten answers came within ``most`` seconds."""
    times, name = row.latency.total_s, f"nine in ten answers within {seconds(most)}"
    if times.p90 is None:
        return Check(name, "undecided", "Its latency was not measured.")
    # An older run's has no interval, and stands for itself.
    low = times.p90 if times.p90_low is None else times.p90_low
    high = times.p90_high if times.p90_low is not None else times.p90
    told = f"{seconds(times.p90)} over {row.latency.n} timed questions"
    state = _stands(None if high is None else -high, -low, -most)
    if state != "undecided":
        return Check(name, state, f"{told}.")
    end = "no upper end from so few" if high is None else f"at most {seconds(high)}"
    more = "time more questions (latency.sample)"
    return Check(name, state, f"{told}, at least {seconds(low)}, {end}: {more}.")


def invents_little(row: VariantRow, most: float, level: float) -> Check:
    """Whether few unanswerable questions were answered: Clopper and Pearson's interval (1934)."""
    name = f"at most {share(most)} of unanswerable questions answered"
    asked = row.abstention.unanswerable if row.abstention else 0
    if row.abstention is None or not asked or row.abstention.invented is None:
        return Check(name, "undecided", "The exam asks no unanswerable questions.")
    invented = row.abstention.invented
    low, high = share_interval(invented, asked, level, "exact")
    told = f"{invented} of {asked} [{share(low)}, {share(high)}]"
    state = _stands(-high, -low, -most)
    if state != "undecided":
        return Check(name, state, f"{told}.")
    if invented / asked >= most:
        return Check(name, state, f"{told}: ask more of them.")

    def most_of(number: int) -> float:
        return share_interval(round(invented * number / asked), number, level, "exact")[1]

    wanted = next((number for number in _growing(asked) if most_of(number) <= most), None)
    more = f"some {count(wanted - asked)} more of them would tell" if wanted else "ask more of them"
    return Check(name, state, f"{told}: {more}.")


def asked_alike(found: Drift) -> Check:
    """Whether the questions that people ask look like the exam; where not the decision is open.

    Never failed: a variant that was right for the exam may be right for these questions too.
    """
    name = "people ask what the exam asked"
    told = f"{count(found.asked)} questions were asked"
    if found.state == "few":
        return Check(name, "undecided", f"{told}, which are too few to tell.")
    if found.state == "alike":
        return Check(name, "passed", f"{told}, and nothing moved beyond chance.")
    moved = ", ".join(say(f"drift_of_{item.what}") for item in found.looked if item.moved)
    return Check(
        name, "undecided",
        f"{told}, and these moved: {moved}. The exam decides for other questions than are asked: "
        "see workbench drift.",
    )  # fmt: skip


def _stands(low: float | None, high: float | None, bound: float) -> State:
    """Whether an interval lies above a bound, below it, or on both sides of it."""
    if low is not None and low >= bound:
        return "passed"
    return "failed" if high is not None and high < bound else "undecided"


def _growing(start: int) -> Sequence[int]:
    """Numbers from ``start`` on, a twentieth apart."""
    result = [start]
    while result[-1] < TOO_MANY:
        result.append(result[-1] + max(1, result[-1] // 20))
    return result
